"""Two thousand passes with bumps, reverts and proposals: nothing grows, nothing is left behind."""

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from world.scene import TOKEN, Scene

from updater.sandbox.world import STAGING

PASSES, SETTLED = 2_000, 200
HERE = Path(__file__).parent


class Passes:
    """The process that is watched."""

    def __init__(self, scene, temporary):
        folder = scene.configure()
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "passes.py"), str(folder), str(scene.folder / "cache")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )

    def __call__(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self):
        with self._process:
            self._process.stdin.close()
            assert self._process.wait(30) == 0


def act(scene, chance, held):
    """What people and CI do between two passes."""
    scene.world.clock.forward(seconds=1)
    what = chance.random()
    if what < 0.4:
        held.append(scene.build(chance.choice(["shop", "blog"])))
    elif what < 0.5 and scene.pulls():
        scene.merge(scene.pulls()[0])
    elif what < 0.55 and scene.pulls():
        scene.hub.close(scene.repository, scene.pulls()[0].number)
    elif what < 0.6 and len(held) > 2:
        scene.set(STAGING, "shop", held[-2], message="Back")


def run(tmp_path, count, monkeypatch):
    scene = Scene(tmp_path, start=datetime.now(UTC))
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    scene.config["environments"]["production"]["gates"] = {"soak": "1s"}
    scene.config["environments"]["staging"]["after_rollback"] = "newer"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    passes, chance, held, seen = Passes(scene, temporary), random.Random(11), [], []
    for _ in range(count):
        act(scene, chance, held)
        seen.append(passes())
    left = sorted(path.name for path in temporary.iterdir())
    commits = len(scene.log())
    passes.end()
    scene.close()
    return seen, left, commits


def flat(seen, settled):
    """The last tenth holds at most 5 % more memory than the passes right after the start has settled."""
    tenth = max(len(seen) // 10, 5)
    start = sorted(each["memory"] for each in seen[settled : settled + tenth])
    end = sorted(each["memory"] for each in seen[-tenth:])
    return end[len(end) // 2] / start[len(start) // 2]


def test_a_few_passes_leave_nothing_behind(tmp_path, monkeypatch):
    """The soak's own parts, at a size for every day."""
    seen, left, commits = run(tmp_path, 12, monkeypatch)
    assert commits > 2
    assert left == []
    assert {each["children"] for each in seen[-5:]} == {0}


@pytest.mark.soak
def test_two_thousand_passes_hold_no_more_than_two_hundred(tmp_path, monkeypatch):
    seen, left, commits = run(tmp_path, PASSES, monkeypatch)
    growth = flat(seen, SETTLED)
    first, last = seen[SETTLED], seen[-1]
    sys.stdout.write(
        f"{PASSES} passes, {commits} commits: memory {first['memory'] >> 20} -> {last['memory'] >> 20} MiB "
        f"({growth:.3f} of what it was after {SETTLED}), threads {last['threads']}, "
        f"descriptors {first['descriptors']} -> {last['descriptors']}\n"
    )
    assert growth <= 1.05
    assert left == []
    assert last["threads"] <= first["threads"]
    assert last["descriptors"] <= first["descriptors"] + 2
    assert last["children"] == 0
