"""Programs of peers that stay: what they say, when, and what they take from outside."""

import os
import subprocess
import threading
import time
from contextlib import ExitStack

from bench.measure import Largest, Sample, used

SECONDS = 120
"""Until something that was asked for has to have happened."""
_STEP, _LOOK, _BUSY = 0.002, 0.5, 0.02


class Controller:
    """One, from its start to its end, with each line that it says and when that came."""

    def __init__(self, words, env):
        self._said, self._more = [], threading.Condition()
        self._process = subprocess.Popen(
            list(map(str, words)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | env,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)
        self._reader.join()
        self._process.stdout.close()

    @property
    def pid(self):
        return self._process.pid

    @property
    def lines(self):
        """How many there are."""
        return len(self._said)

    def until(self, words, start, count=1):
        """So many lines with these words, after so many others, each with when it came."""
        with self._more:
            found = self._more.wait_for(lambda: self._find(words, start, count), SECONDS)
        assert found, "".join(line for _, line in self._said[-20:])
        return found

    def _read(self):
        for line in self._process.stdout:
            with self._more:
                self._said.append((time.perf_counter(), line))
                self._more.notify_all()

    def _find(self, words, start, count):
        found = [each for each in self._said[start:] if words in each[1]]
        return found[:count] if len(found) >= count else None


def measured(world, controllers, act, happened):
    """What all of them take together, from an order until it is carried out and they rest."""
    before = [used(each.pid) for each in controllers]
    world.requests()
    with ExitStack() as until_they_rest:
        largest = [until_they_rest.enter_context(Largest(each.pid)) for each in controllers]
        began = time.perf_counter()
        act()
        happened()
        wall = time.perf_counter() - began
        rest(controllers)
    after = [used(each.pid) for each in controllers]
    own, children = (
        sum(now[at] - then[at] for now, then in zip(after, before, strict=True)) for at in (0, 1)
    )
    memory = sum(mib for *_, mib in after), sum(each.mib for each in largest)
    return Sample(wall, own, children, *memory, world.requests())


def rest(controllers):
    """Until none of them does anything."""
    until, before = time.monotonic() + SECONDS, None
    while before is None or _sum(controllers) - before > _BUSY:
        assert time.monotonic() < until, "they never rest"
        before = _sum(controllers)
        time.sleep(_LOOK)


def await_change(of):
    """A function that waits until this one answers other than now."""
    before = of()
    return lambda: await_that(lambda: of() != before)


def await_that(happened):
    until = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < until, "it has not happened"
        time.sleep(_STEP)


def _sum(controllers):
    return sum(sum(used(each.pid)[:2]) for each in controllers)
