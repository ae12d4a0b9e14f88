"""How Flux and Argo CD Image Updater choose a tag, and which scheme of ours takes no other. Pure.

Where ours cannot be the same, it reads fewer tags than the tool: it never proposes one that the tool refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from updater.config.names import Pattern
from updater.schemes.timestamp import Timestamp
from updater.tools.init.tag_shapes import Followed, created_like
from updater.tools.migrate.found import NotCarriedOver, Translation
from updater.tools.migrate.go_patterns import GoPattern, group_of, split_at
from updater.tools.migrate.semver_ranges import version_range
from updater.value_class import value_class

Order = Literal["semver", "numerical", "alphabetical", "newest-build", "digest"]
_NUMBER = "(?:0|[1-9][0-9]*)"
_THREE = rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_TWO = rf"v?{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER})?"
_PRERELEASE = rf"(?:-[A-Za-z]+(?:\.{_NUMBER})?)?"
"""Of the forms that are ordered the same everywhere: rc9 and rc10 are not."""
_PIECE = re.compile(
    r"(?P<sha>(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z]))|(?P<digits>[0-9]+)|(?P<text>[^0-9]+?)"
)
_STAMP = re.compile(r"\(\?P<number>\[0-9\]\{8\}\)-\(\?P<number2>\[0-9\]\{6\}\)")
_DATE = "(?P<date>[0-9]{8})-(?P<time>[0-9]{6})"
_UNREAD = "which the tool would not take, or orders as no scheme here does"
_ZONE = "its times are read as those of Asia/Seoul: write the zone where CI stamps otherwise"


@value_class
class TagChoice:
    """`allowed` and `extract` as Flux's filterTags has them; of another tool `extract` is empty."""

    order: Order
    range: str = ""
    allowed: str = ""
    extract: str = ""
    refused: tuple[str, ...] = ()
    """Regular expressions of tags that are passed over."""
    ignored: tuple[str, ...] = ()
    """Globs of tags that are."""
    descending: bool = False
    tag: str = ""
    """What `digest` follows."""
    takes_two_numbers: bool = False
    """`1.2` is a version, too: 1.2.0."""

    def followed(self, running: str) -> Translation:
        """Raises NotCarriedOver, also where the running tag is none that the tool would take."""
        if self.descending:
            raise NotCarriedOver("it takes the lowest instead of the highest: no scheme here does")
        found = _ORDERS[self.order](self, running)
        if running and not found.follow.reads(running):
            raise NotCarriedOver(f"{running[:60]} runs there, {_UNREAD}")
        matters = (glob for glob in self.ignored if _is_open(glob) or found.follow.reads(glob))
        return found._replace(forbid=tuple(map(_glob, matters)))

    def guarded(self, pattern: str, *, by_allowed: bool = True) -> str:
        """The pattern, with what of the filters it does not say itself in front of it."""
        said = [GoPattern.read(self.allowed).lookahead] if self.allowed and by_allowed else []
        said += (GoPattern.read(one).refusal for one in self.refused)
        return "".join((*said, pattern))


def _is_open(glob: str) -> bool:
    return any(one in glob for one in "*?[")


def _glob(text: str) -> str:
    """Go's filepath.Match reads it as ours does, but for corners. Raises NotCarriedOver."""
    if "\\" in text or "[" in text:
        raise NotCarriedOver(
            f"it ignores tags by {text[:60]}, which may be read otherwise here: write it plainly"
        )
    try:
        return str(TypeAdapter(Pattern).validate_python(text))
    except ValidationError:
        raise NotCarriedOver(f"it ignores tags by {text[:60]}, which can match none") from None


# --- by version -----------------------------------------------------------------------------------------


def _by_version(choice: TagChoice, running: str) -> Translation:
    wanted = version_range(choice.range)
    two = choice.takes_two_numbers and re.fullmatch(r"v?[0-9]+\.[0-9]+", running) is not None
    shape = (_TWO if two else _THREE) + (_PRERELEASE if wanted.prereleases else "")
    settings: list[tuple[str, Any]] = []
    if choice.extract:
        settings.append(("pattern", _extracted(choice, f"(?P<version>{shape})")))
    elif wanted.prereleases or two or choice.refused or choice.allowed:
        settings += _filtered(choice, shape)
    if wanted.text != "*":
        settings.append(("range", wanted.text))
    if wanted.prereleases:
        settings.append(("prereleases", True))
    doubts = ("of prereleases only those are followed that all tools order alike, as rc.9 and rc.10",)
    return Translation(_scheme("semver", settings), doubts if wanted.prereleases else ())


def _filtered(choice: TagChoice, shape: str) -> list[tuple[str, Any]]:
    """None where the filter lets through what is a version anyway."""
    letter = (
        _PLAIN_VERSIONS.get(choice.allowed.replace(r"\d", "[0-9]").strip("^$")) if choice.allowed else None
    )
    if letter is None or shape != _THREE or not GoPattern.read(choice.allowed).is_anchored:
        return [("pattern", choice.guarded(f"(?P<version>{shape})"))]
    if letter == "v?" and not choice.refused:
        return []
    own = shape.replace("v?", letter, 1)
    return [("pattern", choice.guarded(f"(?P<version>{own})", by_allowed=False))]


_PLAIN_VERSIONS = {
    f"{letter}{r'[0-9]+[.][0-9]+[.][0-9]+'}".replace("[.]", r"\."): letter for letter in ("", "v", "v?")
}


