"""What things are called: images, placements, versions. Pure values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

_IMAGE = re.compile(r"(?P<registry>[A-Za-z0-9.-]+(?::\d+)?)/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)")


@dataclass(frozen=True, slots=True, order=True)
class Image:
    """An image repository: `ghcr.io` and `org/shop`, without a tag."""

    registry: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Image:
        """Read `registry/name`; the registry is always spelled out. Raises ValueError."""
        match = _IMAGE.fullmatch(text)
        if match is None or not re.search(r"[.:]|^localhost$", match["registry"]):
            raise ValueError(
                f"{text!r} is no image: expected registry/name in lower case, without a tag, "
                "such as ghcr.io/org/shop"
            )
        return cls(match["registry"].lower(), match["name"])

    def __str__(self) -> str:
        return f"{self.registry}/{self.name}"


@dataclass(frozen=True, slots=True)
class SourceCommit:
    """The commit an image says it was built from."""

    host: str
    repository: str
    """`org/shop`."""
    sha: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.sha[:10]}"


def pinned_tag(tag: str | None, digest: str | None, followed: str | None) -> str | None:
    """What a pin holds, in one word: its tag; where a moving tag is followed, `main@sha256:…`."""
    return tag if followed is None or digest is None else f"{tag or followed}@{digest}"


def split_tag(text: str) -> tuple[str, str | None]:
    """Tag and digest of such a word. No tag has an @ in it."""
    tag, _, digest = text.partition("@")
    return tag, digest or None


class Placement(NamedTuple):
    """One app in one environment: the thing every pass decides about."""

    environment: str
    app: str

    def __str__(self) -> str:
        return f"{self.app} in {self.environment}"


class TagPart(NamedTuple):
    """A part of a tag that a pattern names."""

    name: str
    role: Literal["version", "time", "number", "same", "ignored"]
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A tag as its scheme reads it. Ordered by `key` alone; two versions of one scheme always compare."""

    key: tuple[Any, ...]
    tag: str = field(compare=False)
    stamp: datetime | None = field(compare=False, default=None)
    """When the tag says the image was built; None where the scheme cannot tell."""
    digest: str | None = field(compare=False, default=None)
    """Of the image that was looked at to order the tag; None where the tag alone tells."""
    variant: str = field(compare=False, default="")
    """What must be the same in the tag that runs: `alpine`. Another one is another image, and not newer."""
    guessed: bool = field(compare=False, default=False)
    """Nobody knows any more how new it is: it counts as created when it was first held, no later."""
    span: timedelta = field(compare=False, default=timedelta())
    """How long what the stamp says lasts: a day, of a tag that says a date. It was built within that."""

    @property
    def rank(self) -> tuple[Any, ...]:
        """Two names of one version stand in an order, too: always the same."""
        return self.key, self.tag
