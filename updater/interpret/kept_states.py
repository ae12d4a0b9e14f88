"""What the last pass understood, for as long as nothing that it went by has changed. Pure but for its memory.

It saves work and never changes an answer: all that a placement is understood from is compared, but for the
clock. So what the clock can still change is not kept: where a commit, a tag or the end of a hold lies ahead,
where images are dated, and where something could not be read or understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from updater.config import Config, Pin, Policy
from updater.interpret.active_holds import ActiveHolds
from updater.interpret.hold_history import HoldHistory
from updater.model import History, Image, Listing, Placement, Reading, Ruling, Snapshot
from updater.schemes import needs_dates
from updater.situation import PinReading, PlacementState


@dataclass(frozen=True, slots=True)
class Understood:
    """What is known without another look."""

    pins: Mapping[Pin, PinReading | Ruling] | None = None
    """All of them; None: nothing is."""
    states: Mapping[Placement, PlacementState] = field(default_factory=dict)

    def state(self, policy: Policy, listings: Mapping[Image, Reading[Listing]]) -> PlacementState | None:
        """A list that cannot be read now is something new; what a list says is no part of a state."""
        known = self.states.get(policy.placement)
        heard = known is not None and all(isinstance(listings[image], Listing) for image in policy.images)
        return known if heard else None


class _Basis(NamedTuple):
    """All that is understood, but for what is listed."""

    heads: object
    history: History
    files: object
    verdicts: object
    pull_requests: object
    logins: frozenset[str]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Basis | None:
        """None where it could not be read, or where the time is in doubt."""
        if not isinstance(snapshot.history, History) or snapshot.skew is not None:
            return None
        read = (snapshot.files, snapshot.verdicts, snapshot.pull_requests, snapshot.logins)
        return cls(snapshot.heads, snapshot.history, *read)


class KeptStates:
    """Of one repository, from pass to pass. It may vanish at any time."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._basis: _Basis | None = None
        self._at: datetime | None = None
        self._understood = Understood()

    def of(self, snapshot: Snapshot, config: Config) -> Understood:
        """Nothing where anything is another than it was, or the clock was set back."""
        if self._config is not config or self._at is None or snapshot.now < self._at:
            return Understood()
        basis = _Basis.of(snapshot)
        return self._understood if basis is not None and basis == self._basis else Understood()

    def keep(
        self,
        snapshot: Snapshot,
        config: Config,
        understood: Understood,
        recorded: ActiveHolds,
        past_holds: HoldHistory,
    ) -> None:
        """What of it stays so, whatever the time is."""
        before, basis = self._understood, _Basis.of(snapshot)
        timed = recorded.is_timed or past_holds.is_timed
        if basis is None or timed or _is_ahead(basis.history, snapshot.now):
            self._config, self._basis, self._at, self._understood = None, None, None, Understood()
            return
        lasting = {
            placement: state
            for placement, state in understood.states.items()
            if before.states.get(placement) is state or _lasts(state, snapshot.now)
        }
        self._config, self._basis, self._at = config, basis, snapshot.now
        self._understood = Understood(understood.pins, lasting)


def _is_ahead(history: History, now: datetime) -> bool:
    """A commit claims to be of the future: what it counts as is another thing from minute to minute."""
    return any(commit.time > now for commit in history.commits.values())


def _lasts(state: PlacementState, now: datetime) -> bool:
    """All is read, and no tag that was ever run there is of the future."""
    scheme = state.policy.tags.scheme
    if state.trouble or state.unheard or needs_dates(scheme):
        return False
    ran = {*state.timeline.held, *(stay.tag for stay in state.timeline.stays)}
    versions = (version for tag in ran if (version := scheme.read(tag)) is not None)
    return all(version.stamp is None or version.stamp <= now for version in versions)