def _extracted(choice: TagChoice, group: str) -> str:
    """The tool's pattern with that group in place of what it extracts; still, it must match as a whole."""
    pattern = GoPattern.read(choice.allowed)
    before, within, behind = split_at(choice.allowed, group_of(choice.allowed, choice.extract))
    if pattern.is_lazy:
        raise NotCarriedOver("its pattern takes as little as it can (*?): what it extracts is in doubt")
    if "|" in choice.allowed and not choice.allowed.endswith("$"):
        raise NotCarriedOver("its pattern has branches and no end ($): what it extracts is in doubt")
    is_said = within in _ANYTHING or (within in _PLAIN_STAMPS and group == _DATE)
    said = "" if is_said else f"(?={before}(?:{within}){behind}$)"
    return choice.guarded(f"{said}{before}{group}{behind}", by_allowed=False)


_ANYTHING = frozenset({".*", ".+"})


# --- by number ------------------------------------------------------------------------------------------


def _by_number(choice: TagChoice, running: str) -> Translation:  # noqa: ARG001 - as the others
    if choice.extract:
        before, within, behind = split_at(choice.allowed, group_of(choice.allowed, choice.extract))
        pattern = choice.guarded(f"{before}(?P<number>{within}){behind}", by_allowed=False)
    else:
        pattern = choice.guarded("(?P<number>[0-9]+)")
    plain = pattern == "(?P<number>[0-9]+)"
    return Translation(_scheme("numeric", [] if plain else [("pattern", pattern)]))


# --- by letter ------------------------------------------------------------------------------------------


def _by_letter(choice: TagChoice, running: str) -> Translation:
    """By the shape of the tag that runs: among numbers of one width, the letters say what the numbers say."""
    if not running:
        raise NotCarriedOver("it orders tags by their letters, and no tag runs that says their shape")
    text = running if not choice.extract else _extract(choice, running)
    shape = "".join(_shape_of(text))
    if "(?P<" not in shape:
        raise NotCarriedOver(f"it orders tags by their letters, and in {running[:60]} no number stands first")
    if _STAMP.fullmatch(shape) and Timestamp().read(text):
        return _by_stamp(choice)
    if choice.extract:
        return Translation(_scheme("numeric", [("pattern", _extracted(choice, shape))]), (_WIDTH,))
    return Translation(_scheme("numeric", [("pattern", choice.guarded(shape))]), (_WIDTH,))


def _by_stamp(choice: TagChoice) -> Translation:
    if choice.extract:
        pattern = _extracted(choice, _DATE)
    else:
        pattern = choice.guarded(_DATE, by_allowed=choice.allowed not in _PLAIN_STAMPS)
    settings: list[tuple[str, Any]] = [] if pattern == _DATE else [("pattern", pattern)]
    return Translation(_scheme("timestamp", settings), (_ZONE,))


_WIDTH = (
    "the tool orders by letters, as 9 above 10: followed are tags with numbers as long as in the running one"
)
_PLAIN_STAMPS = frozenset(
    {r"^\d{8}-\d{6}$", "^[0-9]{8}-[0-9]{6}$", "^[0-9]{8}-[0-9]{6}", r"\d{8}-\d{6}", "[0-9]{8}-[0-9]{6}"}
)


def _extract(choice: TagChoice, running: str) -> str:
    before, within, behind = split_at(choice.allowed, group_of(choice.allowed, choice.extract))
    match = re.fullmatch(f"{before}({within}){behind}", running, re.ASCII)
    if match is None or not match[1]:
        raise NotCarriedOver(f"{running[:60]} runs there, which its pattern {choice.allowed} does not match")
    return match[1]


def _shape_of(text: str) -> Iterator[str]:
    """What is the same in all, and each number, up to the first part that could be anything: a commit."""
    count, told = 0, True
    for piece in _PIECE.finditer(text):
        if piece["sha"]:
            told = False
            yield f"[0-9a-f]{{{len(piece['sha'])}}}"
        elif piece["digits"]:
            count += told
            width = f"[0-9]{{{len(piece['digits'])}}}"
            yield f"(?P<number{count if count > 1 else ''}>{width})" if told else width
        else:
            yield re.escape(piece["text"]).replace("\\-", "-")


# --- by when it was built, and what a tag points to -----------------------------------------------------


def _by_build(choice: TagChoice, running: str) -> Translation:
    allowed = GoPattern.read(choice.allowed) if choice.allowed else None
    if allowed is not None and allowed.is_anchored:
        try:
            own = choice.guarded(allowed.body, by_allowed=False)
            return Translation(_scheme("created", [("pattern", own)]))
        except NotCarriedOver:
            pass  # it matches a tag that moves, too: the shape of the one that runs will do
    shape = created_like(running) if running else None
    if shape is None:
        raise NotCarriedOver(
            "it takes the newest build of any tag, and the one that runs says no shape of tags that stay"
        )
    pattern = choice.guarded(str(dict(shape.settings)["pattern"]))
    doubt = f"the tool takes the newest build of any tag: followed are those like {running[:60]}"
    return Translation(_scheme("created", [("pattern", pattern)]), (doubt,))


def _by_digest(choice: TagChoice, running: str) -> Translation:  # noqa: ARG001 - as the others
    return Translation(_scheme("digest", [("tag", choice.tag or "latest")]))


def _scheme(name: str, settings: list[tuple[str, Any]]) -> Followed:
    """Raises NotCarriedOver where config would refuse it."""
    followed = Followed(name, tuple(settings))
    try:
        followed.scheme  # noqa: B018 - made to see whether it can be
    except ValidationError as error:
        raise NotCarriedOver(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None
    return followed


_ORDERS = {
    "semver": _by_version,
    "numerical": _by_number,
    "alphabetical": _by_letter,
    "newest-build": _by_build,
    "digest": _by_digest,
}
