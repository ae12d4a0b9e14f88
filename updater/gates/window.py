"""`window`: now is inside one of the times when promotions may happen. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from updater import times
from updater.gates.gate import Gate
from updater.model import Case, Question, Ruling
from updater.reasons import Reason
from updater.settings import Settings, Zone

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_AHEAD = 8
"""Days to look for the next opening: a week, and the one that began before today."""


def _days(value: Any) -> tuple[int, ...]:  # noqa: ANN401 - whatever the YAML holds
    """`mon-fri`, `sat`, `mon,wed,fri` or a list of these; the numbers of the days, Monday 0."""
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(sorted({day for part in parts for day in _span(str(part).strip().lower())}))


def _span(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        raise ValueError(
            f"{text!r} is no day: write mon, tue, wed, thu, fri, sat, sun or a span such as mon-fri"
        )
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    yield from ((start + step) % 7 for step in range((end - start) % 7 + 1))


def _day_words(days: tuple[int, ...]) -> str:
    """`mon-fri`, `sat, sun`, `every day`."""
    if len(days) == len(_DAYS):
        return "every day"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:  # noqa: PLR2004 - two are a list
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ", ".join(_DAYS[day] for day in days)


def _clock(value: Any) -> time:  # noqa: ANN401 - as above
    if isinstance(value, time):
        return value
    if value == "24:00":
        return time.max
    match = _CLOCK.fullmatch(str(value))
    if match is None:
        raise ValueError(f'{value!r} is no time of day: write it in quotes like "10:00"')
    return time(int(match[1]), int(match[2]))


ClockTime = Annotated[
    time,
    BeforeValidator(_clock),
    PlainSerializer(lambda value: "24:00" if value == time.max else f"{value:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$"}),
]
Days = Annotated[
    tuple[int, ...],
    BeforeValidator(_days),
    PlainSerializer(lambda days: ",".join(_DAYS[day] for day in days), return_type=str),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "examples": ["mon-fri"],
        }
    ),
]


class Opening(Settings):
    """One span of a week: from a time of day to another, which may be that of the next day."""

    days: Days = Field(default=tuple(range(7)), description="days of the week, such as mon-fri, or sat,sun")
    opens: ClockTime = Field(
        default=time.min, alias="from", description='the time of day it opens, such as "10:00"'
    )
    closes: ClockTime = Field(
        default=time.max,
        alias="to",
        description='the time of day it closes, such as "17:00"; if that is earlier, the next day',
    )
    zone: Zone = Field(default=ZoneInfo("Asia/Seoul"), description="the time zone of both")

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if self.opens == self.closes:
            raise ValueError(f"it opens and closes at {self.opens:%H:%M}, so it never opens")
        return self

    def spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The openings of the days around now, in order."""
        today = now.astimezone(self.zone).date()
        for day in (today + timedelta(days=step) for step in range(-1, _AHEAD)):
            if day.weekday() in self.days:
                end = day + timedelta(days=1) if self.closes <= self.opens else day
                yield self._instant(day, self.opens), self._instant(end, self.closes)

    @property
    def words(self) -> str:
        """`mon-fri 10:00-17:00 (Asia/Seoul)`."""
        closes = "24:00" if self.closes == time.max else f"{self.closes:%H:%M}"
        return f"{_day_words(self.days)} {self.opens:%H:%M}-{closes} ({self.zone})"

    def _instant(self, day: date, clock: time) -> datetime:
        """Where clocks change: a time that is skipped is moved on, one that comes twice is the first."""
        midnight = clock == time.max
        day, clock = (day + timedelta(days=1), time.min) if midnight else (day, clock)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


_WEEKS = 53
_YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(weeks=_WEEKS)
_SHOWN = timedelta(days=21)

REASON = Reason(
    "window",
    "time",
    "Promotions may happen only at certain times.",
    overridable=True,
    asked_of_rollback=False,
    ends="the window opens",
)


class Window(Gate):
    """`window: [{days: mon-fri, from: "10:00", to: "17:00", zone: Asia/Seoul}]`."""

    reason: ClassVar[Reason] = REASON
    drawn: ClassVar[str | None] = "the window is open"

    openings: tuple[Opening, ...] = Field(
        min_length=1, description="the spans of a week in which promotions may happen"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(value, dict) and "openings" in value:
            return value
        return {"openings": value if isinstance(value, list) else [value]}

    @property
    def words(self) -> str:
        return f"only {' or '.join(each.words for each in self.openings)}"

    def weaker_than(self, bound: Self) -> str | None:
        outside = _first_outside(self, bound)
        if outside is None:
            return None
        then = outside.astimezone(self.openings[0].zone)
        return f"it is open on {then:%A} at {then:%H:%M %Z}, when the guardrail's window is closed"

    def excludes(self, other: Self) -> str | None:
        theirs = other.year()
        meet = any(start < until and since < end for start, end in self.year() for since, until in theirs)
        return None if meet else "they are never open at the same time"

    def year(self) -> list[tuple[datetime, datetime]]:
        """Its openings of a whole year, in UTC and in order; those that touch are one."""
        joined: list[tuple[datetime, datetime]] = []
        for start, end in sorted(self._clipped()):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            elif start < end:
                joined.append((start, end))
        return joined

    def _clipped(self) -> set[tuple[datetime, datetime]]:
        weeks = [_YEAR[0] + timedelta(weeks=number) for number in range(-1, _WEEKS + 1)]
        spans = (span for opening in self.openings for week in weeks for span in opening.spans(week))
        return {(max(start, _YEAR[0]), min(end, _YEAR[1])) for start, end in spans}

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        spans = sorted(span for opening in self.openings for span in opening.spans(case.now))
        if any(start <= case.now < end for start, end in spans):
            return Ruling(REASON, True, "the window for promotions is open", waits=True)
        opens = next((start for start, _ in spans if start > case.now), None)
        if opens is None:
            return Ruling(REASON, False, "the window for promotions does not open", waits=True)
        when = times.format_time(opens, case.zone)
        return Ruling(REASON, False, f"the window for promotions opens at {when}", until=opens, waits=True)

    def stretches(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """Further back nobody looks for a window."""
        begins = max(since, until - _SHOWN)
        days = [begins + timedelta(days=day) for day in range((until - begins).days + 2)]
        return sorted({span for opening in self.openings for day in days for span in opening.spans(day)})


@lru_cache(maxsize=256)
def _first_outside(own: Window, bound: Window) -> datetime | None:
    """When the one is open and the other is not, in a year in which every clock changes both ways."""
    theirs = bound.year()
    starts = [start for start, _ in theirs]
    for start, end in own.year():
        at = bisect_right(starts, start) - 1
        closes = theirs[at][1] if at >= 0 else start
        if closes < end:
            return max(start, closes)
    return None
