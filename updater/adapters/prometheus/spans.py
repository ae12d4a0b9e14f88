"""To say instants and spans as the API and PromQL have them, in whole milliseconds. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

MOST_POINTS = 10_000
"""Of a series in one answer: Prometheus refuses more than 11,000."""
_LOOKS = 1000
_SECOND = 1000
_LATEST = 1e11
_BEGINNING, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_FINE = 15 * _SECOND
_STEPS = (100, _SECOND, 5 * _SECOND, _FINE, 30 * _SECOND, 60 * _SECOND)


def instant_of(when: datetime) -> int:
    """Since 1970, and never later."""
    return (when - _BEGINNING) // _MILLISECOND


def is_moment(seconds: float) -> bool:
    """Whether a number can be one, since 1970."""
    return 0 <= seconds < _LATEST


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def instant_told(seconds: float) -> int:
    """As `instant_of`, of what a server answers: so both compare, whatever ours has beyond a millisecond."""
    return round(seconds * _SECOND)


def between(since: datetime, until: datetime) -> int:
    """At least one: a span of nothing is none that can be asked about."""
    return max(1, instant_of(until) - instant_of(since))


def length_of(since: datetime, until: datetime) -> str:
    return f"{between(since, until)}ms"


def ago(when: datetime, ends: int) -> str:
    """What is asked at `ends` as of an earlier instant."""
    back = ends - instant_of(when)
    return f" offset {back}ms" if back > 0 else ""


def looked_at(since: datetime, until: datetime) -> str:
    """The range of a subquery that misses nothing that is there for as long as most rules' interval.

    Few steps, and none by the length itself: the server looks at whole multiples of a step, so in a minute
    it finds the same instants again.
    """
    span = between(since, until)
    enough = (step for step in _STEPS if span <= step * (_LOOKS if step < _FINE else MOST_POINTS))
    return f"[{span}ms:{next(enough, _STEPS[-1])}ms]"


def step_for(span: int, least: int) -> int:
    """So many milliseconds between two points that there are not too many of them."""
    return max(least, ceil(span / MOST_POINTS))


def as_seconds(milliseconds: int) -> str:
    return f"{milliseconds / _SECOND:.3f}"
