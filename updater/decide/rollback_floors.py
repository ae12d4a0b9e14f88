"""Which rollback floors lie between two tags, by the file and by the labels of what ran. Pure.

What is asked: of a candidate, the labels of its own images, which are read before it is promoted anyway; of a
way back, those of all that ran since the target last ran there. The registry's cache keeps them by digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from updater.image_labels import rollback_floor
from updater.model import (
    Answer,
    FloorFindings,
    Image,
    ImageConfig,
    ImageOf,
    Question,
    RollbackFloor,
    Ruling,
    Timeline,
    Unreadable,
    Version,
    split_tag,
)
from updater.reasons import hold_reasons
from updater.situation import PlacementState
from updater.value_class import value_class

_MOST = 50
"""Tags whose labels are asked; what ran before these is told to be unknown."""
_NAMED = 3
"""Floors that a sentence names."""


def judge_way_back(
    target: str, state: PlacementState, answers: Mapping[Question, Answer]
) -> Ruling | frozenset[Question] | None:
    """None: nothing is known to be in the way. Questions: what has to be asked first.

    A ruling says what is in the way; `unread` where only something could not be read: then a person may go,
    and is told, and the updater may not.
    """
    ran, images = _looked_at(target, state), state.policy.images
    asked = {each.question(image) for each in ran for image in images}
    missing = frozenset(question for question in asked if question not in answers)
    return missing or _ruling(floors_above(target, state, answers), target)


def floors_above(target: str, state: PlacementState, answers: Mapping[Question, Answer]) -> FloorFindings:
    """What all that ran there since the target has left behind, above the target."""
    found = [*_recorded(state, [each.tag for each in ran_since(target, state.timeline)])]
    unread = [*_unread_file(state), *_beyond(target, state)]
    for each in _looked_at(target, state):
        floors, silent = _labels(each, state, answers)
        found, unread = [*found, *floors], [*unread, *silent]
    return _between(found, unread, state.policy.tags.scheme.read(target), state)


def floors_of_candidate(
    candidate: Version, state: PlacementState, answers: Mapping[Question, Answer]
) -> FloorFindings:
    """What would keep it from going back from the candidate to what runs now."""
    runs = state.policy.tags.scheme.read(state.current or "")
    if runs is None:
        return FloorFindings()
    floors, unread = _labels(RanTag(candidate.tag), state, answers)
    found = [*_recorded(state, [candidate.tag]), *floors]
    return _between(found, [*_unread_file(state), *unread], runs, state)


@value_class
class RanTag:
    """What ran, and how its images are asked about."""

    tag: str
    digests: Mapping[Image, str] = field(default_factory=dict)

    def question(self, image: Image) -> ImageOf:
        """By the digest that was recorded, if one was: the tag may point elsewhere by now."""
        digest = self.digests.get(image)
        return ImageOf(image, f"{self.tag}@{digest}" if digest and "@" not in self.tag else self.tag)


def ran_since(target: str, timeline: Timeline) -> tuple[RanTag, ...]:
    """What ran there after the target was left for the last time, the newest first; all, if it never ran."""
    ran: dict[str, RanTag] = {}
    for stay in reversed(timeline.stays):
        if stay.tag == target:
            break
        ran.setdefault(stay.tag, RanTag(stay.tag, stay.digests))
    shown = {stay.tag for stay in timeline.stays}
    hidden = sorted(timeline.held - shown - {target}, reverse=True)
    return (*ran.values(), *map(RanTag, hidden))


def _looked_at(target: str, state: PlacementState) -> tuple[RanTag, ...]:
    placeholders = state.policy.tags.placeholders
    ran = (each for each in ran_since(target, state.timeline) if each.tag not in placeholders)
    return tuple(ran)[:_MOST]


def _recorded(state: PlacementState, ran: Iterable[str]) -> Iterator[RollbackFloor]:
    """Of the file's, those that something that ran has reached."""
    read = state.policy.tags.scheme.read
    versions = [version for tag in ran if (version := read(tag)) is not None]
    for floor in state.floors.floors:
        lowest = read(floor.tag)
        if lowest is None or any(version >= lowest for version in versions):
            yield floor


def _labels(
    ran: RanTag, state: PlacementState, answers: Mapping[Question, Answer]
) -> tuple[list[RollbackFloor], list[str]]:
    """The floors, and what could not be read; what nobody has asked yet is left out."""
    asked = ((image, ran.question(image)) for image in state.policy.images)
    said = [
        _label(answers[question], image, split_tag(ran.tag)[0])
        for image, question in asked
        if question in answers
    ]
    floors = [each for each in said if isinstance(each, RollbackFloor)]
    return floors, [each for each in said if isinstance(each, str)]


def _label(answer: Answer, image: Image, tag: str) -> RollbackFloor | str | None:
    if isinstance(answer, ImageConfig):
        return rollback_floor(answer, image, tag)
    if isinstance(answer, Unreadable):
        return f"the labels of {image}:{tag} cannot be read: {answer.why}"
    return f"the registry has {image}:{tag} no more, so nobody can read its labels"


def _unread_file(state: PlacementState) -> list[str]:
    return [state.floors.unread] if state.floors.unread else []


def _beyond(target: str, state: PlacementState) -> list[str]:
    more = len(ran_since(target, state.timeline)) - _MOST
    return [f"{more} more tags have run since {target} than were looked at"] if more > 0 else []


def _between(
    found: Iterable[RollbackFloor], unread: list[str], above: Version | None, state: PlacementState
) -> FloorFindings:
    """Of a floor, or a target, that the scheme cannot order nobody can say on which side it lies."""
    read, lie, lost = state.policy.tags.scheme.read, dict[str, tuple[Version, RollbackFloor]](), [*unread]
    for floor in found:
        version = read(floor.tag)
        if version is None or above is None:
            scheme = state.policy.tags.follow
            lost.append(f"{floor.said_by} says {floor.tag}, which {scheme} cannot compare here")
        elif version > above:
            lie.setdefault(floor.sentence, (version, floor))
    highest = sorted(lie.values(), key=lambda each: each[0].rank, reverse=True)
    return FloorFindings(tuple(floor for _, floor in highest), tuple(dict.fromkeys(lost)))


def _ruling(found: FloorFindings, target: str) -> Ruling | None:
    if found.floors:
        said = "; ".join(floor.sentence for floor in found.floors[:_NAMED])
        return Ruling(hold_reasons.ROLLBACK_FLOOR, False, f"{target} is too old: {said}")
    if found.unread:
        more = f" (and {len(found.unread) - 1} more)" if len(found.unread) > 1 else ""
        said = f"whether there is a rollback floor above {target} cannot be said: {found.unread[0]}{more}"
        return Ruling(hold_reasons.ROLLBACK_FLOOR, False, said, unread=True)
    return None
