"""What gates may know of the images of a candidate. Pure."""

from __future__ import annotations

from updater.model import Case, DigestOf, Image, ImageConfig, ImageOf, Question, Ruling, Unreadable
from updater.reasons import Reason


def image_questions(case: Case, tag: str | None = None) -> frozenset[Question]:
    """What has to be looked up of the images; `tag` where it is another than the candidate's."""
    asked = frozenset[Question](ImageOf(image, tag or case.candidate.tag) for image in case.images)
    return frozenset(question for question in asked if question not in case.answers)


def image_config(image: Image, case: Case, reason: Reason) -> ImageConfig | Ruling:
    """What the image says of itself, once it was looked up; else the gate's ruling."""
    answer = case.answers[ImageOf(image, case.candidate.tag)]
    if isinstance(answer, Unreadable):
        return Ruling.unreadable(reason, answer)
    if not isinstance(answer, ImageConfig):
        return missing_ruling(reason, image, case)
    digest = case.answers.get(DigestOf(image, case.candidate.tag))
    return moved_ruling(reason, image) if isinstance(digest, str) and digest != answer.digest else answer


def moved_ruling(reason: Reason, image: Image) -> Ruling:
    """What is judged has to be what is written."""
    sentence = f"{image} moved to another digest while it was looked up"
    return Ruling(reason, False, sentence, waits=True, unread=True)


def missing_ruling(reason: Reason, image: Image, case: Case) -> Ruling:
    """Some registries list a tag seconds before its manifest can be read."""
    sentence = f"{image} has no manifest for {case.candidate.tag} (yet)"
    return Ruling(reason, False, sentence, waits=True, unread=True)
