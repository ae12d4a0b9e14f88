"""When the way back is never gone by itself: a rule a function, each with its sentence. Pure.

Each says why not, in a clause behind "it does not go back by itself: "; or which facts it lacks; or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from updater import holds, messages, times
from updater.decide.kinship import before
from updater.decide.preconditions import aimed_elsewhere, asked_already, not_ours_to_write, unknown_before
from updater.model import (
    ClosedPullRequestsOf,
    DeploymentVerdict,
    PullRequest,
    Question,
    Ruling,
    Stay,
    TouchedBetween,
    Unreadable,
)
from updater.situation import PlacementState, Situation

LATE = timedelta(minutes=20)
"""So long after the span's end it is a person who has to look: too much may have been built on it."""
_AHEAD = timedelta(seconds=times.SKEW)
"""So far the clock of another updater may be ahead of this one."""

Never: TypeAlias = Callable[[DeploymentVerdict, PlacementState, Situation], str | frozenset[Question] | None]


def forbidden_by(
    failed: DeploymentVerdict, state: PlacementState, situation: Situation
) -> str | frozenset[Question] | None:
    """The first that forbids it; what has to be looked up is asked for only where nothing else does."""
    said = [never(failed, state, situation) for never in NEVERS]
    why = next((each for each in said if isinstance(each, str)), None)
    unasked = frozenset[Question]().union(*(each for each in said if isinstance(each, frozenset)))
    return why or unasked or None


