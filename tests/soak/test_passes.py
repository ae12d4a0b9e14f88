"""Two thousand passes with bumps, reverts and proposals: nothing grows, nothing is left behind."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
from world.receiver import Receiver
from world.scene import TOKEN, Scene

from updater.sandbox.world import OWNER, STAGING

PASSES, SETTLED, TOLD = 2_000, 200, 100
BUSY = 4
"""What happens later in so many passes happens in each of the first: then all that can be seen is full."""
KEPT = 100
"""So many tags of an app does the registry keep, as by a retention rule: the world has to stay as large."""
ADDRESS = "UPDATER_STORY_NOTIFY"
MOST_FILES = 6_000
"""Git puts its loose objects together at three thousand; and there is one file for each image seen."""
HERE = Path(__file__).parent


class Passes:
    """The process that is watched."""

    def __init__(self, scene, temporary):
        folder, self._clock = scene.configure(), scene.world.clock
        with (scene.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "passes.py"), str(folder), str(scene.folder / "cache")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "TMPDIR": str(temporary)},
            )

    def __call__(self):
        begun = time.monotonic()
        self._process.stdin.write(f"{self._clock().isoformat()}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline()) | {"seconds": time.monotonic() - begun}

    def end(self):
        with self._process:
            self._process.stdin.close()
            assert self._process.wait(30) == 0


class Company:
    """CI and people between two passes: they build, merge, reject and go back."""

    def __init__(self, scene):
        self.scene, self._chance = scene, random.Random(11)
        self._built = {app: [] for app in scene.apps}
        self.did = dict.fromkeys(("build", "merge", "close", "back"), 0)

    def act(self):
        scene, chance = self.scene, self._chance
        scene.world.clock.forward(minutes=1)  # as often as it polls: hosts allow so many writes an hour
        what, app = chance.random(), chance.choice(list(scene.apps))
        if what < 0.4:
            self._build(app)
        elif what < 0.6 and (pulls := scene.pulls()):
            self._answer(pulls[0], merged=what < 0.52)
        elif 0.6 <= what < 0.65 and len(self._built[app]) > 1:
            scene.set(STAGING, app, self._built[app][-2], message="Back")
            self.did["back"] += 1

    def _build(self, app):
        self._built[app].append(self.scene.build(app))
        self.did["build"] += 1
        for old in self.scene.registry.tags(f"{OWNER}/{app}")[:-KEPT]:
            self.scene.registry.delete(f"{OWNER}/{app}", old)

    def _answer(self, pull, *, merged):
        if merged:
            self.scene.merge(pull)
        else:
            self.scene.hub.close(self.scene.repository, pull.number)
        self.did["merge" if merged else "close"] += 1


@dataclass
class Seen:
    """What the process held after each pass, and what was left when it had ended."""

    passes: list
    left: list
    running: list
    did: dict
    told: int
    """Messages that people got."""

    def growth(self, of, settled):
        """The median of the last tenth, by that of the passes right after the start has settled."""
        tenth = max(len(self.passes) // 10, 5)
        held = [each[of] for each in self.passes]
        return median(held[-tenth:]) / median(held[settled : settled + tenth])

    def __str__(self):
        first, last = self.passes[min(SETTLED, len(self.passes) - 1)], self.passes[-1]
        seconds = sorted(each["seconds"] for each in self.passes)
        names = ("blocks", "threads", "descriptors", "children", "files")
        figures = [f"{name} {first[name]} -> {last[name]}" for name in names]
        figures.insert(0, f"memory {first['memory'] / 2**20:.1f} -> {last['memory'] / 2**20:.1f} MiB")
        return (
            f"{len(self.passes)} passes, {last['well']} well, {last['promotions']} promotions, {self.did}, "
            f"{self.told} messages: {', '.join(figures)}; "
            f"a pass took {median(seconds):.3f} s, p95 {seconds[len(seconds) * 95 // 100]:.3f} s"
        )


def run(tmp_path, count, monkeypatch):
    scene, receiver = Scene(tmp_path, start=datetime.now(UTC)), Receiver()
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    monkeypatch.setenv(ADDRESS, receiver.address)
    scene.config["environments"]["production"]["gates"] = {"soak": "1s"}
    scene.config["environments"]["staging"]["after_rollback"] = "newer"
    scene.config["repositories"]["deploy"]["history"] = "3h"  # what it sees of the world does not grow
    scene.config["notifications"] = {"routes": [{"to_env": ADDRESS}]}
    with temporary_of(tmp_path) as temporary:
        seen = watched(scene, temporary, count)
        seen.left = sorted(path.name for path in temporary.iterdir())
    scene.close()
    receiver.close()
    seen.running, seen.told = still_running(tmp_path), len(receiver.messages)
    return seen


def watched(scene, temporary, count):
    passes, company = Passes(scene, temporary), Company(scene)
    seen = Seen([], [], [], company.did, 0)
    for number in range(1, count + 1):
        for _ in range(BUSY if number <= SETTLED else 1):
            company.act()
        seen.passes.append(passes())
        if number % TOLD == 0:
            sys.stdout.write(f"{seen}\n")
            sys.stdout.flush()
    passes.end()
    return seen


@contextmanager
def temporary_of(folder):
    temporary = folder / "temporary"
    temporary.mkdir()
    yield temporary


def still_running(folder):
    """Processes that were started with something of that folder, and are there yet."""
    lines = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                lines.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return [line for line in lines if str(folder) in line]


def test_a_few_passes_leave_nothing_behind(tmp_path, monkeypatch):
    """The soak's own parts, at a size for every day."""
    seen = run(tmp_path, 12, monkeypatch)
    assert seen.passes[-1]["promotions"] > 2
    assert seen.passes[-1]["well"] == 12
    assert (seen.left, seen.running) == ([], [])
    assert {each["children"] for each in seen.passes[-5:]} == {0}


@pytest.mark.soak
def test_two_thousand_passes_hold_no_more_than_two_hundred(tmp_path, monkeypatch):
    seen = run(tmp_path, PASSES, monkeypatch)
    sys.stdout.write(f"{seen}\n")
    first, last = seen.passes[SETTLED], seen.passes[-1]
    assert last["well"] == PASSES
    assert last["promotions"] > 1.2 * seen.passes[PASSES * 3 // 4]["promotions"], "it stands still"
    assert seen.growth("blocks", SETTLED) <= 1.05
    assert seen.growth("memory", SETTLED) <= 1.05
    assert last["files"] <= MOST_FILES
    assert (seen.left, seen.running) == ([], [])
    assert last["threads"] <= first["threads"]
    assert last["descriptors"] <= first["descriptors"] + 2
    assert last["children"] == 0
