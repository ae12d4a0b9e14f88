"""Which units of a time the parts of a pattern say, from the year down. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.schemes.parts import PartKind
from updater.schemes.patterns.pieces import Field

DATE = frozenset(range(3))
HALF_DAY, HOUR = 3, 4
"""Weights, as those of a whole date are."""
UNITS = ("year", "month", "day", "half of the day", "hour", "minute", "second", "decimals")
"""By the weight that a time's part has."""


def names_a_date(times: Sequence[Field]) -> bool:
    """A year with its month and day, or an instant."""
    return weights_said(times) >= DATE


def weights_said(times: Sequence[Field]) -> frozenset[int]:
    """Of the units."""
    return frozenset(weight for field in times for weight in weights_of(field.part))


def weights_of(part: PartKind) -> tuple[int, ...]:
    if part.name in {"date", "time"}:
        return tuple(range(part.weight, part.weight + 3))
    if part.unit == "s":
        return tuple(range(len(UNITS)))
    return (1, 2) if part.name == "%j" else (part.weight,)
