"""Decisions where nothing newer was there, for as long as that is so. Pure but for its memory.

Such a decision goes by what was understood of the placement and of those it comes after or stands beside, and
by what is listed of its images: by no clock, no answer and no gate. To keep it never changes it.
"""

from __future__ import annotations

from operator import is_
from typing import NamedTuple

from updater.decide.kinship import before, beside
from updater.decide.rounds import Rounds
from updater.model import Hold, Listing, Placement, Reading
from updater.situation import PlacementState, Situation


class _GoesBy(NamedTuple):
    states: tuple[PlacementState, ...]
    listings: tuple[Reading[Listing], ...]

    @classmethod
    def of(cls, state: PlacementState, situation: Situation) -> _GoesBy:
        states = (state, *before(state, situation), *beside(state, situation))
        return cls(states, tuple(situation.listings[image] for image in state.policy.images))

    def is_as(self, other: _GoesBy) -> bool:
        """States are told apart as objects: what was understood anew is another one."""
        same = len(self.states) == len(other.states) and all(map(is_, self.states, other.states))
        return same and all(map(_says_as, self.listings, other.listings))


def _says_as(one: Reading[Listing], other: Reading[Listing]) -> bool:
    """Of a long list also all that is not kept, which its sums stand for."""
    if isinstance(one, Listing) and isinstance(other, Listing):
        return one is other or (one == other and one.sums is other.sums)
    return one == other


class KeptDecisions:
    """Of one repository, from pass to pass, and from question to question. It may vanish at any time."""

    def __init__(self) -> None:
        self.rounds = Rounds()
        self._made: dict[Placement, tuple[_GoesBy, Hold]] = {}

    def of(self, state: PlacementState, situation: Situation) -> Hold | None:
        made = self._made.get(state.policy.placement)
        return made[1] if made is not None and made[0].is_as(_GoesBy.of(state, situation)) else None

    def keep(self, hold: Hold, state: PlacementState, situation: Situation) -> Hold:
        """The same hold."""
        self._made[state.policy.placement] = (_GoesBy.of(state, situation), hold)
        return hold

    def only(self, situation: Situation) -> None:
        """Forget what config names no more."""
        for placement in self._made.keys() - situation.states.keys():
            del self._made[placement]
