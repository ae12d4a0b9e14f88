"""Tags that say nothing of time, such as `sha-6e60951`: ordered by when their images were created. Pure.

What the tags of the registry point to has to be read first; a scheme that knows it is made for each pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from updater.model import ImageDate, Version
from updater.schemes.by_pattern import ByPattern
from updater.schemes.dated import DatedScheme
from updater.schemes.patterns import expression, has_groups, is_plain, pattern_of

_ATTACHED = re.compile(r"sha(?:256|512)-[0-9a-f]{64,128}(?:\..*)?", re.ASCII)
"""Where what is attached to an image stands, by its digest: OCI's tag for referrers, cosign's `.sig`."""
_MOVING = ("latest", "main", "master", "stable", "edge", "dev")


def _pattern(pattern: str) -> str:
    compiled = _regex(pattern)
    moving = next((tag for tag in _MOVING if compiled.fullmatch(tag)), None)
    if moving is not None:
        raise ValueError(
            f"{pattern!r} also matches {moving}, which moves from image to image: match only tags that stay"
        )
    return pattern


def _regex(pattern: str) -> re.Pattern[str]:
    """Raises ValueError."""
    return pattern_of(pattern).regex if _names_parts(pattern) else expression(pattern)


def _names_parts(pattern: str) -> bool:
    return is_plain(pattern) or has_groups(pattern)


class Created(ByPattern):
    """By the creation that images tell; the pattern has to match the whole tag."""

    ahead: ClassVar[None] = None

    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        default="sha-[0-9a-f]{7,40}",
        description="the tags that are meant, whole: plain text with parts such as main-{sha}, or a"
        " regular expression",
    )

    @property
    def named(self) -> str | None:
        return self.pattern if _names_parts(self.pattern) else None

    def _is_expression(self, text: str) -> bool:
        """Here, a percent sign begins nothing."""
        return not is_plain(text)

    def asks(self, tag: str) -> bool:
        """Whether what its image says has to be known, to order the tag.

        Not where a signature stands: each costs as many requests as an image, and every image may have one.
        """
        return _shape(self.pattern).fullmatch(tag) is not None and not _ATTACHED.fullmatch(tag)

    def read(self, tag: str) -> Version | None:
        """Whether it is one of these tags; nobody has read yet which is the newer."""
        return Version((), tag) if self.asks(tag) else None

    def why_not(self, tag: str) -> str:
        if _ATTACHED.fullmatch(tag):
            return "is where a signature, or whatever else is attached to an image, stands"
        return self.why_not_named(tag) or f"does not match {self.pattern}"

    def variant(self, tag: str) -> str:
        """What of it has to stay as it is."""
        found = self.read_named(tag)
        return found.variant if found else ""

    def knowing(self, dates: Mapping[str, ImageDate], held: Mapping[str, datetime]) -> DatedScheme:
        """The scheme for a pass: with what images say, and when tags were first held, or rejected."""
        return DatedScheme(self, dates, held)


@lru_cache(maxsize=256)
def _shape(pattern: str) -> re.Pattern[str]:
    return _regex(pattern)
