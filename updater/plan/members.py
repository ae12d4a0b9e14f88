"""What a pull request should list: one app's own is the pull request of one. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Mapping
from dataclasses import replace

from updater import messages
from updater.config import CommitSettings
from updater.forges import TextLimits
from updater.model import Decision, Hold, Promote, Proposal, Ruling
from updater.plan.drafts import bump_of, bump_of_shown
from updater.plan.replacing import is_lost, is_obsolete, moved_tags, replaces
from updater.reasons import hold_reasons
from updater.situation import PlacementState
from updater.value_class import value_class


@value_class
class Member:
    """One app: what was decided, what is there, and what the pull request shows of it."""

    decision: Decision
    state: PlacementState
    shown: Proposal | None
    """As if it showed this app alone; None: it does not list it, or is not open."""

    @property
    def app(self) -> str:
        return self.decision.placement.app

    @property
    def is_asked(self) -> bool:
        """By a person, by name: then nothing but the order counts."""
        return isinstance(self.decision, Promote) and self.decision.request is not None

    @property
    def is_proposed(self) -> bool:
        """By pull request, as config has it now."""
        return self.state.policy.deliver == "pull-request"

    @property
    def unjudgeable(self) -> tuple[Ruling, ...]:
        """Why nobody can judge it any more, and it is known why: not that something could not be read."""
        if not self.is_proposed:
            environment, how = self.decision.placement.environment, self.state.policy.deliver
            said = f"{environment} no longer delivers by pull request (`deliver: {how}`)"
            return (Ruling(hold_reasons.NOT_DELIVERED, False, said),)
        known = all(ruling.reason.about != "reading" for ruling in self.state.trouble)
        return self.state.trouble if known else ()

    @property
    def is_unjudged(self) -> bool:
        """Nothing was read of the tag that is shown, and no other was judged in its place."""
        return self.decision.shown is None and not isinstance(self.decision, Promote)

    @property
    def is_unread(self) -> bool:
        """Nobody can say what is true of what is shown."""
        return bool(self.state.trouble or self.state.unheard or self.is_unjudged)


@value_class
class Circumstances:
    """Of the pull request that is open."""

    settled: bool = False
    """People have approved it: only what must not stay is taken out or set back."""
    rebuilt: bool = False
    """All of it is written anew: what the base has already would be an empty commit."""


AS_IT_IS = Circumstances()


def wanted_bump(
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


def tags_of(bumps: Mapping[str, messages.Bump]) -> dict[str, str]:
    return {app: bump.new.tag for app, bump in bumps.items()}


def listable(
    bumps: Mapping[str, messages.Bump], first: Container[str], instance: str, longest: TextLimits
) -> dict[str, messages.Bump]:
    """As many as one pull request can list, in their order; the `first` of them before the others."""
    tags = sorted(tags_of(bumps).items(), key=lambda named: named[0] not in first)
    environment = next((bump.placement.environment for bump in bumps.values()), "")

    def is_full(last: int) -> bool:
        return not messages.fits(dict(tags[: last + 1]), instance, environment, longest)

    kept = {app for app, _ in tags[: bisect_left(range(len(tags)), x=True, key=is_full)]}
    return {app: bump for app, bump in bumps.items() if app in kept}


def has_no_room(decision: Decision) -> Hold:
    """It is to be listed by a pull request that is full."""
    named = f"the pull request of {decision.placement.environment}"
    said = f"{named} lists as many apps as it has room for: merge it, and the rest follows"
    return Hold(
        decision.placement,
        decision.current,
        (Ruling(hold_reasons.GROUP_FULL, False, said, waits=True),),
        None,
    )
