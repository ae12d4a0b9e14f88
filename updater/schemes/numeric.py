"""Tags with a number that grows: `build-1742`, or `main-6e60951-1606234201`. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from updater.model import Version
from updater.schemes.reachable import group_holds_digits, matches_some_tag
from updater.schemes.scheme import SchemeSettings

_DIGITS = 30
"""More than any counter has; a bound on what a hostile tag can cost."""


def _pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if "number" not in groups:
        raise ValueError(f"{pattern!r} has no group named number: write it like build-(?P<number>[0-9]+)")
    if not group_holds_digits(pattern, "number"):
        raise ValueError(
            f"the group number of {pattern!r} holds more than digits, and so it is no number: let it hold "
            "digits only, and follow `timestamp` where it is a date and a time"
        )
    if not matches_some_tag(pattern):
        raise ValueError(f"{pattern!r} matches no tag: those have letters, digits, dots, dashes and _ only")
    return pattern


class Numeric(SchemeSettings):
    """Ordered by the number alone, and one number is one version; the pattern has to match the whole tag."""

    ahead: ClassVar[None] = None

    pattern: Annotated[str, AfterValidator(_pattern)] = "(?P<number>[0-9]+)"

    def read(self, tag: str) -> Version | None:
        return _read(tag, self.pattern)

    def why_not(self, tag: str) -> str:
        matches = re.fullmatch(self.pattern, tag, re.ASCII)
        return "has no number of a sensible length there" if matches else f"does not match {self.pattern}"


@lru_cache(maxsize=65_536)
def _read(tag: str, pattern: str) -> Version | None:
    match = re.fullmatch(pattern, tag, re.ASCII)
    digits = match["number"] if match else None
    if not digits or not digits.isascii() or not digits.isdigit() or len(digits) > _DIGITS:
        return None
    return Version((int(digits),), tag)
