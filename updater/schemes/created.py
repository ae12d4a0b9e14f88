"""Tags that say nothing of time, such as `sha-6e60951`: ordered by when their images were created. Pure.

What the tags of the registry point to has to be read first; a scheme that knows it is made for each pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from updater.model import Dated, Version
from updater.settings import Settings, Zone

_MOVING = ("latest", "main", "master", "stable", "edge", "dev")


def _pattern(pattern: str) -> str:
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    moving = next((tag for tag in _MOVING if compiled.fullmatch(tag)), None)
    if moving is not None:
        raise ValueError(
            f"{pattern!r} also matches {moving}, which moves from image to image: match only tags that stay"
        )
    return pattern


class Created(Settings):
    """By the creation that images tell; the pattern has to match the whole tag."""

    sorts_by_text: ClassVar[bool] = False
    ahead: ClassVar[None] = None
    zone: Zone = ZoneInfo("Asia/Seoul")
    pattern: Annotated[str, AfterValidator(_pattern)] = "sha-[0-9a-f]{7,40}"

    def asks(self, tag: str) -> bool:
        """Whether what its image says has to be known, to order the tag."""
        return _shape(self.pattern).fullmatch(tag) is not None

    def read(self, tag: str) -> Version | None:
        """Whether it is one of these tags; nobody has read yet which is the newer."""
        return Version((), tag) if self.asks(tag) else None

    def why_not(self, tag: str) -> str:
        return f"does not match {self.pattern}" if not self.asks(tag) else "is of an image nobody has read"

    def knowing(self, dates: Mapping[str, Dated], held: Mapping[str, datetime]) -> Knowing:
        """The scheme for a pass: with what images say, and when tags were first held, or rejected."""
        return Knowing(self, dates, held)


@dataclass(frozen=True, slots=True)
class Knowing:
    """`created`, with what is known now."""

    scheme: Created
    dates: Mapping[str, Dated]
    """By tag: what the registry has."""
    held: Mapping[str, datetime]
    """By tag: no later than then its image was created."""
    sorts_by_text: ClassVar[bool] = False
    ahead: ClassVar[None] = None

    @property
    def zone(self) -> ZoneInfo:
        return self.scheme.zone

    def asks(self, tag: str) -> bool:
        return self.scheme.asks(tag)

    def why_not(self, tag: str) -> str:
        if not self.asks(tag):
            return self.scheme.why_not(tag)
        if tag in self.dates:
            return "is of an image that says nothing plausible of when it was created"
        return "is of no image that the registry has"

    def knowing(self, dates: Mapping[str, Dated], held: Mapping[str, datetime]) -> Knowing:
        """With more of both."""
        return Knowing(self.scheme, {**self.dates, **dates}, {**self.held, **held})

    def read(self, tag: str) -> Version | None:
        """A tag that was held, and of which nobody knows more, is as new as it can be."""
        if not self.asks(tag):
            return None
        dated = self.dates.get(tag)
        if dated is not None and dated.created is not None:
            return Version((dated.created, tag), tag, dated.created, dated.digest)
        latest = self.held.get(tag)
        return Version((latest, tag), tag, latest, guessed=True) if latest is not None else None


@lru_cache(maxsize=256)
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
