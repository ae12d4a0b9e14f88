"""To say what a tag looks like, and what would read tags that no scheme reads as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from updater.schemes import SCHEMES, Scheme, scheme_of
from updater.schemes.digest import MovingTag
from updater.schemes.patterns import is_plain
from updater.schemes.semver import Semver
from updater.schemes.suggestions import HASH, RULES, Rule, suggested
from updater.schemes.timestamp import Timestamp

MAY_BE_A_COMMIT = re.compile(r"[0-9]{7}|(?!20)[0-9]{8}|[0-9]{40}")
"""One short hash in thirty has no letter in it; eight digits may also be a date."""
VERSION = re.compile(r"v?[0-9]+\.[0-9]+.*")
_STAMP = re.compile(
    r"(?P<before>[^%0-9]*)20\d\d(?P<dash>[-._]?)\d\d(?P=dash)\d\d"
    r"(?:(?P<between>[-._T]?)\d\d(?P<colon>[-._]?)\d\d(?P<seconds>(?P=colon)\d\d)?)?(?P<behind>[^%0-9]*)"
)
_COMMIT = re.compile(r"[0-9]{7}|(?!20)[0-9]{8}|[0-9]{40}")
"""One short hash in thirty has no letter in it; eight digits may also be a date."""
VERSION = re.compile(r"v?[0-9]+\.[0-9]+.*")
_STAMP = re.compile(
    r"(?P<before>[^%0-9]*)20\d\d(?P<dash>[-._]?)\d\d(?P=dash)\d\d"
    r"(?:(?P<between>[-._T]?)\d\d(?P<colon>[-._]?)\d\d(?P<seconds>(?P=colon)\d\d)?)?(?P<behind>[^%0-9]*)"
)
_COUNTED = re.compile(r"(?P<before>(?:[A-Za-z][\w.]*-)?)(?=[0-9]*[a-f])[0-9a-f]{7,40}-[0-9]{1,18}")
_COMMIT = re.compile(rf"(?:[A-Za-z][\w.]*[-_](?:[\w.]+[-_])*)?{HASH}")
_PARTS = re.compile(rf"(?P<commit>{HASH})|(?P<number>[0-9]+)|(?P<text>[^0-9]+?(?=[0-9]|$|(?<=[^0-9A-Za-z])))")
_PRERELEASE = re.compile(r".*-(?:alpha|beta|dev|m|pre|preview|rc|snapshot)[0-9.-]*", re.IGNORECASE)
_ENOUGH_NUMBERS = 3
_LONG_NUMBER = 4
"""Digits: shorter ones count versions, of which a tag such as `v1.5` moves on."""


@dataclass(frozen=True)
class Followed:
    """A scheme with its settings, as config has it."""

    name: str
    settings: tuple[tuple[str, Any], ...] = ()

    @cached_property
    def scheme(self) -> Scheme:
        return cast("Scheme", SCHEMES[self.name](**dict(self.settings)))

    @property
    def setting(self) -> Any:  # noqa: ANN401 - a name alone, or with its settings
        (key, pattern), *others = self.settings or [("", "")]
        if key == "pattern" and not others and self.name != "created" and is_plain(pattern):
            return pattern if scheme_of(pattern) == self.name else {self.name: {key: pattern}}
        return {self.name: dict(self.settings)} if self.settings else self.name

    def reads(self, tag: str) -> bool:
        return self.scheme.read(tag) is not None

    def __str__(self) -> str:
        pairs = ", ".join(f"{key} {value}" for key, value in self.settings)
        return f"{self.name} ({pairs})" if pairs else self.name


class TagShape(NamedTuple):
    """What such a tag is called; `found` answers None where it is no such tag.

    Else what reads it, or a sentence where nothing does that could be written without asking.
    """

    noun: str
    found: Callable[[str], Followed | str | None]
    question: str = ""
    """What a person should look at, where it is followed so."""


def default_schemes() -> Iterator[Followed]:
    """Those that work without being told more, in the order of the table."""
    for name in SCHEMES:
        one = Followed(name)
        try:
            one.scheme  # noqa: B018 - made to see whether it can be
        except ValidationError:
            continue
        yield one


def followed_by_shape(tag: str) -> Followed | None:
    """What reads tags that look like this one."""
    found = _shape(tag).found(tag)
    return found if isinstance(found, Followed) else None


def question_of(tag: str) -> str:
    """What to ask about a tag that is followed by its shape."""
    return _shape(tag).question


def tag_shapes(tags: Sequence[str]) -> str:
    """Why none of these tags is read."""
    found = _by_shape(tags)
    if len(found) > 1:
        return f"tags of several shapes, which no scheme reads together: {examples(tags)}"
    ((shape, tag),) = found.items()
    return f"tags like {examples([tag])}: {shape.found(tag)}"


def examples(tags: Sequence[str]) -> str:
    """One of each shape."""
    return ", ".join(f"{tag[:60]} ({shape.noun})" for shape, tag in _by_shape(tags).items())


def _by_shape(tags: Sequence[str]) -> dict[TagShape, str]:
    found: dict[TagShape, str] = {}
    for tag in tags:
        found.setdefault(_shape(tag), tag)
    return found


def _shape(tag: str) -> TagShape:
    return next(shape for shape in _SHAPES if shape.found(tag) is not None)


def _if(pattern: re.Pattern[str] | str, found: Followed | str) -> Callable[[str], Followed | str | None]:
    compiled = re.compile(pattern)
    return lambda tag: found if compiled.fullmatch(tag) else None


def _stamped(tag: str) -> Followed | None:
    match = _STAMP.fullmatch(tag)
    if match is None:
        return None
    date = match["dash"].join(("%Y", "%m", "%d"))
    units = () if match["colon"] is None else ("%H", "%M", "%S")[: 3 if match["seconds"] else 2]
    time = (match["colon"] or "").join(units)
    pattern = f"{match['before']}{date}{match['between'] or ''}{time}{match['behind']}"
    try:
        is_real = Timestamp(pattern=pattern).read(tag) is not None
    except ValidationError:
        return None
    return Followed("timestamp", (("pattern", pattern),)) if is_real else None


def _suggested(rule: Rule, tag: str) -> Followed | None:
    made = suggested(tag)
    is_its = made is not None and (made.noun, made.scheme) == (rule.noun, rule.scheme)
    return Followed(made.scheme, (("pattern", made.pattern),)) if made and is_its else None


def _committed(tag: str) -> Followed | None:
    return created_like(tag) if _COMMIT.fullmatch(tag) else None


def _built(tag: str) -> Followed | None:
    """A tag with a commit, or with so many numbers that it names one build."""
    parts = list(_PARTS.finditer(tag))
    numbers = [part["number"] for part in parts if part["number"]]
    names_one = (
        any(part["commit"] for part in parts)
        or len(numbers) >= _ENOUGH_NUMBERS
        or any(len(number) >= _LONG_NUMBER for number in numbers)
    )
    return created_like(tag) if names_one else None


def created_like(tag: str) -> Followed | None:
    """By any tag that differs from it in commits and numbers only."""
    pattern = "".join(_generalised(part) for part in _PARTS.finditer(tag))
    try:
        followed = Followed("created", (("pattern", pattern),))
        return followed if followed.reads(tag) else None
    except ValidationError:
        return None


def _generalised(part: re.Match[str]) -> str:
    if part["commit"]:
        return ("g" if part["commit"].startswith("g") else "") + "[0-9a-f]{7,40}"
    return "[0-9]+" if part["number"] else _escaped(part["text"])


def _escaped(text: str) -> str:
    return re.escape(text).replace("\\-", "-")


def _named(tag: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z._-]*", tag):
        return None
    try:
        followed = MovingTag(tag=tag).tag
    except ValidationError:
        return "no registry can hold such a tag"
    return f"such a tag moves from image to image: `follow: {{digest: {followed}}}` follows what it points to"


def _prerelease(tag: str) -> Followed | None:
    is_one = Semver(prereleases=True).read(tag) is not None and _PRERELEASE.fullmatch(tag)
    return _PRERELEASES if is_one else None


def _any_semver(tag: str) -> Followed | None:
    return _PRERELEASES if Semver(prereleases=True).read(tag) is not None else None


_PRERELEASES = Followed("semver", (("prereleases", True),))
_CREATED = "they are followed by when their images were created"
_COUNTS = "they are followed by their number: does it count up?"

_TWO_NUMBERS = (
    'semver reads three numbers, as 1.2.3; where such tags do not move, follow: "{major}.{minor}" reads them'
)

_SHAPES = (
    TagShape("a number, or a commit without a letter", _if(MAY_BE_A_COMMIT, Followed("numeric")), _COUNTS),
    TagShape("a date in another form", _stamped, "does the pattern fit all of them?"),
    *(TagShape(rule.noun, partial(_suggested, rule), rule.question) for rule in RULES),
    TagShape("a commit", _committed, _CREATED),
    TagShape("a prerelease", _prerelease, "prereleases are followed as well: is that meant?"),
    TagShape(
        "a date with something around it",
        lambda tag: _built(tag) if re.search(r"20[0-9]{2}[-.]?[01][0-9][-.]?[0-3][0-9]", tag) else None,
        _CREATED,
    ),
    TagShape("a version and a commit", lambda tag: _built(tag) if re.search(HASH, tag) else None, _CREATED),
    TagShape(
        "a version with something behind it",
        _any_semver,
        "is what stands behind the version the same in all?",
    ),
    TagShape("a name with numbers in it", _built, _CREATED),
    TagShape(
        "a version with something behind it",
        _if(r"v?[0-9]+(?:\.[0-9]+)*[-+_.].*[A-Za-z].*", "no scheme reads them, and they may move"),
    ),
    TagShape("not three numbers", _if(r"v?\.?[0-9]+(?:\.[0-9]+)*", _TWO_NUMBERS)),
    TagShape(
        "a version behind a name",
        _if(r"[A-Za-z][A-Za-z0-9._-]*?v?[0-9]+\.[0-9]+.*", "semver takes nothing but a v in front"),
    ),
    TagShape("a name", _named),
    TagShape("of no known shape", lambda _: "no scheme here reads them"),
)
