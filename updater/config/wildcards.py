"""Names that stand for many: images, and environments, by a pattern. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from updater.model import Image
from updater.value_class import value_class

STAR = "*"
IMAGE = "{image}"
"""In the name of an app: the last segment of the image that was found."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?")
_SEGMENT = re.compile(r"[a-z0-9._*-]+")
_UNFIT = re.compile(r"[._/-]+")
_PLACES = re.compile(r"\{(environment|match)\}")
_STAND_IN = "1"


@dataclass(frozen=True, slots=True, order=True)
class ImagePattern:
    """Images by a pattern: `*` is anything within a segment, `**` any number of segments."""

    text: str

    @classmethod
    def parse(cls, text: str) -> ImagePattern:
        """Read `registry/name` with stars in the name. Raises ValueError."""
        registry, _, name = text.partition("/")
        if not _HOST.fullmatch(registry) or not re.search(r"[.:]|^localhost$", registry):
            raise ValueError(f"{text!r} has no registry in front: write it in full, such as ghcr.io/org/*")
        if not name or not all(map(_is_segment, name.split("/"))):
            raise ValueError(
                f"{text!r} can match no image: write * for what is within a segment, or ** for whole ones, "
                "such as ghcr.io/org/* or ghcr.io/org/**"
            )
        return cls(f"{registry.lower()}/{name}")

    def matches(self, image: Image) -> bool:
        return _expression(self.text).fullmatch(str(image)) is not None

    @property
    def weight(self) -> tuple[int, int]:
        """Of two that match, the greater says more: in front of its first star, then all in all."""
        return len(self.text.partition(STAR)[0]), len(self.text.replace(STAR, ""))

    def __str__(self) -> str:
        return self.text


@value_class
class EnvironmentMatch:
    """An environment that a pattern has made, and what its star stands for."""

    name: str
    match: str


def itself(image: Image | ImagePattern) -> Image:
    """A pattern as if it were an image: to check what is said of its images before one has been found."""
    return Image(*image.text.split("/", 1)) if isinstance(image, ImagePattern) else image


def has_star(name: str) -> bool:
    return STAR in name


def as_written(app: str) -> str:
    """An app of each image is checked by a name with a star in it."""
    return app.replace(STAR, IMAGE)


def app_of(template: str, image: Image) -> str:
    """What the app of an image is called; it may be longer than a name may be."""
    last = image.name.rpartition("/")[2]
    return template.replace(IMAGE, _UNFIT.sub("-", last))


def makes(pattern: str, environment: str) -> bool:
    """Whether an environment of that name could be one of a pattern's."""
    before, star, behind = pattern.partition(STAR)
    fits = environment.startswith(before) and environment.endswith(behind)
    return bool(star) and fits and "/" not in environment[len(before) : len(environment) - len(behind)]


def environment_match(pattern: str, match: str) -> EnvironmentMatch:
    return EnvironmentMatch(pattern.replace(STAR, match), match)


def filled(value: Any, found: EnvironmentMatch) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """Settings of tags with `{environment}` and `{match}` in their texts written out."""
    if isinstance(value, str):
        words = {"environment": found.name, "match": found.match}
        return _PLACES.sub(lambda place: words[place[1]], value)
    if isinstance(value, Mapping):
        return {key: filled(inner, found) for key, inner in value.items()}
    return [filled(inner, found) for inner in value] if isinstance(value, list) else value


def with_tags_filled(settings: Any, found: EnvironmentMatch) -> Any:  # noqa: ANN401 - as above
    """An environment's settings, or what an app says otherwise there, as written."""
    if not isinstance(settings, Mapping) or "tags" not in settings:
        return settings
    return {**settings, "tags": filled(settings["tags"], found)}


def with_stand_ins(environments: Any) -> Any:  # noqa: ANN401 - as above
    """By name: so that what a pattern's tags say is checked before any environment has been found."""
    if not isinstance(environments, Mapping):
        return environments
    return {
        name: with_tags_filled(settings, environment_match(name, _STAND_IN))
        if isinstance(name, str) and has_star(name)
        else settings
        for name, settings in environments.items()
    }


def _is_segment(text: str) -> bool:
    return bool(_SEGMENT.fullmatch(text)) and (text == "**" or "**" not in text)


@lru_cache(maxsize=256)
def _expression(text: str) -> re.Pattern[str]:
    *folders, last = text.split("/")
    ahead = "".join("(?:[^/]+/)*" if each == "**" else f"{_within(each)}/" for each in folders)
    return re.compile(ahead + (".+" if last == "**" else _within(last)))


def _within(segment: str) -> str:
    return "[^/]*".join(map(re.escape, segment.split(STAR)))
