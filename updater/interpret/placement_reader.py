"""To understand each app in each environment from what was seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from updater import messages
from updater.config import Config, Pin, Policy
from updater.interpret.active_holds import ActiveHolds, released_tags
from updater.interpret.branch_history import BranchHistory
from updater.interpret.hold_history import HoldHistory
from updater.interpret.image_dates import undated_rulings, with_image_dates
from updater.interpret.pin_cache import PinCache
from updater.interpret.pins import failed_reading, refused_file
from updater.interpret.proposal_branches import with_branch_state
from updater.interpret.pull_requests import (
    OurIdentity,
    Pulls,
    asked_proposal,
    conflicting_pull_request,
    group_proposal,
    merged_proposal,
    proposal_of,
    rejected_tags,
    rejection_times,
    retargeted_pull_request,
)
from updater.interpret.recorded_floors import floors_over
from updater.interpret.steps_back import steps_back
from updater.interpret.verdicts import recorded_verdicts
from updater.model import Lineage, Placement, Proposal, Ruling, Snapshot, Timeline, Unreadable
from updater.situation import PinReading, PlacementState
from updater.value_class import value_class

_NOTHING_SEEN = Timeline((), frozenset(), {}, None, None, None)


@value_class
class PlacementReader:
    """What every placement is understood from."""

    snapshot: Snapshot
    config: Config
    past: BranchHistory | None
    cache: PinCache
    recorded: ActiveHolds
    before: HoldHistory
    read: Mapping[Pin, PinReading | Ruling]
    pulls: Pulls
    lineage: Lineage
    us: OurIdentity

    def contained(self, policy: Policy) -> PlacementState:
        """A mistake of ours about one app in one environment holds that one, and nobody else."""
        try:
            return self.state(policy)
        except Exception as error:  # noqa: BLE001 - whatever it is
            return PlacementState(policy, _NOTHING_SEEN, (), (messages.bug_ruling(error),))

    def state(self, configured: Policy) -> PlacementState:
        read = [self.read[pin] for pin in configured.pins]
        pins = tuple(question for question in read if isinstance(question, PinReading))
        rejected = rejection_times(self.pulls, configured.placement, self.config.instance)
        policy = with_image_dates(configured, self.snapshot, self.past, pins, rejected)
        trouble = tuple(ruling for ruling in read if isinstance(ruling, Ruling))
        timeline = self.past.timeline(policy, pins) if self.past and pins else _NOTHING_SEEN
        if periods := self.before.of(policy.placement):
            timeline = replace(timeline, hold_periods=periods)
        unordered = undated_rulings(configured, self.snapshot, timeline.held)
        released = self._released(policy.placement, timeline)
        named = (policy.placement, self.config.instance)
        branch = self.config.repositories[policy.repository].branch
        proposal = proposal_of(self.pulls, policy.placement, self.us, branch)
        shared = _shared_branch(policy, proposal)
        group = (
            group_proposal(self.pulls, shared, policy.placement.environment, self.us, branch)
            if shared
            else None
        )
        verdicts = recorded_verdicts(self.snapshot, policy.placement, branch)
        state = PlacementState(
            policy=policy,
            timeline=timeline,
            pins=pins,
            trouble=self._of_the_repository() or trouble,
            proposal=self._looked_at(proposal),
            group=self._looked_at(group),
            asked=self._looked_at(asked_proposal(self.pulls, policy.placement, self.us, branch)),
            merged=self._merged(policy.placement, timeline, branch),
            retargeted=retargeted_pull_request(
                self.pulls,
                policy.placement,
                self.us,
                branch,
                grouped=policy.is_grouped,
            ),
            rejected=rejected_tags(self.pulls, *named),
            refused=refused_file(policy),
            floors=floors_over(self.snapshot, policy.placement),
            held=self.recorded.over(policy.placement, policy.tags.scheme.zone),
            steps_back=steps_back(policy.placement, timeline, self.lineage),
            released=frozenset(tag for tag in released if tag is not None),
            goes_on=None in released,
            lineage=self.lineage,
            unheard=tuple(dict.fromkeys((*self._unheard(policy), *unordered))),
            unordered=unordered,
            verdicts=() if isinstance(verdicts, Ruling) else verdicts,
            verdicts_unread=verdicts if isinstance(verdicts, Ruling) else None,
        )
        shown = proposal or state.group
        stopped = shown is not None and messages.STOP in shown.pull_request.labels
        taken = conflicting_pull_request(self.pulls, state.branch, self.us, self.config.policies, branch)
        return replace(state, stopped=stopped, branch_conflict=taken) if stopped or taken else state

    def _merged(self, placement: Placement, timeline: Timeline, branch: str) -> Proposal | None:
        tag = stay.tag if (stay := timeline.current) else None
        found = merged_proposal(self.pulls, placement, self.config.instance, branch, tag)
        return replace(found, of_others=not self.us.opened(found.pull_request)) if found else None

    def _looked_at(self, proposal: Proposal | None) -> Proposal | None:
        if proposal is None:
            return None
        placement = Placement(proposal.marker.environment, proposal.marker.app)
        return with_branch_state(proposal, placement, self.past)

    def _released(self, placement: Placement, timeline: Timeline) -> set[str | None]:
        return (
            released_tags(self.recorded, placement, timeline, self.past, self.cache) if self.past else set()
        )

    def _unheard(self, policy: Policy) -> tuple[Ruling, ...]:
        """Why nothing can be promoted although the repository was read."""
        listings = [self.snapshot.listings[image] for image in policy.images]
        silent = [failed_reading(listing) for listing in listings if isinstance(listing, Unreadable)]
        if policy.deliver == "pull-request" and isinstance(self.snapshot.pull_requests, Unreadable):
            silent.append(failed_reading(self.snapshot.pull_requests))
        return tuple(silent)

    def _of_the_repository(self) -> tuple[Ruling, ...]:
        readings = (self.snapshot.heads, self.snapshot.history)
        return tuple(failed_reading(reading) for reading in readings if isinstance(reading, Unreadable))[:1]


def _shared_branch(policy: Policy, proposal: Proposal | None) -> str | None:
    """Of the pull request it shares, by config, or since one that is open lists it."""
    if proposal is not None and proposal.marker.apps is not None:
        return proposal.pull_request.branch
    if policy.is_grouped:
        return messages.group_branch(policy.placement.environment)
    return messages.app_branch(policy.placement) if policy.paired else None
