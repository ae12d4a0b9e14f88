"""What a tag says by a pattern: its order, its time, what has to stay the same. Strict and total. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from updater.model import TagPart, Version
from updater.schemes.parts import Role
from updater.schemes.patterns import Field, Pattern, names_a_date, pattern_of
from updater.schemes.versions import VersionNumber, parse_version
from updater.value_class import value_class

DIGITS = 30
"""More than any counter has; a bound on what a hostile tag can cost."""
LAST_YEAR = 9000
"""Later ones are nobody's build times, and leave no room to be shown in another zone."""
_NAMED_MONTHS = frozenset({"%b", "%B"})
_REAL = {"%m": range(1, 13), **dict.fromkeys(("%V", "%U", "%W"), range(54))}
"""What a unit may be that orders as a number, without a day."""
_SECONDS, _MILLISECONDS = 10, 13
"""How many digits they have, from 2001 to 2286."""
_FIRST = 10**9
_SEPARATORS = re.compile("[-._T:]")
_PLAIN_UNITS = {("date", 8): "%Y%m%d", ("time", 6): "%H%M%S", ("time", 4): "%H%M", ("time", 2): "%H"}


class NotOfThese(Exception):
    """Why a tag that looks right is none of these: a few words after its name."""


@value_class
class Read:
    key: tuple[Any, ...]
    stamp: datetime | None
    span: timedelta
    variant: str
    number: VersionNumber | None
    """The version that it names, where it does."""

    def version(self, tag: str) -> Version:
        return Version((self.key,), tag, self.stamp, variant=self.variant, span=self.span)


def read(text: str, tag: str, zone: ZoneInfo, lead: Role | None = None) -> Read | None:
    """By a pattern; `lead` is what counts before the rest of it."""
    found = _read(text, tag, zone, lead)
    return None if isinstance(found, str) else found


def why_not(text: str, tag: str, zone: ZoneInfo, lead: Role | None = None) -> str | None:
    """In a few words after its name; None where it is read."""
    found = _read(text, tag, zone, lead)
    return found if isinstance(found, str) else None


def parts(text: str, tag: str) -> tuple[TagPart, ...]:
    """What each part of it is; none where the pattern does not match."""
    pattern = pattern_of(text)
    match = pattern.regex.fullmatch(tag)
    said = ((field.part, match[field.group]) for field in pattern.fields) if match else ()
    return tuple(TagPart(part.name, part.role, word) for part, word in said if word)


@lru_cache(maxsize=65_536)
def _read(text: str, tag: str, zone: ZoneInfo, lead: Role | None) -> Read | str:
    """Or why not."""
    pattern = pattern_of(text)
    match = pattern.regex.fullmatch(tag) if tag.isascii() else None
    if match is None:
        lacking = pattern.lacks(tag)
        return f"has no {lacking.name} as {text} asks" if lacking else f"does not look like {text}"
    try:
        return _said(pattern, match, zone, lead)
    except NotOfThese as why:
        return str(why)


def _said(pattern: Pattern, match: re.Match[str], zone: ZoneInfo, lead: Role | None) -> Read:
    instant = _instant(pattern, match, zone) if pattern.is_dated else None
    slots = pattern.order(lead)
    key = tuple(_value(role, fields, match, instant) for role, fields in slots)
    if slots and not any(key):
        raise NotOfThese("says nothing that orders it")
    versions = (parse_version(match[field.group] or "") for field in pattern.of("version"))
    stamp, span = (instant[1], instant[2]) if instant else (None, timedelta())
    same = "/".join(match[field.group] or "" for field in pattern.of("same"))
    return Read(key, stamp, span, same.strip("/"), next(versions, None))


Instant = tuple[datetime, datetime, timedelta]
"""As it is written, as it is on the time line, and how long what is said lasts: a day, of a date."""


def _value(
    role: Role, fields: Sequence[Field], match: re.Match[str], instant: Instant | None
) -> tuple[Any, ...]:
    """One element of the key; empty where an optional part lacks: that is older than any that is there."""
    if role == "time":
        return (instant[0],) if instant else ()
    texts = [match[field.group] for field in fields]
    if not any(texts):
        return ()
    if role == "version":
        number = parse_version(texts[0])
        if number is None:
            raise NotOfThese(f"has no version where one has to be: {texts[0]}")
        return number.key
    return tuple(_number(field, text) for field, text in zip(fields, texts, strict=True))


def _number(field: Field, text: str | None) -> int:
    """What lacks is lower than zero."""
    if not text:
        return -1
    if field.part.unit in _NAMED_MONTHS:
        return _month(text, field.part.unit)
    if not text.isdigit() or len(text) > DIGITS:
        raise NotOfThese("has no number of a sensible length there")
    if int(text) not in _REAL.get(field.part.unit, (int(text),)):
        raise NotOfThese("is no real month or week")
    return int(text)


def _month(text: str, unit: str) -> int:
    try:
        return datetime.strptime(text, unit).month  # noqa: DTZ007 - a month of any year
    except ValueError:
        raise NotOfThese("is no real month or week") from None


# --- time -----------------------------------------------------------------------------------------------


def _instant(pattern: Pattern, match: re.Match[str], zone: ZoneInfo) -> Instant | None:
    """None where the whole of it is optional, and not there."""
    said = [(field, match[field.group]) for field in pattern.of("time")]
    words = [(field, word) for field, word in said if word]
    if not words:
        return None
    try:
        instant = _of_epoch(words[0][1], zone) if words[0][0].part.unit == "s" else _of_units(words, zone)
        instant[1].timestamp()  # a year that has no place on the time line is no date either
    except (ValueError, OverflowError):
        raise NotOfThese("is no real date and time") from None
    if instant[0].year > LAST_YEAR:
        raise NotOfThese("is no real date and time")
    return instant


def _of_epoch(word: str, zone: ZoneInfo) -> Instant:
    """Raises ValueError."""
    if len(word) not in {_SECONDS, _MILLISECONDS}:
        raise ValueError("neither seconds nor milliseconds of these centuries")
    scale = 1 if len(word) == _SECONDS else 1000
    if int(word) < _FIRST * scale:
        raise ValueError("before 2001")
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(word) * 1000 // scale)
    return instant, instant.astimezone(zone), timedelta()


def _of_units(words: Sequence[tuple[Field, str]], zone: ZoneInfo) -> Instant:
    """Raises ValueError, also where a part of the date lacks."""
    if not names_a_date([field for field, _ in words]):
        raise ValueError("no whole date")
    written = list(_written(words))
    said = datetime.strptime(" ".join(w for _, w in written), " ".join(u for u, _ in written))  # noqa: DTZ007 - the zone follows
    return said, said.replace(tzinfo=zone), span_of(unit for unit, _ in written)


def _written(words: Sequence[tuple[Field, str]]) -> Iterator[tuple[str, str]]:
    for field, word in words:
        name = field.part.name
        if name in {"date", "time"}:
            bare = _SEPARATORS.sub("", word)
            if (name, len(bare)) not in _PLAIN_UNITS:
                raise ValueError(f"{word} is no {name}")
            yield _PLAIN_UNITS[name, len(bare)], bare
        else:
            yield field.part.unit, word


def span_of(units: Iterator[str]) -> timedelta:
    """Of what strptime reads by these."""
    letters = set("".join(units).replace("%", ""))
    if letters & set("Sf"):
        return timedelta()
    if "M" in letters:
        return timedelta(minutes=1)
    return timedelta(hours=1) if letters & set("HI") else timedelta(days=1)
