"""To keep series as Prometheus does: samples at intervals, their ends, and times without any. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, floor, inf

INTERVAL = 15.0
"""Seconds between two samples."""
LOOKBACK = 300.0
"""Seconds for which a sample is the value of its series, if nothing says that it has ended."""

Labels = Mapping[str, str]
Point = tuple[float, float]
"""Seconds since 1970 and a value."""


@dataclass(slots=True)
class Segment:
    """The same value for a while."""

    since: float
    value: float
    until: float = inf


@dataclass(frozen=True, slots=True)
class Gap:
    since: float
    until: float

    def has(self, at: float) -> bool:
        return self.since < at < self.until


@dataclass(slots=True)
class Series:
    labels: Labels
    """With its name as `__name__`."""
    segments: list[Segment] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return bool(self.segments) and self.segments[-1].until == inf

    def turn(self, at: float, value: float | None) -> None:
        """From now on it has this value; None: it ends."""
        if self.is_open:
            if self.segments[-1].value == value:
                return
            self.segments[-1].until = at
        if value is not None:
            self.segments.append(Segment(at, value))

    def forget(self, before: float) -> None:
        """Nothing earlier is known any more."""
        self.segments = [each for each in self.segments if each.until > before]
        for each in self.segments:
            each.since = max(each.since, before)

    def at(self, instant: float, gaps: list[Gap]) -> Point | None:
        """The last sample, if it is young and the series has not ended since."""
        for segment in reversed(self.segments):
            if segment.since > instant:
                continue
            if segment.until <= instant and not any(gap.has(segment.until) for gap in gaps):
                return None
            last = self._last(segment, instant, gaps)
            if last is not None:
                return (last, segment.value) if instant - last < LOOKBACK else None
        return None

    def between(self, since: float, until: float, gaps: list[Gap]) -> Iterator[Point]:
        """Every sample after the one and up to the other."""
        for segment in self.segments:
            first = max(0, floor((since - segment.since) / INTERVAL) + 1)
            end = min(until, segment.until - 0.001)
            for number in range(first, floor((end - segment.since) / INTERVAL) + 1):
                at = segment.since + number * INTERVAL
                if not any(gap.has(at) for gap in gaps):
                    yield at, segment.value

    def _last(self, segment: Segment, instant: float, gaps: list[Gap]) -> float | None:
        number = floor((min(instant, segment.until - 0.001) - segment.since) / INTERVAL)
        while number >= 0:
            at = segment.since + number * INTERVAL
            gap = next((gap for gap in gaps if gap.has(at)), None)
            if gap is None:
                return at
            number = min(number - 1, ceil((gap.since - segment.since) / INTERVAL))
        return None


class Database:
    """All series, found by their labels."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self._series: dict[tuple[tuple[str, str], ...], Series] = {}
        self._by_label: dict[tuple[str, str], dict[int, Series]] = defaultdict(dict)

    def series(self, labels: Labels) -> Series:
        key = tuple(sorted(labels.items()))
        if key not in self._series:
            made = self._series[key] = Series(dict(labels))
            for pair in key:
                self._by_label[pair][id(made)] = made
        return self._series[key]

    def all(self) -> Iterator[Series]:
        return iter(list(self._series.values()))

    def having(self, pairs: Mapping[str, str]) -> Iterator[Series]:
        """Those with these labels, and more."""
        found = [self._by_label.get(pair, {}) for pair in pairs.items() if pair[1]]
        return iter(list(min(found, key=len).values())) if found else self.all()
