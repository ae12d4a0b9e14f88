"""The last passes, a few words each: for the page and the API. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from updater.model import Hold, Report
from updater.value_class import value_class
from updater.views.shape import Instant, Shape
from updater.views.steps import titles


@value_class
class PassShape(Shape):
    repository: str
    started: Instant
    finished: Instant
    seconds: float
    base: str | None
    """the commit that was read; null: it could not be"""
    result: Literal["ok", "failed", "broke"]
    to_promote: int
    held: int
    done: Sequence[str]
    failed: Sequence[Mapping[str, str]]
    unreadable: Sequence[Mapping[str, str]]
    images: Sequence[str] = ()
    """what a hook has named: only these were listed anew; none: a whole pass"""


@value_class
class Passes(Shape):
    version: int
    passes: Sequence[PassShape]
    """the latest first"""
    next: Mapping[str, Instant]
    """by repository: when the next pass begins at the latest, unless the last one still runs;
    none of any while no pass begins here"""


def next_pass(last: PassShape, every: timedelta) -> datetime:
    """At the latest: a knock brings it forward, and the poll goes on as it did."""
    return last.started + every


def one_pass(report: Report) -> PassShape:
    """`failed`: a reading, or a step."""
    held = sum(isinstance(decision, Hold) for decision in report.decisions)
    told = [(title, outcome.error) for outcome in report.outcomes for title in titles(outcome.step)]
    failed = [{"step": title, "why": error} for title, error in told if error is not None]
    return PassShape(
        repository=report.repository,
        started=report.started,
        finished=report.finished,
        seconds=_seconds(report.started, report.finished),
        base=report.base,
        result="failed" if failed or report.unreadable else "ok",
        to_promote=len(report.decisions) - held,
        held=held,
        done=[title for title, error in told if error is None],
        failed=failed,
        unreadable=[{"code": reading.code, "why": reading.why} for reading in report.unreadable],
        images=sorted(map(str, report.narrowed.images)) if report.narrowed else (),
    )


def broken_pass(repository: str, started: datetime, finished: datetime) -> PassShape:
    """One that ended by a fault of our own."""
    seconds = _seconds(started, finished)
    return PassShape(repository, started, finished, seconds, None, "broke", 0, 0, (), (), ())


def _seconds(started: datetime, finished: datetime) -> float:
    return round((finished - started).total_seconds(), 3)