def _unread(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001 - every rule takes all three
    doubts = (*state.trouble, *state.unheard, *_unread_there(state, situation))
    doubts += tuple(each for other in before(state, situation) for each in _unread_before(other, situation))
    if situation.base is None or doubts:
        return f"something could not be read ({doubts[0].sentence if doubts else 'the branch'})"
    return f"what its team has written does not count ({state.refused.sentence})" if state.refused else None


def _unread_there(state: PlacementState, situation: Situation) -> Iterator[Ruling]:
    yield from unknown_before(state, situation)
    if state.verdicts_unread is not None:
        yield state.verdicts_unread


def _unread_before(other: PlacementState, situation: Situation) -> Iterator[Ruling]:
    """What has failed there, or was left, is nothing to go back to: that has to be known, however far."""
    for ruling in (*other.trouble, *other.unordered, *_unread_there(other, situation)):
        yield replace(ruling, sentence=f"{other.policy.placement.environment}: {ruling.sentence}")


def _clock(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    if situation.skew is None:
        return None
    return f"the clock here is not that of {situation.skew[0]}, so nobody can say how long it has been"


def _held(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    return f"a person holds it ({state.held.sentence})" if state.held is not None else None


def _stopped(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    return f"its pull request bears the label {messages.STOP}" if state.stopped else None


def _line(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    return state.line.sentence if state.line is not None else None


def _of_others(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    return "others write there (`deliver: none`)" if not_ours_to_write(state) else None


def _order_open(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    """What a person has asked for, or aimed elsewhere, has to come to its end first."""
    against = asked_already(state) or aimed_elsewhere(state)
    return against[0].sentence if against else None


def _proposed_before(
    failed: DeploymentVerdict, state: PlacementState, situation: Situation
) -> str | frozenset[Question] | None:
    """What was proposed and closed a person has decided, also of a push that was refused once."""
    if not situation.has_forge and pushes_back(state, situation):
        return None
    question = ClosedPullRequestsOf(messages.asked_branch(state.policy.placement))
    if question not in situation.answers:
        return frozenset({question})
    answer = situation.answers[question]
    if isinstance(answer, Unreadable):
        return f"nobody can say what was proposed before ({answer.why})"
    closed = next(_proposed_for(failed, answer), None)
    return f"{closed.url} proposed it, and was closed" if closed is not None else None


def _proposed_for(failed: DeploymentVerdict, answer: object) -> Iterator[PullRequest]:
    for pull in answer if isinstance(answer, tuple) else ():
        marker = messages.read_marker(pull.body) if isinstance(pull, PullRequest) else None
        if marker is not None and marker.failed == failed.commit:
            yield pull


def pushes_back(state: PlacementState, situation: Situation) -> bool:
    """The way back there is a push."""
    verify, placement = state.policy.verify, state.policy.placement
    if verify is None or verify.then != "rollback" or placement in situation.unpushable:
        return False
    return (verify.deliver or state.policy.deliver) == "push"


def _late(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:
    assert state.policy.verify is not None, "only then it has failed"
    ended, zone = max(failed.until, failed.since + state.policy.verify.length), state.policy.tags.scheme.zone
    if failed.until > situation.now + _AHEAD:
        return f"its verdict is of {times.format_time(failed.until, zone)}, which has not come yet"
    if situation.now <= ended + LATE:
        return None
    when = ended + LATE
    return f"it is later than {times.format_time(when, zone)}, {times.format_duration(LATE)} after its span"


def _again(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    """Once for each tag: whoever brings it again has decided; nor where the line that went back is lost."""
    for stay in state.timeline.stays[:-1]:
        if _same(stay.tag, failed.tag, state) and stay.ended == "backwards":
            return f"it went back from {failed.tag} before, by commit {(stay.ended_by or '')[:10]}"
    return None


def _forced(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    if not situation.forced:
        return None
    return "somebody has forced the branch away from what was pushed, perhaps from a way back"


def _from_a_step_back(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    earlier, floor = _before(state.timeline.stays), state.timeline.floor
    runs = state.policy.tags.scheme.read(failed.tag)
    if earlier is not None and earlier.ended == "backwards":
        return f"{failed.tag} was itself gone back to, from {earlier.tag}"
    if floor is not None and (runs is None or runs < floor):
        return f"{failed.tag} was itself gone back to: it has run {floor.tag}"
    return None


def _before(stays: Sequence[Stay]) -> Stay | None:
    return stays[-2] if len(stays) > 1 else None


_BROUGHT = {
    "asked": "a person asked for {tag} by name",
    "by_hand": "commit {commit} brought {tag}, and that is not ours, or more than ours",
    "unread": "nobody could read what commit {commit} has changed",
}


def _not_ours(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    if state.origin == "ours":
        return None
    return _BROUGHT[state.origin or "unread"].format(tag=failed.tag, commit=failed.commit[:10])


def _pins_changed(failed: DeploymentVerdict, state: PlacementState, situation: Situation) -> str | None:  # noqa: ARG001
    """Also where only the digest beside the tag is another one."""
    changed, stay = state.timeline.changed, state.timeline.current
    if changed != failed.commit:
        return f"commit {(changed or '')[:10]} has changed its pins since"
    recorded = stay.digests if stay is not None else {}
    for pin in state.pins:
        known = recorded.get(pin.pin.image)
        if pin.value.digest and known and pin.value.digest != known:
            return f"the digest in {pin.file.path} is not the one it was bumped with"
    return None


def _steered(
    failed: DeploymentVerdict,
    state: PlacementState,  # noqa: ARG001
    situation: Situation,
) -> str | frozenset[Question] | None:
    """A hold that was recorded and lifted is a person at work, too."""
    if situation.base is None or situation.base == failed.commit:
        return None
    question = TouchedBetween(failed.commit, situation.base)
    if question not in situation.answers:
        return frozenset({question})
    touched = situation.answers[question]
    if not isinstance(touched, tuple):
        return "nobody could read what commits have changed since"
    path = next((each for each in map(str, touched) if each.startswith(holds.FOLDER)), None)
    return f"a commit has changed {path} since" if path is not None else None


def _same(one: str, other: str, state: PlacementState) -> bool:
    read = state.policy.tags.scheme.read
    version = read(one)
    return one == other or (version is not None and version == read(other))


NEVERS: tuple[Never, ...] = (
    _unread,
    _clock,
    _of_others,
    _again,
    _from_a_step_back,
    _not_ours,
    _pins_changed,
    _late,
    _forced,
    _held,
    _stopped,
    _line,
    _order_open,
    _steered,
    _proposed_before,
)
"""What lasts is told before what a person could lift: whoever lifts that would wait in vain."""
