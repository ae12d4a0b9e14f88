"""What our commit status on a proposal has to say, and what people have to hear. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater import messages
from updater.model import (
    Comment,
    CommentsOf,
    CommitStatus,
    Decision,
    DigestOf,
    Proposal,
    Ruling,
    SetStatus,
    StatusOf,
)
from updater.situation import PlacementState, Situation


def status_of(decision: Decision, state: PlacementState, situation: Situation) -> CommitStatus | None:
    """What is true of the open proposal now; None where too little could be read to say."""
    proposal = state.proposal
    if proposal is None or state.trouble or state.unheard or state.stopped:
        return None
    if proposal.edited:
        return CommitStatus("failure", "somebody pushed to this branch: what it holds now was not judged")
    against = _against(decision, state)
    if against is None:
        return None
    if against:
        waits = all(ruling.waits for ruling in against)
        return CommitStatus("pending" if waits else "failure", messages.sentences(against))
    if is_sound(proposal, state, situation):
        return _GREEN
    return CommitStatus("failure", "this branch changes something else than the tag that was judged")


def status_of_pushed(rulings: Sequence[Ruling]) -> CommitStatus:
    """Of a branch that this pass pushes: it is what was planned."""
    against = [ruling for ruling in rulings if not ruling.passes]
    if against:
        return CommitStatus("pending", messages.shorten(messages.sentences(against)))
    over = ", ".join(dict.fromkeys(ruling.code for ruling in rulings if ruling.overridden))
    return (
        CommitStatus("success", messages.shorten(f"every gate passes but {over}, overridden"))
        if over
        else _GREEN
    )


def status_step(
    wanted: CommitStatus | None, proposal: Proposal, state: PlacementState, situation: Situation
) -> SetStatus | None:
    """Missing only where it says something else now, as far as that can be read."""
    sha = proposal.pull_request.head
    said = situation.answers.get(StatusOf(sha), wanted)
    if wanted is None or not (said is None or isinstance(said, CommitStatus)):
        return None
    wanted = CommitStatus(wanted.state, messages.shorten(wanted.description))
    if said == wanted:
        return None
    return SetStatus(situation.repository, state.policy.placement, proposal.pull_request.branch, sha, wanted)


def comment_step(
    proposal: Proposal, state: PlacementState, situation: Situation, key: str, text: str
) -> Comment | None:
    """A comment, unless just that stands there."""
    number = proposal.pull_request.number
    said = situation.answers.get(CommentsOf(number))
    if not isinstance(said, dict) or messages.same_text(said.get(key, ""), text):
        return None
    branch = proposal.pull_request.branch
    return Comment(situation.repository, state.policy.placement, branch, number, key, text)


def withdrawn_evidence(decision: Decision, state: PlacementState) -> tuple[Ruling, ...]:
    """What has been found against a shown candidate that waiting will not mend, and no person decided."""
    against = _against(decision, state) or ()
    if state.proposal is None or state.proposal.edited or all(ruling.waits for ruling in against):
        return ()
    return tuple(ruling for ruling in against if not ruling.waits and ruling.reason.commented)


def is_sound(proposal: Proposal, state: PlacementState, situation: Situation) -> bool:
    """The branch is the base and the planned bytes, nothing else."""
    return proposal.exact and _holds_digests(proposal, state, situation)


def _holds_digests(proposal: Proposal, state: PlacementState, situation: Situation) -> bool:
    """Where digests are written, they are what the registry says now: nobody's word in a commit counts."""
    images = {pin.pin.image for pin in state.pins if pin.pin.selector.pin != "tag"}
    tag = proposal.marker.tag
    return all(proposal.digests.get(image) == situation.answers.get(DigestOf(image, tag)) for image in images)


def _against(decision: Decision, state: PlacementState) -> tuple[Ruling, ...] | None:
    if state.held is not None:
        return (state.held,)
    return decision.shown.against if decision.shown is not None else None


_GREEN = CommitStatus("success", "every gate passes")
