"""Tags that are semantic versions: `v1.2.3`, within a range; by a pattern, any that name a version. Pure.

Source: https://semver.org/spec/v2.0.0.html; ranges as npm and Go's Masterminds/semver write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import semver
from pydantic import AfterValidator, Field

from updater.model import Version
from updater.schemes.by_pattern import ByPattern, refuse_without
from updater.schemes.parts import STAGES, Role
from updater.schemes.reading import Read
from updater.schemes.versions import prerelease_key

_TAG = re.compile(r"v?(?=\d)(.+)", re.ASCII)
_TERM = re.compile(
    r"(?P<sign>\^|~>|~|>=|<=|>|<|!=|=|)\s*v?(?P<version>[0-9x*]+(?:\.[0-9x*]+){0,2}(?:-[0-9A-Za-z.-]+)?)"
)
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
"""From one version up to and with another: `1.0.0 - 2.0.0`."""
_NAMES_A_PRERELEASE = re.compile(r"\S-\S")
"""A dash between blanks is no part of a version."""
_SEPARATOR = re.compile(r"[.+-]")
_WORD = re.compile(r"([A-Za-z]{2,})[0-9]*", re.ASCII)
_COMMIT = re.compile(r"g?[0-9a-f]{7,40}", re.ASCII)
_WILD = frozenset({"x", "*"})
_LONGEST = 128
_END = (2**63, 0, 0)

Bounds = tuple[str, semver.Version]


def _range(text: str) -> str:
    if not any(_is_possible(bounds) for bounds in _terms(text)):
        raise ValueError(f"{text!r} holds no version at all: its lower bound lies above its upper one")
    return text


def _is_possible(bounds: Sequence[Bounds]) -> bool:
    """Some version lies within all of them."""
    lows = [(_key(other), sign != ">") for sign, other in bounds if sign in {">", ">=", "="}]
    highs = [(_key(other), sign != "<") for sign, other in bounds if sign in {"<", "<=", "="}]
    return all(
        low < high or (low == high and low_in and high_in) for low, low_in in lows for high, high_in in highs
    )


def _pattern(pattern: str) -> str:
    refuse_without("version", pattern, "has no version: name it, as in release-{version}")
    return pattern


class Semver(ByPattern):
    """A whole version, with or without a leading v: `1.2.3` and `v1.2.3` are the same one.

    Prereleases only if asked, or named in the range. By a pattern a version may have two or four numbers.
    """

    ahead: ClassVar[None] = None
    lead: ClassVar[Role] = "version"

    range: Annotated[str, AfterValidator(_range)] = Field(
        default="*",
        description='the versions that are followed, such as ">=1.2 <2" or ^1.2; alternatives stand'
        " apart by ||",
    )
    """Terms that must all hold, apart by blanks or commas; alternatives apart by `||`."""
    prereleases: bool = Field(default=False, description="follow prereleases, too, such as 1.2.0-rc.1")
    pattern: Annotated[str, AfterValidator(_pattern)] | None = Field(
        default=None,
        description="where the version stands in a tag, such as release-{version}; without it the "
        "whole tag is one",
    )
    """Where more than the version stands in the tag."""

    @property
    def named(self) -> str | None:
        return self.pattern

    def read(self, tag: str) -> Version | None:
        if self.pattern is not None:
            found = self.read_named(tag)
            return found.version(tag) if found and self._objection(found) is None else None
        version = _parse(tag)
        if version is None or (version.prerelease and not self._takes_prereleases):
            return None
        return (
            Version(_key(version), tag, variant=_variant(version)) if _within(version, self.range) else None
        )

    def why_not(self, tag: str) -> str:
        if self.pattern is not None:
            found = self.read_named(tag)
            return (self._objection(found) if found else self.why_not_named(tag)) or "is read"
        version = _parse(tag)
        if version is None:
            return "is no whole version such as 1.2.3"
        if not _within(version, self.range):
            return f"is outside the range {self.range}"
        return "is a prerelease, and these are not asked for"

    @property
    def _takes_prereleases(self) -> bool:
        return self.prereleases or _NAMES_A_PRERELEASE.search(self.range) is not None

    def _objection(self, found: Read) -> str | None:
        number = found.number
        if number is None:
            return "has no version"
        if number.prerelease and not self._takes_prereleases:
            return "is a prerelease, and these are not asked for"
        key = (*number.release, prerelease_key(number.prerelease))
        return None if _holds_within(key, self.range) else f"is outside the range {self.range}"


@lru_cache(maxsize=65_536)
def _parse(tag: str) -> semver.Version | None:
    match = _TAG.fullmatch(tag) if len(tag) <= _LONGEST else None
    try:
        return semver.Version.parse(match[1]) if match and match[1].isascii() else None
    except ValueError:
        return None


def _key(version: semver.Version) -> tuple[Any, ...]:
    return (version.major, version.minor, version.patch, prerelease_key(version.prerelease or ""))


def _variant(version: semver.Version) -> str:
    """The words after the version that are no stage of it: `alpine` of 1.2.3-alpine3.18, not `rc` of rc1."""
    words = _SEPARATOR.split(version.prerelease or "")
    named = (
        match[1].lower() for word in words if not _COMMIT.fullmatch(word) and (match := _WORD.fullmatch(word))
    )
    return "-".join(word for word in named if word not in STAGES)


def _within(version: semver.Version, text: str) -> bool:
    return _holds_within(_key(version), text)


def _holds_within(key: tuple[Any, ...], text: str) -> bool:
    return any(all(_holds(key, bound) for bound in bounds) for bounds in _terms(text))


def _holds(one: tuple[Any, ...], bound: Bounds) -> bool:
    sign, other = bound
    two = _key(other)
    return {
        ">=": one >= two,
        ">": one > two,
        "<": one < two,
        "<=": one <= two,
        "!=": one != two,
        "=": one == two,
    }[sign]


@lru_cache(maxsize=256)
def _terms(text: str) -> tuple[tuple[Bounds, ...], ...]:
    """Raises ValueError where the range cannot be read."""
    return tuple(_alternative(part, text) for part in text.split("||"))


def _alternative(part: str, text: str) -> tuple[Bounds, ...]:
    left, bounds = _HYPHEN.sub(r">=\1 <=\2", part.replace(",", " ")).strip(), list[Bounds]()
    while left or not bounds:
        match = _TERM.match(left)
        rest = left[match.end() :] if match else ""
        if match is None or (rest and not rest[0].isspace()):
            raise ValueError(f"{text!r} is no range of versions: write it like 1.x, ^1.2, ~1.2.3 or >=1.0 <2")
        bounds += _bounds(match["sign"], match["version"])
        left = rest.strip()
    return tuple(bounds)


def _bounds(sign: str, text: str) -> list[Bounds]:
    numbers, _, prerelease = text.partition("-")
    parts = [int(part) for part in _fixed(numbers.split("."))]
    low = _version(parts, prerelease or None)
    whole = len(parts) == 3  # noqa: PLR2004 - major, minor, patch
    if sign in {"", "="} and whole:
        return [("=", low)]
    if sign in {"", "=", "~", "~>"}:
        return [(">=", low), ("<", _after(parts, min(len(parts), 2)))]
    if sign == "^":
        return [(">=", low), ("<", _after(parts, _leading(parts)))]
    if sign in {">", "<="} and not whole:  # beyond 1.2 means beyond all of 1.2
        return [({">": ">=", "<=": "<"}[sign], _after(parts, len(parts)))]
    return [(sign, low)]


def _fixed(parts: list[str]) -> list[str]:
    """The numbers before the first wildcard."""
    wild = next((index for index, part in enumerate(parts) if part in _WILD), len(parts))
    if any(not part.isdigit() for part in parts[:wild]):
        raise ValueError(f"{'.'.join(parts)!r} is no version: write numbers, or x for any")
    return parts[:wild]


def _leading(parts: list[int]) -> int:
    """How many numbers `^` keeps: up to the first that is not zero."""
    return next((index + 1 for index, part in enumerate(parts) if part), len(parts))


def _after(parts: list[int], kept: int) -> semver.Version:
    """The first version that differs in the numbers kept; its prereleases are beyond, too."""
    if kept == 0:
        return semver.Version(*_END)
    head = [*parts[: kept - 1], parts[kept - 1] + 1]
    return _version(head, "0")


def _version(parts: list[int], prerelease: str | None) -> semver.Version:
    major, minor, patch = [*parts, 0, 0, 0][:3]
    return semver.Version(major, minor, patch, prerelease)
