"""To put together all that may be looked at to judge a candidate. Pure.

Most of it is the same for all candidates of one app in one environment, of which there may be many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from updater.decide.failed_tags import failed_in, has_failed
from updater.decide.kinship import before, beside
from updater.decide.leaving import how_left
from updater.decide.rollback_floors import floors_of_candidate
from updater.gates import after
from updater.messages import read_arrivals
from updater.model import Case, Placement, Rollout, Timeline, Version, Watched
from updater.situation import PlacementState, Situation
from updater.value_class import value_class


def case_of(candidate: Version, state: PlacementState, situation: Situation) -> Case:
    """All that may be looked at to judge this candidate here."""
    return Surroundings.of(state, situation).case_of(candidate)


@value_class
class Surroundings:
    """What every candidate of one app in one environment is judged by."""

    state: PlacementState
    situation: Situation
    lines: Mapping[str, Timeline]
    """Of the environments that it comes after."""
    rollouts: Mapping[str, Rollout]
    watched: Mapping[str, Watched]
    last_wave: Mapping[str, Timeline | None]
    left: Sequence[PlacementState]
    """Here and in all that it comes after: where some tag was rolled back."""
    failed: Sequence[PlacementState]
    """Of these, where some tag has failed its verification."""
    failed_beside: Sequence[PlacementState]

    @classmethod
    def of(cls, state: PlacementState, situation: Situation) -> Surroundings:
        found = _predecessors(state, situation)
        line = (state, *before(state, situation)) if found else (state,)
        fails = partial(has_failed, situation=situation)
        return cls(
            state,
            situation,
            lines={name: one.timeline for name, one in found.items()},
            rollouts=_rollouts(found),
            watched=_watched(state, found),
            last_wave=_last_wave(state, situation),
            left=[one for one in _downwards(state, situation) if one.timeline.rolled_back],
            failed=[one for one in line if fails(one)],
            failed_beside=[one for one in beside(state, situation) if fails(one)],
        )

    def case_of(self, candidate: Version) -> Case:
        state, situation, policy = self.state, self.situation, self.state.policy
        proven = self._proven(candidate) if policy.after_any else {}
        return Case(
            placement=policy.placement,
            candidate=candidate,
            images=policy.images,
            now=situation.now,
            zone=policy.tags.scheme.zone,
            own=state.timeline,
            predecessors=proven or self.lines,
            rolled_back=self._rolled_back(candidate) if self.left else {},
            failed=failed_in(self.failed, candidate, state, situation),
            failed_beside=failed_in(self.failed_beside, candidate, state, situation),
            answers=situation.answers,
            rollouts=self.rollouts,
            arrivals=_arrivals(candidate, state),
            skew=situation.skew,
            watched=self.watched,
            find_floors=partial(floors_of_candidate, candidate, state, situation.answers),
            last_wave=self.last_wave,
        )

    def _proven(self, candidate: Version) -> Mapping[str, Timeline]:
        return {name: line for name, line in self.lines.items() if after.proven_stay(line, candidate.tag)}

    def _rolled_back(self, candidate: Version) -> Mapping[str, str]:
        """Where it is rolled back under whatever name, here or anywhere before, and how it was left there."""
        read, found = self.state.policy.tags.scheme.read, dict[str, str]()
        for one in self.left:
            for tag, sha in one.timeline.rolled_back.items():
                if tag == candidate.tag or read(tag) == candidate:
                    found[one.policy.placement.environment] = how_left(tag, sha, one)
        return found


def _predecessors(state: PlacementState, situation: Situation) -> Mapping[str, PlacementState]:
    app = state.policy.placement.app
    found = {name: situation.state(Placement(name, app)) for name in state.policy.after}
    return {name: other for name, other in found.items() if other is not None}


def _rollouts(found: Mapping[str, PlacementState]) -> Mapping[str, Rollout]:
    rollouts = {name: other.rollout for name, other in found.items()}
    return {name: rollout for name, rollout in rollouts.items() if rollout is not None}


def _watched(state: PlacementState, found: Mapping[str, PlacementState]) -> Mapping[str, Watched]:
    policies = (each.policy for each in (state, *found.values()))
    return {policy.placement.environment: policy.watched for policy in policies if policy.watched}


def _last_wave(state: PlacementState, situation: Situation) -> Mapping[str, Timeline | None]:
    """What a newcomer begins by; where those have no tag in common, it waits for its own wave as all do."""
    wave, app = state.policy.wave, state.policy.placement.app
    if wave is None or state.timeline.held:
        return {}
    others = {name: situation.state(Placement(name, app)) for name in wave.last}
    lines = {name: None if one is None or one.trouble else one.timeline for name, one in others.items()}
    begun = {name: line for name, line in lines.items() if line is None or line.held}
    ran = [{tag for tag in line.held if after.proven_stay(line, tag)} for line in begun.values() if line]
    return begun if None in begun.values() or (ran and set.intersection(*ran)) else {}


def _arrivals(candidate: Version, state: PlacementState) -> Mapping[str, datetime]:
    """What our open pull request for it has known since it was written."""
    shown = state.proposal.marker if state.proposal is not None else None
    return read_arrivals(shown) if shown is not None and shown.tag == candidate.tag else {}


def _downwards(state: PlacementState, situation: Situation) -> Sequence[PlacementState]:
    """Itself and all that it comes after, each predecessor with all of its own before the next."""
    found, ahead = dict[Placement, PlacementState](), [state]
    while ahead:
        one = ahead.pop()
        if found.setdefault(one.policy.placement, one) is one:
            ahead += _predecessors(one, situation).values()
    return list(found.values())
