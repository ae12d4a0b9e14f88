"""A deploy repository at a GitHub, whose production takes pull requests."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench.measure import Resident, run
from bench.world import STAGES, git, others, overlays

TOKEN = "UPDATER_BENCH_FORGE_TOKEN"
UNLIMITED = 1_000_000
LIMITED = ("promotions_per_pass", "open_proposals", "writes_per_minute", "writes_per_hour")


class ForgedWorld:
    """The images of a world, in a repository of a GitHub of its own, and one who looks after it."""

    def __init__(self, bench):
        self._bench, self._world, self._folder = bench, bench.world, bench.fresh("forged")
        world, load = bench.world, bench.world.load
        self._folder.mkdir()
        files = self._folder / "files"
        files.write_text(json.dumps(overlays(load, world.newest()) | others(load)))
        self._forge = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forge.py")), files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**bench.env, "TMPDIR": str(self._folder)},
        )
        self._found = json.loads(self._forge.stdout.readline())
        self._resident = Resident(
            self._world, self._folder / "cache", {**bench.env, TOKEN: self._found["token"]}, self._config()
        )

    def _config(self):
        world, hub = self._world, self._found
        environments = world.setting("environments")
        environments[STAGES[-1]]["deliver"] = "pull-request"
        return world.configured(
            self._folder / "config",
            repositories={"deploy-0": {"url": hub["url"]}},
            forges={hub["host"]: {"kind": "github", "token_env": TOKEN, "api": hub["api"]}},
            environments=environments,
            limits=dict.fromkeys(LIMITED, UNLIMITED),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._resident.__exit__()
        self._forge.stdin.close()
        self._forge.wait(30)
        self._forge.stdout.close()

    def act(self):
        """A pass; and what it wrote that is no Git."""
        self._ask({})
        sample, told = self._resident()
        assert not told["failed"], told
        counts = self._ask({})
        return replace(sample, api=counts["asked"], writes=counts["written"]), told

    def prove(self):
        """A new image of every app, which all but production have run for hours."""
        tag = self._world.push(self._world.load.apps)
        files = overlays(self._world.load, tag, STAGES[:-1])
        self._ask({"commit": files})

    def commit(self, text):
        """What nobody waits for."""
        self._ask({"commit": {"README.md": text}})

    def push_as_git(self):
        """The branches of all proposals, to another repository of the same base, by one `git push`."""
        clone, (bare, remote) = (
            self._bench.fresh("branches"),
            self._world.another(self._bench.fresh("floor").name),
        )
        scheme, _, rest = self._found["url"].partition("://")
        git(
            "clone",
            "-q",
            "--mirror",
            f"{scheme}://x:{self._found['token']}@{rest}",
            clone,
            folder=self._folder,
        )
        git("push", "-q", bare, "main", folder=clone)
        return run(
            ["git", "-C", clone, "push", "-q", remote, "refs/heads/updater/*:refs/heads/updater/*"],
            self._bench.env,
        )

    def _ask(self, order):
        self._forge.stdin.write(f"{json.dumps(order)}\n")
        self._forge.stdin.flush()
        return json.loads(self._forge.stdout.readline())
