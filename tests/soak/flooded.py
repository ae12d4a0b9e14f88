"""A service under a flood: how long its passes take, whether it answers, and how soon it ends."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import requests
from world.floods import SECRET, flooding
from world.service import answers, free_address, within

HOOKS = "UPDATER_STORY_HOOKS"
EVERY = "1s"
"""Passes, of half a second or so."""


@dataclass
class Told:
    usual: list = field(default_factory=list)
    """The passes without a flood, as the log tells of them."""
    flooded: list = field(default_factory=list)
    """And under it."""
    livez: list = field(default_factory=list)
    """Seconds until each answer; None: there was none within five."""
    end: float = 0.0
    """Seconds from SIGTERM to its end, still under the flood."""
    share: float = 0.0
    """Of a core, that the thread which answers took under the flood."""
    lines: int = 0
    """Of its log."""

    @property
    def slower(self):
        """How many times as long a pass took."""
        return _median(self.flooded) / _median(self.usual)

    @property
    def failed(self):
        return [each for each in self.usual + self.flooded if each["result"] != "ok"]

    def __str__(self):
        slowest = max((each for each in self.livez if each is not None), default=float("nan"))
        return (
            f"a pass took {_median(self.usual):.3f} s, flooded {_median(self.flooded):.3f} s "
            f"({self.slower:.2f} times), {len(self.usual)} and {len(self.flooded)} passes, "
            f"{len(self.failed)} failed; /livez asked {len(self.livez)} times, {self.livez.count(None)} "
            f"unanswered, slowest {slowest:.2f} s; answering took {self.share:.0%} of a core; "
            f"ended in {self.end:.2f} s; {self.lines} lines of log"
        )


def _median(passes):
    return median(each["seconds"] for each in passes)


class Passes:
    """What its log says of them, which no flood keeps from us."""

    def __init__(self, log):
        self._log = log

    def over(self, seconds, meanwhile=lambda: time.sleep(0.5)):
        """Those that end in so much time."""
        before, end = len(self.all()), time.monotonic() + seconds
        while time.monotonic() < end:
            meanwhile()
        return self.all()[before:]

    def all(self):
        whole, _, _ = self._log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return [each for each in lines if each["event"] == "pass_finished"]


@contextmanager
def serving(scene, name, **settings):
    """The service, its page and its probes; its log is a file: whoever fills a pipe stops it, too."""
    listen, probes = free_address(), free_address()
    scene.config["service"] = {"listen": listen, "metrics_listen": probes, "webhook_secret_env": HOOKS}
    scene.config |= settings
    where = ["--config", str(scene.configure()), "--cache-dir", str(scene.folder / name)]
    with (scene.folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("updater")), "run", *where],
            stderr=log,
            env={**os.environ, HOOKS: SECRET},
        )
    try:
        within(60, lambda: answers(f"http://{probes}/readyz"))
        yield process, f"http://{listen}", f"http://{probes}"
    finally:
        process.kill()
        process.wait()


def flooded(scene, kind, seconds, turns=1):
    """Told of so many turns: each floods another service for half the seconds, and then ours for all of them.

    Another one, so that the attacker and what it makes of the machine are the same in both halves. The last
    turn ends in SIGTERM, under the flood.
    """
    told = Told()
    with (
        serving(scene, "another", poll={"every": "1h"}) as (_, decoy, _),
        serving(scene, "ours", poll={"every": EVERY}) as (process, page, probes),
    ):
        passes = Passes(scene.folder / "ours.log")

        def probe():
            told.livez.append(asked(f"{probes}/livez"))
            time.sleep(0.3)

        for turn in range(turns):
            with flooding(kind, decoy):
                told.usual += passes.over(seconds / 2)
            with flooding(kind, page):
                used, begun = _processor(process.pid), time.monotonic()
                told.flooded += passes.over(seconds, probe)
                told.share += (_processor(process.pid) - used) / (time.monotonic() - begun) / turns
                if turn == turns - 1:
                    told.end = end(process)
    told.lines = (scene.folder / "ours.log").read_text().count("\n")
    return told


def end(process):
    begun = time.monotonic()
    process.terminate()
    assert process.wait(30) == 0
    return time.monotonic() - begun


def asked(url):
    begun = time.monotonic()
    try:
        requests.get(url, timeout=5).raise_for_status()
    except requests.RequestException:
        return None
    return time.monotonic() - begun


def _processor(pid):
    """Seconds that the first thread of a process has had, which is the one that answers."""
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
