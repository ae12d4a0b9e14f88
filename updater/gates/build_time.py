"""When a candidate was built: as its tag says it, and where that is not enough, as its images do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from updater.model import Case, ImageConfig, ImageOf, Question


class BuildTime(NamedTuple):
    """At the earliest and at the latest: a tag may say the day only, and an app has several images."""

    earliest: datetime
    latest: datetime


Told: TypeAlias = BuildTime | frozenset[Question] | None
"""None: neither the tag nor the images say it; questions: what has to be looked up to know."""


def by_tag(case: Case) -> BuildTime | None:
    version = case.candidate
    return BuildTime(version.stamp, version.stamp + version.span) if version.stamp is not None else None


def by_images(case: Case) -> Told:
    """As they say of their creation."""
    asked = frozenset[Question](ImageOf(image, case.candidate.tag) for image in case.images)
    answers = [case.answers.get(question) for question in asked]
    said = [answer.created for answer in answers if isinstance(answer, ImageConfig)]
    if len(said) < len(answers):
        return asked
    created = [instant for instant in said if instant is not None]
    return BuildTime(min(created), max(created)) if len(created) == len(said) else None


def told(case: Case, is_enough: Callable[[BuildTime], bool]) -> Told:
    """By its tag, where that is enough; else by its images, and by its tag again where they are silent."""
    stamped = by_tag(case)
    if stamped is not None and is_enough(stamped):
        return stamped
    return by_images(case) or stamped


def built_after(case: Case, moment: datetime) -> Literal["yes", "no", "unsaid", "unasked"]:
    """Whether all of it was built after a moment; what may have been before it was not after it."""
    found = told(case, lambda one: one.earliest > moment or one.latest <= moment)
    if isinstance(found, frozenset):
        return "unasked"
    if found is None:
        return "unsaid"
    return "yes" if found.earliest > moment else "no"
