"""That nothing goes forward in a whole repository, as people and programs read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from updater import times
from updater.model import Report, StoppedLine
from updater.value_class import value_class
from updater.views.shape import Instant, Shape

COMMAND = "updater release --all"
"""What ends it."""


@value_class
class StoppedLineShape(Shape):
    """Nothing goes forward in this repository."""

    repository: str
    why: str
    since: Instant | None
    """when the last of the apps went back; null: a person has stopped it"""
    until: Instant | None
    """when it goes on by itself; null: not by itself"""
    by: str | None
    """the person who has stopped it, where that is known"""
    apps: Sequence[str]
    """what went back, the first first; empty: a person has stopped it"""


def stopped_lines(reports: Iterable[Report]) -> list[StoppedLineShape]:
    return [_shape(report.repository, report.line) for report in reports if report.line is not None]


def line_words(one: StoppedLineShape | StoppedLine, zone: tzinfo | None = None) -> str:
    """`the line is stopped until 15:05 KST: 3 apps went back within 1h (…)`; without a zone, no instant."""
    until = f" until {times.format_time(one.until, zone)}" if zone is not None and one.until else ""
    by = f" by {one.by}" if one.by else ""
    return f"the line is stopped{until}{by}: {one.why}"


def line_sentence(one: StoppedLineShape | StoppedLine) -> str:
    """For a first line: until when, in the zone it is written in, and what ends it."""
    return f"{line_words(one, one.until.tzinfo if one.until else None)}: {COMMAND}"


def _shape(repository: str, line: StoppedLine) -> StoppedLineShape:
    return StoppedLineShape(repository, line.why, line.since, line.until, line.by, line.apps)
