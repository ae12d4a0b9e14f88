"""What the last pass understood, for as long as nothing that it went by has changed. Pure but for its memory.

It saves work and never changes an answer: all that a placement is understood from is compared, but for the
clock. So what the clock can still change is not kept: where a commit, a tag or the end of a hold lies ahead,
where images are dated, and where something could not be read or understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import NamedTuple

from updater.config import Config, Pin, Policy
from updater.interpret.active_holds import ActiveHolds
from updater.interpret.gone_on import SeenBranch, Touched, touched_since
from updater.interpret.hold_history import HoldHistory
from updater.model import Heads, History, Image, Lineage, Listing, Placement, Reading, Ruling, Snapshot
from updater.schemes import needs_dates
from updater.situation import PinReading, PlacementState
from updater.value_class import value_class


@value_class
class Understood:
    """What is known without another look."""

    pins: Mapping[Pin, PinReading | Ruling] = field(default_factory=dict)
    states: Mapping[Placement, PlacementState] = field(default_factory=dict)
    of_all_pins: bool = False

    def state(self, policy: Policy, listings: Mapping[Image, Reading[Listing]]) -> PlacementState | None:
        """A list that cannot be read now is something new; what a list says is no part of a state."""
        known = self.states.get(policy.placement)
        heard = known is not None and all(isinstance(listings[image], Listing) for image in policy.images)
        return known if heard else None

    def but_for(self, touched: Touched, lineage: Lineage) -> Understood:
        """What is as it was; of those that ask which commit contains which, with the new ones.

        Nothing where a file was touched that is no pin's: by such people steer us.
        """
        if not touched.paths <= {
            read.file.path for read in self.pins.values() if isinstance(read, PinReading)
        }:
            return Understood()
        pins = {
            pin: read
            for pin, read in self.pins.items()
            if isinstance(read, PinReading) and read.file.path not in touched.paths
        }
        left = {name: state for name, state in self.states.items() if _is_left_alone(state, touched)}
        return Understood(
            pins,
            {
                name: state if state.policy.health is None else replace(state, lineage=lineage)
                for name, state in left.items()
            },
        )


def _is_left_alone(state: PlacementState, touched: Touched) -> bool:
    """What is proposed for it is looked at anew: it stands beside the branch."""
    proposed = state.proposal or state.group or state.asked
    if proposed is not None or state.policy.placement in touched.placements:
        return False
    return touched.paths.isdisjoint(pin.file.path for pin in state.pins)


class _Basis(NamedTuple):
    """All that is understood, but for what is listed."""

    branch: SeenBranch
    files: Mapping[str, object]
    others: tuple[object, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, config: Config) -> _Basis | None:
        """None where it could not be read, or where the time is in doubt."""
        heads, history = snapshot.heads, snapshot.history
        if not isinstance(heads, Heads) or not isinstance(history, History) or snapshot.skew is not None:
            return None
        name = config.repositories[snapshot.repository].branch
        others = (snapshot.verdicts, snapshot.pull_requests, snapshot.logins, snapshot.unnamed)
        return cls(SeenBranch(name, heads.refs, history, snapshot.now), snapshot.files, others)

    def is_as(self, other: _Basis) -> bool:
        same = self.branch.refs == other.branch.refs and self.branch.history == other.branch.history
        return same and (self.files, self.others) == (other.files, other.others)

    def touched_since(self, before: _Basis, mail: str) -> Touched | None:
        if self.others != before.others or self.files.keys() != before.files.keys():
            return None
        touched = touched_since(before.branch, self.branch, mail)
        changed = (path for path, file in self.files.items() if file != before.files[path])
        return touched if touched is not None and touched.paths.issuperset(changed) else None


class KeptStates:
    """Of one repository, from pass to pass. It may vanish at any time."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._basis: _Basis | None = None
        self._understood = Understood()

    def of(self, snapshot: Snapshot, config: Config) -> Understood:
        """Nothing where more has changed than what we pushed ourselves, or the clock was set back."""
        before, now = self._basis, _Basis.of(snapshot, config)
        if before is None or now is None or config is not self._config or snapshot.now < before.branch.at:
            return Understood()
        if now.is_as(before):
            return self._understood
        touched = now.touched_since(before, config.commit_of(snapshot.repository).email)
        if touched is None:
            return Understood()
        lineage = Lineage(now.branch.history.commits, now.branch.head)
        return self._understood.but_for(touched, lineage)

    def keep(
        self,
        snapshot: Snapshot,
        config: Config,
        understood: Understood,
        recorded: ActiveHolds,
        past_holds: HoldHistory,
    ) -> None:
        """What of it stays so, whatever the time is."""
        before, basis = self._understood, _Basis.of(snapshot, config)
        timed = recorded.is_timed or past_holds.is_timed
        if basis is None or timed or _is_ahead(basis.branch.history, snapshot.now):
            self._config, self._basis, self._understood = None, None, Understood()
            return
        lasting = {
            placement: state
            for placement, state in understood.states.items()
            if before.states.get(placement) is state or _lasts(state, snapshot.now)
        }
        self._config, self._basis = config, basis
        self._understood = replace(understood, states=lasting)


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
