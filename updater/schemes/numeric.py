"""Tags with a number that grows: `build-1742`, or `main-6e60951-1606234201`; or with several. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from updater.model import Version
from updater.schemes.by_pattern import ByPattern, refuse_without
from updater.schemes.parts import Role, part_of
from updater.schemes.patterns import has_directives, has_groups, is_plain, pattern_of
from updater.schemes.reading import DIGITS

_NO_NUMBER = "has no number: name one, as {number} or {build}"


@lru_cache(maxsize=256)
def _names_parts(pattern: str) -> bool:
    """Or one number, and what else it names says nothing, as it always did."""
    if is_plain(pattern) or (has_directives(pattern) and not has_groups(pattern)):
        return True
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return any(part_of(name) for name in groups if name != "number")


def _pattern(pattern: str) -> str:
    if _names_parts(pattern):
        refuse_without("number", pattern, _NO_NUMBER)
        return pattern
    if "number" not in re.compile(pattern).groupindex:
        raise ValueError(
            f"{pattern!r} has no group named number: write it like build-(?P<number>[0-9]+), or in plain "
            "text like build-{number}"
        )
    pattern_of(pattern)
    return pattern


class Numeric(ByPattern):
    """Ordered by its numbers alone, and one number is one version; the pattern has to match the whole tag."""

    ahead: ClassVar[None] = None
    lead: ClassVar[Role] = "number"

    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        default="(?P<number>[0-9]+)",
        description="where the numbers stand in a tag, such as build-{number}; without it the whole"
        " tag is one",
    )

    @property
    def named(self) -> str | None:
        return self.pattern if _names_parts(self.pattern) else None

    def read(self, tag: str) -> Version | None:
        if self.named:
            found = self.read_named(tag)
            return found.version(tag) if found else None
        return _read(tag, self.pattern)

    def why_not(self, tag: str) -> str:
        if self.named:
            return self.why_not_named(tag) or "is read"
        matches = re.fullmatch(self.pattern, tag, re.ASCII)
        return "has no number of a sensible length there" if matches else f"does not match {self.pattern}"


@lru_cache(maxsize=65_536)
def _read(tag: str, pattern: str) -> Version | None:
    match = re.fullmatch(pattern, tag, re.ASCII)
    digits = match["number"] if match else None
    if not digits or not digits.isascii() or not digits.isdigit() or len(digits) > DIGITS:
        return None
    return Version((int(digits),), tag)
