"""Tags that say when the image was built: `20260202-143512`, in Korean time. Pure.

A pattern of directives alone is read here; one that names other parts, too, as patterns are.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from updater.model import Version
from updater.schemes.by_pattern import ByPattern, refuse_without
from updater.schemes.parts import DIRECTIVES, Role
from updater.schemes.patterns import has_groups, is_plain, pattern_of
from updater.schemes.reachable import LONGEST_TAG, no_tag_has
from updater.schemes.reading import LAST_YEAR, span_of
from updater.settings import Duration

_DIRECTIVES = {
    "Y": r"\d{4}",
    "m": r"\d\d",
    "d": r"\d\d",
    "H": r"\d\d",
    "M": r"\d\d",
    "S": r"\d\d",
    "j": r"\d{3}",
}
_DIRECTIVE = re.compile("%(.)")
_NO_DATE = "names no whole date: it needs {date}, or {year} with {month} and {day}, or {epoch}"
_DESCENDING = frozenset(date + "HMS"[:length] for date in ("Ymd", "Yj") for length in range(4))


@lru_cache(maxsize=256)
def _names_parts(pattern: str) -> bool:
    """Or directives that do not always have as many characters."""
    others = {
        letter for letter in _DIRECTIVE.findall(pattern) if f"%{letter}" in DIRECTIVES
    } - _DIRECTIVES.keys()
    return is_plain(pattern) or has_groups(pattern) or bool(others)


def _pattern(pattern: str) -> str:
    """Fixed widths, each directive once, a whole date: then what is said has one order, that of time."""
    if _names_parts(pattern):
        refuse_without("time", pattern, _NO_DATE)
        return pattern
    _refuse_unmatchable(pattern)
    found = _DIRECTIVE.findall(pattern)
    unknown = next((letter for letter in found if letter not in _DIRECTIVES), None)
    if unknown is not None:
        raise ValueError(
            f"%{unknown} is not understood here: use %Y %m %d %j %H %M %S and plain text around them"
        )
    if len(set(found)) < len(found):
        raise ValueError(f"{pattern!r} says one thing twice: use each of %Y %m %d %j %H %M %S once")
    if "Y" not in found or not ({"m", "d"} <= set(found) or "j" in found):
        raise ValueError(f"{pattern!r} names no whole date: it needs %Y with %m and %d, or with %j")
    return pattern


def _refuse_unmatchable(pattern: str) -> None:
    """Most of all a regular expression: of that, no tag would ever be read, and nothing would say why."""
    plain = _DIRECTIVE.sub("", pattern)
    odd = "%" if "%%" in pattern else no_tag_has(plain)
    if odd is not None:
        raise ValueError(
            f"{pattern!r} matches no tag: {odd!r} stands in none. It is no regular expression, but "
            "directives and the plain text around them, such as main-%Y%m%d-%H%M%S; a part that says nothing "
            "of the time is named in braces, as in {date}-{time}-{sha}"
        )
    if pattern.startswith((".", "-")) or len(plain) > LONGEST_TAG:
        raise ValueError(f"{pattern!r} matches no tag: none begins with a dot or a dash, or has 128 letters")


class Timestamp(ByPattern):
    """A real date and time, nothing before or after it; ordered by what it says, dated by its zone."""

    lead: ClassVar[Role] = "time"

    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        default="%Y%m%d-%H%M%S",
        description="how the stamp is written: directives as those of strptime, or parts such as "
        "{date}-{time}-{sha}",
    )
    """As for strptime, with literal text around the directives; or one that names parts."""
    ahead: Duration = Field(
        default=timedelta(minutes=5),
        description="how much later than its image was created a stamp may be: one from further "
        "ahead is not believed",
    )
    """How much later than its image was created a tag may say it was built."""

    @property
    def named(self) -> str | None:
        return self.pattern if _names_parts(self.pattern) else None

    @property
    def sorts_by_text(self) -> bool:
        """The widths are fixed, so what matters is that the greater units come first."""
        if self.named:
            return pattern_of(self.named).sorts_by_text(self.lead)
        units = "".join(_DIRECTIVE.findall(self.pattern))
        return units in _DESCENDING

    def read(self, tag: str) -> Version | None:
        if self.named:
            found = self.read_named(tag)
            return found.version(tag) if found else None
        return _read(tag, self.pattern, self.zone) if _shape(self.pattern).fullmatch(tag) else None

    def why_not(self, tag: str) -> str:
        if self.named:
            return self.why_not_named(tag) or "is read"
        if _shape(self.pattern).fullmatch(tag):
            return "is no real date and time"
        return f"does not look like {self.pattern}"


@lru_cache(maxsize=256)
def _shape(pattern: str) -> re.Pattern[str]:
    parts = re.split("(%.)", pattern)
    return re.compile("".join(_part(part) for part in parts), re.ASCII)


def _part(part: str) -> str:
    return _DIRECTIVES[part[1]] if part.startswith("%") else re.escape(part)


@lru_cache(maxsize=65_536)
def _read(tag: str, pattern: str, zone: ZoneInfo) -> Version | None:
    try:
        said = datetime.strptime(tag, pattern)  # noqa: DTZ007 - the zone follows
        built = said.replace(tzinfo=zone)
        built.timestamp()  # a year that has no place on the time line is no date either
        if said.year > LAST_YEAR:
            return None
    except (ValueError, OverflowError):
        return None
    return Version((said.isoformat(), tag), tag, built, span=_span(pattern))


@lru_cache(maxsize=256)
def _span(pattern: str) -> timedelta:
    return span_of(iter(_DIRECTIVE.findall(pattern)))
