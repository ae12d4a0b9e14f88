"""Workers that share many small deploy repositories, and come and go."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from world.postgres import DSN
from world.scene import MAIL, TOKEN

from updater.sandbox import World
from updater.sandbox.world import FIRST_TAG, HOST, OWNER

PROCESS = Path(__file__).with_name("worker_process.py")


def _manifest(app):
    return f"images:\n  - name: {HOST}/{OWNER}/{app}\n    newTag: {FIRST_TAG}\n"


class Fleet:
    """One app in each of so many repositories, and workers by their numbers."""

    def __init__(self, folder, count, dsn, **poll):
        self.folder, self.dsn = folder, dsn
        self.names = [f"r{number:03}" for number in range(count)]
        self.world = World(("nobody",))
        self.world.__enter__()
        self.journal, self.logs = folder / "journal", folder / "logs"
        self.running, self._killed, self.built = {}, {}, defaultdict(list)
        for name in self.names:
            files = {"kustomization.yaml": _manifest(name)}
            self.world.github.create_repository(OWNER, name, files, date=self.world.clock())
            self.world.registry.push(f"{OWNER}/{name}", FIRST_TAG)
        self._configure(poll or {"every": "20s"})

    def _configure(self, poll):
        folder, hub = self.folder / "config", self.world.github
        (folder / "apps").mkdir(parents=True)
        settings = {"path": ".", "tags": {"follow": "timestamp"}, "deliver": "push"}
        config = {
            "instance": "fleet",
            "repositories": {name: {"url": hub.clone_url(f"{OWNER}/{name}")} for name in self.names},
            "forges": {hub.host: {"kind": "github", "token_env": TOKEN, "api": hub.api}},
            "registries": {HOST: {"endpoint": self.world.registry.url}},
            "commit": {"name": "updater", "email": MAIL},
            "poll": poll,
            "environments": {name: {"repository": name, **settings} for name in self.names},
            "engine": {"procrastinate": {"dsn_env": DSN, "dead_after": "3s"}},
        }
        (folder / "updater.yaml").write_text(json.dumps(config))
        for name in self.names:
            app = {"app": name, "images": [f"{HOST}/{OWNER}/{name}"], "environments": [name]}
            (folder / "apps" / f"{name}.yaml").write_text(json.dumps(app))

    # --- workers ------------------------------------------------------------------------------------------

    def start(self, number):
        words = [self.folder / "config", self.folder / f"cache-{number}", self.journal]
        with (self.folder / "logs").open("a") as log:
            self.running[number] = subprocess.Popen(
                [sys.executable, str(PROCESS), *map(str, words)],
                stdin=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, DSN: self.dsn, TOKEN: self.world.github.bot_token},
            )

    def kill(self, number):
        process = self.running.pop(number)
        process.kill()
        process.wait()
        self._killed[process.pid] = time.monotonic()
        process.stdin.close()

    def end(self, number):
        """As Kubernetes ends a pod."""
        process = self.running.pop(number)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        self._killed[process.pid] = time.monotonic()
        process.stdin.close()

    def knock(self, name):
        """At whichever worker is there."""
        for process in self.running.values():
            with suppress(OSError):
                process.stdin.write(f"{name}\n")
                process.stdin.flush()
                return

    def close(self):
        for number in [*self.running]:
            self.kill(number)
        self.world.__exit__(None, None, None)

    # --- the world ----------------------------------------------------------------------------------------

    def build(self, name):
        tag = self.world.build(name)
        self.built[name].append(tag)
        self.knock(name)

    def pinned(self, name):
        text = self.world.github.read(f"{OWNER}/{name}", "main", "kustomization.yaml").decode()
        return re.search(r"newTag: \"?([^\s\"]+)", text)[1]

    def bumps(self, name):
        """The tags its line has moved to, oldest first."""
        git = self.world.github.find(f"{OWNER}/{name}").git
        shown = git.text("log", "--reverse", "-p", "--format=", "main", "--", "kustomization.yaml")
        return re.findall(r"^\+\s+newTag: \"?([^\s\"]+)", shown, re.MULTILINE)[1:]

    def behind(self, names):
        return [name for name in names if self.built[name] and self.pinned(name) != self.built[name][-1]]

    def drained(self, seconds):
        """How long it took until all is bumped. Each look costs processes, which the workers need, too."""
        began, behind = time.monotonic(), self.behind(self.names)
        while behind:
            took = time.monotonic() - began
            assert took < seconds, f"{len(behind)} are behind after {self.passes()} passes: {behind}"
            time.sleep(1)
            behind = self.behind(behind[:5]) + behind[5:]
        return time.monotonic() - began

    def overlaps(self):
        """Pairs of passes over one repository at a time. A killed worker's ended when it was killed."""
        spans, open_ = defaultdict(list), {}
        for line in self.journal.read_text().splitlines():
            at, pid, what, name = line.split()
            if what == "began":
                open_[pid, name] = float(at)
            else:
                spans[name].append((open_.pop((pid, name)), float(at)))
        for (pid, name), began in open_.items():
            spans[name].append((began, self._killed.get(int(pid), time.monotonic())))
        return [
            (name, first, second)
            for name, found in spans.items()
            for first, second in zip(sorted(found), sorted(found)[1:], strict=False)
            if second[0] < first[1]
        ]

    def passes(self):
        return sum(1 for line in self.journal.read_text().splitlines() if " ended " in line)

    def told(self):
        """What there was of all of it, for people."""
        images, bumps = sum(map(len, self.built.values())), sum(len(self.bumps(name)) for name in self.names)
        return f"{images} images, {bumps} bumps, {self.passes()} passes, {len(self._killed)} workers replaced"

    def bumped_once(self):
        """Each tag at most once, in the order they were built, and the last one in the end."""
        for name in self.names:
            bumps, built = self.bumps(name), self.built[name]
            assert bumps == [tag for tag in built if tag in bumps], (name, bumps, built)
            assert bumps[-1:] == built[-1:], name
