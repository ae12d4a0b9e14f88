"""How times and durations are read and written, the same everywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_LONGEST = 36_500 * 86_400
"""A hundred years, in seconds: more would lead out of the calendar."""
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `30m`, `1h30m`, `7d`. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is no duration: write it like 90s, 30m, 1h30m or 7d")
    seconds = sum(
        int(number or 0) * unit for number, unit in zip(match.groups(), _UNITS.values(), strict=True)
    )
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is longer than anything here can last")
    return timedelta(seconds=seconds)


def format_duration(length: timedelta) -> str:
    """`1h30m`; to the second, zero as `0s`."""
    left, words = int(length.total_seconds()), ""
    for letter, unit in _UNITS.items():
        count, left = divmod(left, unit)
        words += f"{count}{letter}" if count else ""
    return words or "0s"


def lasts(since: datetime, until: datetime, now: datetime) -> bool:
    """Whether what began at `since` has not ended; a clock that was set back to before it ends it, too.

    Else a clock that goes back a year would keep for a year what was meant for a minute.
    """
    return since <= now < until


def format_time(instant: datetime, zone: tzinfo) -> str:
    """`2026-02-02 14:35:12 KST`, for people."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def format_span(first: datetime, length: timedelta, zone: tzinfo) -> str:
    """What begins at `first` and lasts so long, as exactly as that is: `2026-02-02 KST` of a day."""
    if length >= timedelta(days=1):
        return f"{first.astimezone(zone):%Y-%m-%d %Z}"
    if length >= timedelta(minutes=1):
        return f"{first.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return format_time(first, zone)


def from_iso(text: str | None) -> datetime | None:
    """What a forge says; without a zone it is UTC, as all of them count. Raises TypeError or ValueError."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def to_iso(instant: datetime) -> str:
    """`2026-02-02T05:35:12Z`, for programs."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


SKEW = 120.0
"""Seconds our clock may be off before nothing that goes by the time passes."""


def clock_skew(offsets: Mapping[str, float]) -> tuple[str, float] | None:
    """The server closest to us, if even that one is too far off: a single server may be wrong itself."""
    closest = min(offsets.items(), key=lambda told: abs(told[1]), default=None)
    return closest if closest is not None and abs(closest[1]) > SKEW else None


def earliest(now: datetime, skew: tuple[str, float] | None) -> datetime:
    """What it is by our clock or by the servers', whichever is behind: nothing is over before both say so."""
    return now if skew is None else min(now, now + timedelta(seconds=skew[1]))


def latest(now: datetime, skew: tuple[str, float] | None) -> datetime:
    """And whichever is ahead: nothing is of the future that one of them has seen."""
    return now if skew is None else max(now, now + timedelta(seconds=skew[1]))
