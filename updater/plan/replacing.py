"""Whether a shown candidate stays, gives way to another one, or is over. Pure."""

from __future__ import annotations

from updater.gates import digest
from updater.model import Decision, Promote, Proposal, PullRequest, ReviewsOf, ReviewState
from updater.situation import PlacementState, Situation


def replaces(decision: Promote, state: PlacementState, proposal: Proposal) -> bool:
    """A newer candidate takes a shown one's place; an older one only where the shown one is lost for good."""
    read = state.policy.tags.scheme.read
    shown, new = read(proposal.marker.tag), read(decision.tag)
    return shown is None or new is None or new > shown or (new < shown and is_lost(decision))


def is_lost(decision: Decision) -> bool:
    """While something cannot be read nothing is put into its place."""
    shown = decision.shown
    against = shown.against if shown is not None and not shown.partial else ()
    return any(ruling.reason.lost_for_good for ruling in against)


def is_settled(proposal: Proposal, situation: Situation) -> bool | None:
    """Somebody has approved it, or the forge merges it by itself; None while nobody has looked."""
    reviews = situation.answers.get(ReviewsOf(proposal.pull_request.number))
    if not isinstance(reviews, ReviewState):
        return None
    pull = proposal.pull_request
    lets = pull.auto_merge and not situation.is_us(pull.merges_by, pull)
    return reviews.approved or lets or reviews.queued_by is not None


def is_queued(pull: PullRequest, situation: Situation) -> bool | None:
    """It waits in a merge queue, and its branch is locked; None while nobody has looked."""
    if any(each.pull_request.number == pull.number for each in situation.queued):
        return True
    reviews = situation.answers.get(ReviewsOf(pull.number))
    return reviews.queued_by is not None if isinstance(reviews, ReviewState) else None


def moved_tags(decision: Promote, proposal: Proposal) -> tuple[str, ...]:
    """The tags it has shown that moved; nobody else remembers which digest they had."""
    marker, against = proposal.marker, decision.shown.against if decision.shown else ()
    moved = marker.tag != decision.tag and any(ruling.reason == digest.REASON for ruling in against)
    return tuple(dict.fromkeys([*(marker.lost or "").split(), *([marker.tag] if moved else [])]))


def is_obsolete(state: PlacementState) -> bool:
    """The environment already runs the shown tag or a newer one (not of the future), and all was heard."""
    proposal, read = state.proposal, state.policy.tags.scheme.read
    if proposal is None or proposal.edited or state.current is None or state.trouble or state.unheard:
        return False
    current, proposed = read(state.current), read(proposal.marker.tag)
    if current is None or proposed is None:
        return False
    floor = state.timeline.floor
    return proposed == current or (floor is not None and proposed < current <= floor)
