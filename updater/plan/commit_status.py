"""What our commit status on a pull request of ours has to say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from updater import messages
from updater.messages import Bump
from updater.model import CommitStatus, Decision, DigestOf, Placement, Proposal, Ruling, SetStatus, StatusOf
from updater.plan.members import Member
from updater.situation import PlacementState, Situation

_GREEN = CommitStatus("success", "every gate passes")
_EDITED = CommitStatus("failure", "somebody pushed to this branch: what it holds now was not judged")
_OTHERWISE = CommitStatus("failure", "this branch changes something else than the tag that was judged")
_OUTDATED = CommitStatus("failure", "its pins are elsewhere now: it is rebuilt as soon as it may be")
_NO_PART = CommitStatus("failure", "it is no longer part of this")


def status_of(
    whole: Proposal, members: Sequence[Member], situation: Situation, *, shared: bool
) -> CommitStatus | None:
    """What is true of all that it lists; None where too little could be read to say.

    What is known to speak against one of them is said also while something else cannot be read.
    """
    if shared and whole.edited:
        return None if whole.doubtful else _EDITED
    shared_on = whole.pull_request.branch if shared else None
    said = {each.app: _status_of_member(each, situation, shared_on) for each in members}
    gone = dict.fromkeys((app for app in whole.marker.apps or {} if app not in said), _NO_PART)
    status = _together({**said, **gone}) if shared else next(iter(said.values()), None)
    unread = any(each.is_unread for each in members) or None in said.values()
    return _unless_worse(status, whole, situation) if unread else status


def _unless_worse(status: CommitStatus | None, whole: Proposal, situation: Situation) -> CommitStatus | None:
    """What was said before may be of what cannot be read now: it stands, if it is as bad."""
    if status is None or status.state == "failure":
        return status
    before = situation.answers.get(StatusOf(whole.pull_request.head))
    green = isinstance(before, CommitStatus) and before.state == "success"
    return status if status.state == "pending" and green else None


def _together(said: Mapping[str, CommitStatus | None]) -> CommitStatus:
    statuses = {app: status for app, status in said.items() if status is not None}
    bad = {app: status for app, status in statuses.items() if status.state != "success"}
    if not bad:
        return _GREEN
    failed = any(status.state == "failure" for status in bad.values())
    return CommitStatus(
        "failure" if failed else "pending",
        "; ".join(f"{app}: {status.description}" for app, status in bad.items()),
    )


def _status_of_member(member: Member, situation: Situation, shared_on: str | None) -> CommitStatus | None:
    state, shown = member.state, member.shown
    if shared_on is not None and not state.shares(shared_on):
        return _NO_PART
    if shown is not None and member.unjudgeable and not state.stopped:
        return CommitStatus("failure", f"not judged any more: {messages.sentences(member.unjudgeable)}")
    if shown is None or state.trouble or state.stopped:
        return None
    if shown.edited:
        return None if shown.doubtful else _EDITED
    return _status_of_shown(member, shown, situation)


def _status_of_shown(member: Member, shown: Proposal, situation: Situation) -> CommitStatus | None:
    against = _against(member.decision, member.state)
    if against is None:
        return None
    if not against and shown.outdated:
        return _OUTDATED
    left, sound = _left_to_people(member), is_sound(shown, member.state, situation)
    if left and sound and not against:
        return CommitStatus("pending", messages.sentences(left))
    return judged_status(against, sound=sound)


def _left_to_people(member: Member) -> tuple[Ruling, ...]:
    """Where we merge what is green, that has to wait; a person who merges has read it."""
    shown = member.decision.shown
    merges = member.state.policy.pull_request.auto_merge
    return shown.left_to_people if shown is not None and merges else ()


def judged_status(against: Sequence[Ruling], *, sound: bool) -> CommitStatus:
    """`sound`: the branch holds what was judged."""
    if against:
        waits = all(ruling.waits for ruling in against)
        return CommitStatus("pending" if waits else "failure", messages.sentences(against))
    return _GREEN if sound else _OTHERWISE


def status_of_pushed(bumps: Sequence[Bump], *, shared: bool, merges: bool) -> CommitStatus:
    """Of a branch that this pass pushes: it is what was planned. `merges`: we do, once it is green."""
    against = {
        bump.placement.app: messages.sentences(
            ruling for ruling in bump.rulings if ruling.holds or (merges and ruling.left_to_people)
        )
        for bump in bumps
    }
    said = [f"{app}: {why}" if shared else why for app, why in against.items() if why]
    if said:
        return CommitStatus("pending", messages.shorten("; ".join(said)))
    passed = (ruling.code for bump in bumps for ruling in bump.rulings if ruling.overridden)
    over = ", ".join(dict.fromkeys(passed))
    if not over:
        return _GREEN
    return CommitStatus("success", messages.shorten(f"every gate passes but {over}, overridden"))


def status_step(
    wanted: CommitStatus | None, proposal: Proposal, placement: Placement, situation: Situation
) -> SetStatus | None:
    """Missing only where it says something else now, as far as that can be read."""
    if wanted is None:
        return None
    pull = proposal.pull_request
    wanted = CommitStatus(wanted.state, messages.shorten(wanted.description, situation.longest.status))
    said = situation.answers.get(StatusOf(pull.head), wanted)
    if said == wanted or not (said is None or isinstance(said, CommitStatus)):
        return None
    return SetStatus(situation.repository, placement, pull.branch, pull.head, wanted)


def withdrawn_evidence(member: Member) -> tuple[Ruling, ...]:
    """What has been found against a shown candidate that waiting will not mend, and no person decided."""
    against = _against(member.decision, member.state) or ()
    if member.shown is None or member.shown.edited or all(ruling.waits for ruling in against):
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
    if state.withheld is not None:
        return (state.withheld,)
    return decision.shown.against if decision.shown is not None else None
