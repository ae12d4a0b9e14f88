"""What a pull request of ours should list: one app's own is the pull request of one. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Mapping
from dataclasses import replace

from updater import messages
from updater.config import CommitSettings
from updater.forges import TextLimits
from updater.messages import Bump
from updater.model import Decision, Hold, Promote, Proposal, Ruling
from updater.plan.drafts import bump_of, bump_of_shown
from updater.plan.members import Member
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.replacing import is_lost, is_obsolete, is_settled, moved_tags, replaces
from updater.reasons import hold_reasons
from updater.situation import PlacementState
from updater.value_class import value_class


@value_class
class Circumstances:
    """Of the pull request that is open."""

    settled: bool = False
    """People have approved it: only what must not stay is taken out or set back."""
    rebuilt: bool = False
    """All of it is written anew: what the base has already would be an empty commit."""


AS_IT_IS = Circumstances()


@value_class
class Wanted:
    bumps: Mapping[str, Bump]
    """What the pull request should show, by app."""
    without_room: tuple[Hold, ...] = ()
    """Those that have to wait, as it is full."""


def circumstances_of(ours: OurPullRequest, whole: Proposal, *, rebuilt: bool) -> Circumstances:
    """Where nobody can tell whether people have approved it, they may have."""
    asked = ours.settings.update == "until_approved"
    settled = asked and is_settled(whole, ours.situation) is not False
    return Circumstances(settled, rebuilt)


def wanted(ours: OurPullRequest, circumstances: Circumstances = AS_IT_IS) -> Wanted:
    commit, shared_on = ours.config.commit_of(ours.situation.repository), ours.branch if ours.shared else None
    found = {
        each.app: _wanted_bump(each, commit, shared_on=shared_on, circumstances=circumstances)
        for each in ours.members
    }
    bumps = {app: bump for app, bump in found.items() if bump is not None}
    return _as_many_as_fit(ours, bumps) if ours.shared else Wanted(bumps)


def _as_many_as_fit(ours: OurPullRequest, bumps: Mapping[str, Bump]) -> Wanted:
    """Of the others it is said that they have to wait."""
    listed = {each.app for each, _ in ours.listed}
    kept = _listable(bumps, listed, ours.config.instance, ours.situation.longest)
    late = (each.decision for each in ours.members if each.app in bumps.keys() - kept.keys() - listed)
    return Wanted(kept, tuple(map(_has_no_room, late)))


def tags_of(bumps: Mapping[str, messages.Bump]) -> dict[str, str]:
    return {app: bump.new.tag for app, bump in bumps.items()}


def _wanted_bump(
    member: Member,
    commit: CommitSettings,
    *,
    shared_on: str | None,
    circumstances: Circumstances = AS_IT_IS,
) -> messages.Bump | None:
    """What the pull request should show of it; None: nothing. `commit` is how commits are worded.

    `shared_on` is the branch of a pull request that several share.
    """
    decision, state, shown = member.decision, member.state, member.shown
    if shared_on is not None and (not state.shares(shared_on) or state.withheld is not None):
        return None  # it has a pull request of its own, or a person has taken it out
    if isinstance(decision, Promote):
        if shown is None:
            return None if circumstances.settled else bump_of(decision, state, commit)
        same = decision.tag == shown.marker.tag
        if same or member.is_asked or _gives_way(decision, state, shown, circumstances):
            return replace(bump_of(decision, state, commit), lost=moved_tags(decision, shown))
    elif shown is None or is_lost(decision) or _goes(state, circumstances):
        return None
    return bump_of_shown(decision, state, shown, commit)


def _gives_way(
    decision: Promote, state: PlacementState, shown: Proposal, circumstances: Circumstances
) -> bool:
    return replaces(decision, state, shown) and (not circumstances.settled or is_lost(decision))


def _goes(state: PlacementState, circumstances: Circumstances) -> bool:
    """What the base has already does no harm in one that is approved, unless all of it has to be rebuilt."""
    return is_obsolete(state) and (circumstances.rebuilt or not circumstances.settled)


def _listable(
    bumps: Mapping[str, messages.Bump], first: Container[str], instance: str, longest: TextLimits
) -> dict[str, messages.Bump]:
    """As many as one pull request can list, in their order; the `first` of them before the others."""
    tags = sorted(tags_of(bumps).items(), key=lambda named: named[0] not in first)
    environment = next((bump.placement.environment for bump in bumps.values()), "")

    def is_full(last: int) -> bool:
        return not messages.fits(dict(tags[: last + 1]), instance, environment, longest)

    kept = {app for app, _ in tags[: bisect_left(range(len(tags)), x=True, key=is_full)]}
    return {app: bump for app, bump in bumps.items() if app in kept}


def _has_no_room(decision: Decision) -> Hold:
    """It is to be listed by a pull request that is full."""
    named = f"the pull request of {decision.placement.environment}"
    said = f"{named} lists as many apps as it has room for: merge it, and the rest follows"
    return Hold(
        decision.placement,
        decision.current,
        (Ruling(hold_reasons.GROUP_FULL, False, said, waits=True),),
        None,
    )
