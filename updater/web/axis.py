"""The axis of a timeline: instants in, pixels out. Pure.

Quiet stretches are drawn short: the room between two instants is the logarithm of the time between them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

_GRAIN = timedelta(minutes=4)
"""What is shorter is drawn as if time were linear."""
_LEAST = 13
"""Pixels even the shortest time gets."""
_TICK = 118
"""Pixels a label takes."""


class Axis:
    """From instants to pixels and no further than the edges."""

    def __init__(self, instants: Iterable[datetime], left: float, right: float) -> None:
        self._instants = sorted(set(instants))
        rooms = [math.log1p((after - before) / _GRAIN) for before, after in pairwise(self._instants)]
        least = min(_LEAST, (right - left) / 2 / max(len(rooms), 1))
        scale = (right - left - least * len(rooms)) / (sum(rooms) or 1)
        self._places = [left]
        for room in rooms:
            self._places.append(self._places[-1] + least + room * scale)

    @property
    def begins(self) -> datetime:
        return self._instants[0]

    @property
    def ends(self) -> datetime:
        return self._instants[-1]

    def at(self, instant: datetime) -> float:
        place = bisect_right(self._instants, instant)
        if place == 0:
            return self._places[0]
        if place == len(self._instants):
            return self._places[-1]
        before, after = self._instants[place - 1 : place + 1]
        left, right = self._places[place - 1 : place + 1]
        return left + (right - left) * ((instant - before) / (after - before))

    def ticks(self) -> Iterator[datetime]:
        """The instants that leave room for a label."""
        last = -math.inf
        for instant, place in zip(self._instants, self._places, strict=True):
            if place - last >= _TICK and self._places[-1] - place >= _TICK:
                last = place
                yield instant
