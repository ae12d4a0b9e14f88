"""To say what a tag looks like that no scheme reads as it is, and what would read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

from pydantic import ValidationError

from updater.config.environments import Tags
from updater.schemes import SCHEMES, Scheme
from updater.schemes.digest import MovingTag
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

MAY_BE_A_COMMIT = re.compile(r"[0-9]{7}|(?!20)[0-9]{8}|[0-9]{40}")
"""One short hash in thirty has no letter in it; eight digits may also be a date."""
VERSION = re.compile(r"v?[0-9]+\.[0-9]+.*")
_STAMP = re.compile(
    r"(?P<before>[^%0-9]*)20\d\d(?P<dash>[-._]?)\d\d(?P=dash)\d\d"
    r"(?:(?P<between>[-._T]?)\d\d(?P<colon>[-._]?)\d\d(?P<seconds>(?P=colon)\d\d)?)?(?P<behind>[^%0-9]*)"
)
_COUNTED = re.compile(r"(?P<before>(?:[A-Za-z][\w.]*-)?)(?=[0-9]*[a-f])[0-9a-f]{7,40}-[0-9]{1,18}")
_COMMIT = re.compile(
    r"(?P<before>(?:[A-Za-z][\w.]*[-_](?:[\w.]+[-_])*)?g?)(?=[0-9]*[a-f])[0-9a-f]{7,40}"
    r"|(?P<name>(?:sha|git)-)[0-9a-f]{7,40}"
)
_NUMBERED = re.compile(r"(?P<before>[A-Za-z][A-Za-z._-]*)[0-9]{1,18}")
_PRERELEASE = re.compile(r".*-(?:alpha|beta|dev|m|pre|preview|rc|snapshot)[0-9.-]*", re.IGNORECASE)
_IF_IT_COUNTS = "if the number counts up"


class TagShape(NamedTuple):
    """What such a tag is called, and what to do about it; None where it is no such tag."""

    noun: str
    advice: Callable[[str], str | None]


def tag_shapes(tags: Sequence[str]) -> str:
    """Why none of these tags is read, and what would read them."""
    found = _by_shape(tags)
    if len(found) > 1:
        return f"tags of several shapes, which no scheme reads together: {examples(tags)}"
    ((shape, tag),) = found.items()
    return f"tags like {examples([tag])}: {shape.advice(tag)}"


def examples(tags: Sequence[str]) -> str:
    """One of each shape."""
    return ", ".join(f"{tag[:60]} ({shape.noun})" for shape, tag in _by_shape(tags).items())


def _by_shape(tags: Sequence[str]) -> dict[TagShape, str]:
    found: dict[TagShape, str] = {}
    for tag in tags:
        found.setdefault(_shape(tag), tag)
    return found


def _shape(tag: str) -> TagShape:
    return next(shape for shape in _SHAPES if shape.advice(tag) is not None)


def _if(pattern: re.Pattern[str] | str, advice: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern)
    return lambda tag: advice if compiled.fullmatch(tag) else None


def _stamped(tag: str) -> str | None:
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
    return f'`follow: {{timestamp: {{pattern: "{pattern}"}}}}` reads them' if is_real else None


def _numbered(shape: re.Pattern[str], commit: str) -> Callable[[str], str | None]:
    def advice(tag: str) -> str | None:
        match = shape.fullmatch(tag)
        if match is None:
            return None
        before = re.escape(match["before"]).replace("\\-", "-")
        pattern = f"{before}{commit}(?P<number>[0-9]+)"
        return f"{_IF_IT_COUNTS}, `follow: {{numeric: {{pattern: '{pattern}'}}}}` reads them"

    return advice


def _committed(tag: str) -> str | None:
    match = _COMMIT.fullmatch(tag)
    if match is None:
        return None
    before = re.escape(match["before"] or match["name"] or "").replace("\\-", "-")
    pattern = f"{before}[0-9a-f]{{7,40}}"
    return f"`follow: {{created: {{pattern: '{pattern}'}}}}` reads them, by when their images were created"


def _named(tag: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z._-]*", tag):
        return None
    try:
        followed = MovingTag(tag=tag).tag
    except ValidationError:
        return "no registry can hold such a tag"
    return f"such a tag moves from image to image: `follow: {{digest: {followed}}}` follows what it points to"


def _prerelease(tag: str) -> str | None:
    is_one = Semver(prereleases=True).read(tag) is not None and _PRERELEASE.fullmatch(tag)
    return "`follow: {semver: {prereleases: true}}` reads them" if is_one else None


_SHAPES = (
    TagShape(
        "a number, or a commit without a letter",
        _if(MAY_BE_A_COMMIT, f"{_IF_IT_COUNTS}, `follow: numeric` reads them"),
    ),
    TagShape("a date in another form", _stamped),
    TagShape("a commit and a number", _numbered(_COUNTED, "[0-9a-f]+-")),
    TagShape("a commit", _committed),
    TagShape("a prerelease", _prerelease),
    TagShape(
        "a date with something around it",
        _if(
            r".*20[0-9]{2}[-.]?[01][0-9][-.]?[0-3][0-9].*",
            "timestamp reads them only if that is always the same",
        ),
    ),
    TagShape(
        "a version with something behind it",
        _if(
            r"v?[0-9]+(?:\.[0-9]+)*[-+_.].*[A-Za-z].*",
            "semver takes it for a prerelease, or for none",
        ),
    ),
    TagShape(
        "not three numbers",
        _if(r"v?\.?[0-9]+(?:\.[0-9]+)*", "semver reads three numbers, as 1.2.3"),
    ),
    TagShape(
        "a version behind a name",
        _if(
            r"[A-Za-z][A-Za-z0-9._-]*?v?[0-9]+\.[0-9]+.*",
            "semver takes nothing but a v in front",
        ),
    ),
    TagShape("a name and a number", _numbered(_NUMBERED, "")),
    TagShape("a name", _named),
    TagShape("of no known shape", lambda _: "no scheme here reads them"),
)


PLACEHOLDERS = frozenset(Tags().placeholders)


class Guess(NamedTuple):
    """`doubt` is a sentence where the scheme does not read all of the tags."""

    scheme: str | None
    doubt: str | None


def guess(tags: Iterable[str]) -> Guess:
    """The scheme that reads the most of them; of several, the first of the table."""
    real = sorted(set(tags) - PLACEHOLDERS)
    telling = [tag for tag in real if not MAY_BE_A_COMMIT.fullmatch(tag)]
    counts = {
        name: sum(scheme.read(tag) is not None for tag in telling) for name, scheme in _schemes().items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    if not real:
        return Guess(None, "there is no tag yet that says what to follow")
    if best is None or not counts[best]:
        return Guess(None, tag_shapes(telling or real))
    unread = [tag for tag in real if _schemes()[best].read(tag) is None]
    passed = f"of {len(real)} tags {best} does not read {len(unread)}: " if unread else ""
    return Guess(best, passed + _passed_over(unread, best) if unread else None)


def _schemes() -> dict[str, Scheme]:
    """Those that work without being told more."""
    found = {}
    for name, model in SCHEMES.items():
        try:
            found[name] = cast("Scheme", model())
        except ValidationError:
            continue
    return found


def _passed_over(tags: list[str], best: str) -> str:
    others: dict[str, str] = {}
    rest = []
    for tag in tags:
        name = next((name for name, scheme in _schemes().items() if name != best and scheme.read(tag)), None)
        if name is None:
            rest.append(tag)
        else:
            others.setdefault(name, f"{tag[:60]} (which {name} reads)")
    return ", ".join([*others.values(), *([examples(rest)] if rest else [])])
