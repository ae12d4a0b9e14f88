"""Tags that a registry may hold, for the page of each scheme, and what is said of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from gate_scenes import USUAL, Scene, at, usual_case
from page_parts import PRODUCTION, STAGING

from updater.config import Config
from updater.decide.evaluation import candidate_questions, judge_fully
from updater.model import DigestOf, Image, ImageDate, ImageOf, Question, Ruling, Version
from updater.schemes import Scheme, needs_dates

_DIGESTS = tuple(f"sha256:{word * 8}" for word in ("5904a84e", "c1d07b33"))


@dataclass(frozen=True)
class Tags:
    """Of one registry."""

    listed: tuple[str, ...]
    """The two newest that are read come first, the newer one before the other."""
    created: Mapping[str, str | None] = field(default_factory=dict)
    """Of a scheme that looks at images: the time of day, or None where an image does not say it."""
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Tags that are held whatever the gates say, and what is so, in words."""


LISTED: Mapping[str, Tags] = {
    "timestamp": Tags(
        (
            "20260202-143512",
            "20260201-090000",
            "20260230-120000",
            "20260202-143512-rc1",
            "20260202",
            "latest",
        ),
        doubts={
            "20260202-224011": "Now is 15:40 in Seoul: a clock in another zone has stamped it",
            "20260202-151000": "Its image says that it was created at 14:35: an old build under a new tag",
        },
    ),
    "semver": Tags(("v1.10.0", "1.9.2", "v2.0.0", "v1.10.1-rc.1", "v1.2", "1.9.2-alpine", "latest")),
    "numeric": Tags(("build-1742", "build-999", "build-0998", "1742", "build-1742-arm64", "latest")),
    "created": Tags(
        ("sha-9be4c27", "sha-6e60951", "sha-00ff137", "sha-6E60951", "main"),
        created={"sha-9be4c27": "14:35:09", "sha-6e60951": "09:00:00", "sha-00ff137": None},
    ),
    "digest": Tags(
        (f"main@{_DIGESTS[0]}", f"main@{_DIGESTS[1]}", "main", "dev"),
        created={f"main@{_DIGESTS[0]}": "14:35:09", f"main@{_DIGESTS[1]}": "09:00:00"},
    ),
}


def scheme_in(config: Config, name: str) -> Scheme:
    """With what it has to know of images."""
    scheme, tags = config.policies[PRODUCTION].tags.scheme, LISTED[name]
    if not needs_dates(scheme):
        return scheme
    dates = {
        tag: ImageDate(tag.partition("@")[2] or _DIGESTS[0], at(clock) if clock else None)
        for tag, clock in tags.created.items()
    }
    return scheme.knowing(dates, {})


def newest_two(config: Config, name: str) -> tuple[Version, Version]:
    """In the order of the scheme, not of the table."""
    scheme = scheme_in(config, name)
    read = [version for tag in LISTED[name].listed if (version := scheme.read(tag)) is not None]
    old, new = sorted(read, key=lambda version: version.rank)[-2:]
    return old, new


def objections(config: Config, name: str, tag: str) -> Iterator[Ruling]:
    """What is said of a tag that staging would get, whatever the gates say."""
    policy = config.policies[STAGING]
    version = scheme_in(config, name).read(tag)
    assert version is not None, f"{tag} is read by {name}"
    usual = usual_case(config, policy, Scene("holds", ""))
    answers = {asked: USUAL[type(asked)](asked) for asked in _asked(usual.images, tag)}
    case = replace(usual, placement=STAGING, candidate=version, answers=answers)
    state = SimpleNamespace(policy=policy, released=(), goes_on=False, rejected=(), proposal=None)
    assert candidate_questions(case, state) <= case.answers.keys()
    return (ruling for ruling in judge_fully(case, state) if ruling.holds)


def _asked(images: Iterable[Image], tag: str) -> Iterator[Question]:
    return (kind(image, tag) for image in images for kind in (DigestOf, ImageOf))
