"""The engine that needs nothing beside it: APScheduler polls, a knock brings the next pass forward."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from updater.engine import WHOLE, Knock, Outage, Run, WriteLimits
from updater.model import Report

TOGETHER = timedelta(milliseconds=50)
"""Knocks that come so close together are one: a build that pushes three images knocks three times."""
APART = 0.1
"""Seconds, at least, from the end of a pass to one that was knocked for: a flood leaves room for the poll."""
LEAST_THREADS = 4
JUMP = 1.0
"""Seconds: what the clock of the machine moves by more in one step is no drift."""


class _SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]  # it comes without types
    """The library plans by the clock of the machine; where that jumps, all that is planned is due.

    Else a clock set back by a year polls again in a year, and one set forward by ten has every poll of those
    ten years counted.
    """

    _offset: float | None = None
    """Seconds the clock of the machine is ahead of the monotonic one."""

    def _process_jobs(self) -> float | None:
        offset = time.time() - time.monotonic()
        jumped = self._offset is not None and abs(offset - self._offset) > JUMP
        self._offset = offset
        if jumped:
            self._hurry()
        wait: float | None = super()._process_jobs()
        return wait

    def _hurry(self) -> None:
        """A pass too many harms nobody. A job that has ended meanwhile is gone."""
        for job in self.get_jobs():
            with suppress(JobLookupError):
                job.modify(next_run_time=datetime.now(UTC))


@dataclass
class _RepositorySlot:
    """The passes over one deploy repository: never two at once."""

    knocked: Knock | None = None
    """A pass for that is on its way, and begins after the knock."""
    running: Knock | None = None
    """What the pass is for that runs now."""
    again: Knock | None = None
    """Somebody knocked while a pass ran; what it had read by then may be older than the knock."""
    ended: float = field(default=float("-inf"))
    """When the last pass ended, by the monotonic clock."""


class Scheduler:
    """One line of passes a deploy repository; lines run side by side."""

    def __init__(self, run: Run, names: Collection[str], every: timedelta) -> None:
        """`run` makes one pass over the repository it is given, and raises nothing."""
        self._run, self._every = run, every
        self._lock = threading.Lock()
        self._lines = {name: _RepositorySlot() for name in names}
        self._ending = False
        self._scheduler = _SteadyScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(LEAST_THREADS, 2 * len(names)))},
            # A pass that comes late is still worth running; two that pile up are one.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin with a pass over each repository, then one every so often."""
        for name in self._lines:
            self._scheduler.add_job(
                self._poll,
                "interval",
                args=[name],
                id=name,
                seconds=self._every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def trigger(self, name: str, images: Collection[str] = ()) -> None:
        """Have a pass over that repository at once, or right after the one that runs. Cheap at any rate."""
        knock = Knock(frozenset(images))
        with self._lock:
            line = self._lines.get(name)
            if line is None or self._ending:
                return
            if line.running is not None:
                line.again = knock.joined(line.again)
                return
            comes, line.knocked = line.knocked, knock.joined(line.knocked)
            if comes is not None:
                return
            wait = timedelta(seconds=max(0.0, line.ended + APART - time.monotonic()))
        when = datetime.now(UTC) + max(TOGETHER, wait)
        self._scheduler.add_job(
            self._answer, "date", args=[name], id=f"{name}, knocked for", run_date=when, replace_existing=True
        )

    def stop(self, grace: float) -> list[str]:
        """Begin nothing more; wait up to `grace` seconds for what runs. Returns the names still running."""
        self._ending = True
        self._scheduler.pause()
        self._scheduler.get_jobs()  # waits for a look at the jobs that has begun: a shutdown would trip it up
        self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + grace
        while self.busy() and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.busy()

    def close(self) -> None:
        """Nobody else waits for what was cut off."""

    def alive(self) -> bool:
        return bool(self._scheduler.running)

    def publish(self, report: Report) -> None:
        """Nobody else is to hear of it."""

    def workers(self) -> tuple[()]:
        return ()

    def recall(self, repository: str) -> None:  # noqa: ARG002 - as the port has it
        """The process remembers by itself."""
        return

    def keep(self, repository: str, memory: str) -> None:
        """As above."""

    def share(self, writes: WriteLimits) -> None:
        """Nobody else writes."""

    def watch(self, told: Callable[[Outage | None], None]) -> None:
        """Nothing is needed that could be away."""

    def busy(self) -> list[str]:
        return sorted(name for name, line in self._lines.items() if line.running is not None)

    def _poll(self, name: str) -> None:
        """A poll that comes while a whole pass runs is that pass; one for some images only is no poll."""
        if self._lines[name].running != WHOLE:
            self._turn(name, WHOLE)

    def _answer(self, name: str) -> None:
        """A knock that a poll has answered meanwhile is done with."""
        if self._lines[name].knocked is not None:
            self._turn(name, None)

    def _turn(self, name: str, wanted: Knock | None) -> None:
        """A pass for what is wanted, and for what was knocked for until now."""
        line = self._lines[name]
        with self._lock:
            knock, line.knocked = wanted.joined(line.knocked) if wanted else line.knocked, None
            if knock is None:
                return
            if line.running is not None or self._ending:
                line.again = knock.joined(line.again)
                return
            line.running = knock
        try:
            self._run(name, *([knock.images] if knock.images else []))
        finally:
            self._end(name, line)

    def _end(self, name: str, line: _RepositorySlot) -> None:
        with self._lock:
            again, line.again = line.again, None
            line.running, line.ended = None, time.monotonic()
        if again is not None:
            self.trigger(name, again.images)
