"""To say of a tag that no scheme reads as it is which pattern would read it, and its like. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from updater.schemes.created import Created
from updater.schemes.numeric import Numeric
from updater.schemes.parts import STAGES
from updater.schemes.patterns import pattern_of
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp
from updater.value_class import value_class

HASH = r"(?<![0-9A-Za-z])(?:g(?=[0-9a-f]{7}))?(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])"
"""A commit as CI writes it: without a letter it could be any number."""
_STAGE = f"(?:[-.]?(?i:{'|'.join(sorted(STAGES, key=len, reverse=True))})[0-9.]*(?![A-Za-z]))?"
_PIECE = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<date>20[0-9]{2}(?P<dash>[-._]?)(?:0[1-9]|1[0-2])(?P=dash)(?:0[1-9]|[12][0-9]|3[01]))"
    r"(?:(?P<between>[-._T]?)(?P<time>(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?))?(?![0-9])"
    r"|(?P<epoch>1[0-9]{9}(?:[0-9]{3})?)(?![0-9])"
    rf"|(?P<commit>{HASH})"
    r"|(?P<month>20[0-9]{2}\.(?:0[1-9]|1[0-2]))(?=\.[0-9]+(?![0-9.]))"
    rf"|(?<![A-Za-z])(?P<version>v?[0-9]+(?:\.[0-9]+){{1,3}}{_STAGE})(?![0-9A-Za-z.])"
    r"|(?P<number>[0-9]+)"
    r")|(?P<text>.)"
)
_LONG = 4
"""The numbers of a version that names one build; of shorter ones many builds may have the same."""
_TAG, _WEIGHED = 128, 5
_NUMBERS = re.compile("v?[0-9.]*")


_KINDS = ("date", "epoch", "commit", "month", "version", "number", "text")


class Suggestion(NamedTuple):
    """What to follow, and what a person should look at."""

    scheme: str
    pattern: str
    noun: str
    question: str
    """Both are those of its rule."""

    @property
    def follow(self) -> str:
        """As config has it."""
        pattern = f'"{self.pattern}"'
        return pattern if self.is_pattern else f"{{created: {pattern}}}"

    @property
    def is_pattern(self) -> bool:
        """It needs no more than its pattern."""
        return self.scheme != "created"

    def reads(self, tag: str) -> bool:
        return _scheme(self.scheme, self.pattern).read(tag) is not None


_SCHEMES: dict[str, Callable[..., Created | Numeric | Semver | Timestamp]] = {
    "created": Created,
    "numeric": Numeric,
    "semver": Semver,
    "timestamp": Timestamp,
}


@lru_cache(maxsize=256)
def _scheme(name: str, pattern: str) -> Created | Numeric | Semver | Timestamp:
    return _SCHEMES[name](pattern=pattern)


@value_class
class _Found:
    kind: str
    """Its group."""
    text: str
    pattern: str


def suggested(tag: str) -> Suggestion | None:
    """None where none is known, or where such a tag may move from image to image."""
    found = _pieces(tag) if len(tag) <= _TAG else []
    kinds = [one.kind for one in found if one.kind != "text"]
    rule = next((rule for rule in RULES if rule.fits(kinds, found)), None)
    if rule is None:
        return None
    made = Suggestion(rule.scheme, _pattern(found, rule.scheme), rule.noun, rule.question)
    try:
        pattern_of(made.pattern)
        return made if made.reads(tag) else None
    except ValueError:
        return None


def best(tags: Sequence[str]) -> Suggestion | None:
    """The one that reads the most of them."""
    made = Counter(one for tag in tags if (one := suggested(tag)) is not None)
    few = (one for one, _ in made.most_common(_WEIGHED))
    return max(few, key=lambda one: sum(map(one.reads, tags)), default=None)


def _pieces(tag: str) -> list[_Found]:
    return [piece for match in _PIECE.finditer(tag) for piece in _said(match)]


def _said(match: re.Match[str]) -> Iterator[_Found]:
    kind = next(kind for kind in _KINDS if match[kind])
    if kind == "date":
        dash = match["dash"]
        yield _Found("date", match["date"], f"{{year}}{dash}{{month}}{dash}{{day}}" if dash else "{date}")
        if match["time"]:
            yield _Found("text", match["between"], match["between"])
            yield _Found("time", match["time"], "{time}" if len(match["time"]) == 6 else "%H%M")  # noqa: PLR2004 - with seconds
    elif kind == "commit":
        text = match[0]
        yield _Found("commit", text, ("g" if text.startswith("g") else "") + "{sha}")
    elif kind == "month":
        yield _Found("month", match[0], "{year}.{month}")
    else:
        yield _Found(kind, match[0], match[0] if kind == "text" else f"{{{kind}}}")


def _pattern(found: Sequence[_Found], scheme: str) -> str:
    """What git describes lacks its count and its commit where a version was tagged."""
    whole = "".join(one.pattern for one in found)
    return _DESCRIBED.sub("{version}[-{number}-g{sha}]", whole) if scheme == "semver" else whole


_DESCRIBED = re.compile(r"\{version\}-\{number\}-g\{sha\}")


class Rule(NamedTuple):
    noun: str
    scheme: str
    fits: Callable[[Sequence[str], Sequence[_Found]], bool]
    question: str


def _is(*wanted: str) -> Callable[[Sequence[str], Sequence[_Found]], bool]:
    return lambda kinds, found: list(kinds) == list(wanted)  # noqa: ARG005 - every rule is asked with both


def _only(allowed: set[str], needed: set[str]) -> Callable[[Sequence[str], Sequence[_Found]], bool]:
    return lambda kinds, found: needed <= set(kinds) <= allowed and len(set(kinds)) == len(kinds)  # noqa: ARG005 - as above


def _is_long(kinds: Sequence[str], found: Sequence[_Found]) -> bool:
    """A version of four numbers, alone or with a commit."""
    return kinds in (["version"], ["version", "commit"]) and _count(found) == _LONG


def _is_named(kinds: Sequence[str], found: Sequence[_Found]) -> bool:
    """A whole version behind a name."""
    ends = [found[0].kind, found[-1].kind] if found else []
    return kinds == ["version"] and _count(found) >= _LONG - 1 and ends == ["text", "version"]


def _count(found: Sequence[_Found]) -> int:
    """How many numbers its version has."""
    version = next((one.text for one in found if one.kind == "version"), "")
    return _NUMBERS.match(version)[0].count(".") + 1  # type: ignore[index]  # it matches anything


def _is_counted(kinds: Sequence[str], found: Sequence[_Found]) -> bool:
    return list(kinds) == ["number"] and found[0].kind == "text" and found[-1].kind == "number"


_CREATED = "they are followed by when their images were created"
_COUNTS = "they are followed by their number: does it count up?"
_FITS = "does the pattern fit all of them?"
_GROWS = "is the version another one with each build?"
_BESIDE_TIME = {"date", "time", "commit"}

RULES = (
    Rule(
        "a date with something around it", "timestamp", _only(_BESIDE_TIME, {"date", "time", "commit"}), _FITS
    ),
    Rule("a commit and a time", "timestamp", _only({"epoch", "commit"}, {"epoch", "commit"}), _FITS),
    Rule("a date and a number", "timestamp", _is("date", "number"), _FITS),
    Rule("a date, a number and a commit", "timestamp", _is("date", "number", "commit"), _FITS),
    Rule(
        "a date with something around it", "created", _only({"date", "commit"}, {"date", "commit"}), _CREATED
    ),
    Rule("a year, a month and a number", "numeric", _is("month", "number"), _FITS),
    Rule("a year, a month and a number", "numeric", _is("month", "number", "commit"), _FITS),
    Rule("a version and what was built since", "semver", _is("version", "number", "commit"), _FITS),
    Rule("a version of four numbers", "semver", _is_long, _GROWS),
    Rule("a version behind a name", "semver", _is_named, _GROWS),
    Rule("a commit and a number", "numeric", _is("commit", "number"), _COUNTS),
    Rule("a name and a number", "numeric", _is_counted, _COUNTS),
)
