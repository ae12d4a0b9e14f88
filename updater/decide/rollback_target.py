"""What a failed deployment goes back to: the newest tag that was verified there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater.decide.rollback_floors import judge_way_back
from updater.model import (
    DeploymentVerdict,
    DigestOf,
    Image,
    Placement,
    Question,
    Ruling,
    Unreadable,
    Version,
)
from updater.situation import PlacementState, Situation
from updater.value_class import value_class


@value_class
class NoTarget:
    """Why there is none, in a clause."""

    why: str
    unread: bool = False
    """It could not be read whether there is one."""


@value_class
class RollbackTarget:
    verdict: DeploymentVerdict
    digests: Mapping[Image, str]


def target_of(
    failed: DeploymentVerdict, state: PlacementState, situation: Situation
) -> RollbackTarget | NoTarget | frozenset[Question]:
    """The newest that may run there and still is what was verified; one question's worth at a time."""
    where = state.policy.placement.environment
    for verdict in _verified(failed, state, situation):
        found = _looked_at(verdict, state, situation)
        if found is not None:
            return found
    return NoTarget(
        f"nothing older than {failed.tag} can be gone back to that was verified in {where}, by its digest"
    )


def _verified(
    failed: DeploymentVerdict, state: PlacementState, situation: Situation
) -> Iterator[DeploymentVerdict]:
    """Newest first, each tag as it was verified last; older than what failed, and neither failed nor left.

    Where nobody had recorded a digest, nobody knows which image was verified.
    """
    read, bad = state.policy.tags.scheme.read, set(_left_or_failed(state, situation))
    versions = {version for tag in bad if (version := read(tag)) is not None}
    top = read(failed.tag)
    found: dict[Version, DeploymentVerdict] = {}
    for verdict in state.verdicts:
        version = read(verdict.tag) if verdict.result == "verified" else None
        if version is None or top is None or not version < top or verdict.tag not in state.timeline.held:
            continue
        if verdict.tag in bad or version in versions or state.policy.tags.forbidden(verdict.tag) is not None:
            continue
        if state.policy.images and all(verdict.digests.get(image) for image in state.policy.images):
            found[version] = verdict
    yield from (found[version] for version in sorted(found, key=lambda version: version.rank, reverse=True))


def _left_or_failed(state: PlacementState, situation: Situation) -> Iterator[str]:
    """There, and wherever it comes from."""
    seen, ahead = set[str](), [state]
    while ahead:
        one = ahead.pop()
        yield from one.timeline.rolled_back
        yield from (verdict.tag for verdict in one.verdicts if verdict.result == "failed")
        app = one.policy.placement.app
        new = [name for name in one.policy.after if name not in seen]
        seen.update(new)
        ahead += (other for name in new if (other := situation.state(Placement(name, app))) is not None)


def _looked_at(
    verdict: DeploymentVerdict, state: PlacementState, situation: Situation
) -> RollbackTarget | NoTarget | frozenset[Question] | None:
    """None: it is gone, or another image than was verified."""
    questions = {image: DigestOf(image, verdict.tag) for image in state.policy.images}
    unasked = frozenset[Question](each for each in questions.values() if each not in situation.answers)
    if unasked:
        return unasked
    answers = {image: situation.answers[question] for image, question in questions.items()}
    unread = next((each for each in answers.values() if isinstance(each, Unreadable)), None)
    if unread is not None:
        return NoTarget(f"nobody can say whether {verdict.tag} is still there ({unread.why})", unread=True)
    digests = {image: each for image, each in answers.items() if isinstance(each, str)}
    if len(digests) < len(questions) or any(verdict.digests.get(each) != digests[each] for each in digests):
        return None
    return _above_floors(RollbackTarget(verdict, digests), state, situation)


def _above_floors(
    target: RollbackTarget, state: PlacementState, situation: Situation
) -> RollbackTarget | NoTarget | frozenset[Question]:
    """What is older lies below it, too."""
    floor = judge_way_back(target.verdict.tag, state, situation.answers)
    if isinstance(floor, Ruling):
        return NoTarget(floor.sentence, unread=floor.unread)
    return target if floor is None else floor
