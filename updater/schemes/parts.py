"""What a pattern may name of a tag: one line a part, with what it matches and what it is for. Pure.

Sources: https://docs.python.org/3/library/datetime.html#format-codes for what follows a percent sign.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from updater.value_class import value_class

Role: TypeAlias = Literal["version", "time", "number", "same", "ignored"]
"""What a part is for: the first three order tags; `same` must be as in the tag that runs."""

STAGES = frozenset(
    {"alpha", "beta", "canary", "cr", "dev", "edge", "final", "milestone", "next", "nightly", "pre"}
    | {"prerelease", "preview", "rc", "snapshot"}
)
"""What a version is on its way to a release: each of them may follow another."""
_STAGE = f"(?i:{'|'.join(sorted(STAGES, key=len, reverse=True))})"
_NUMBER = "[0-9]{1,18}"
_VERSION = rf"v?{_NUMBER}(?:\.{_NUMBER}){{1,3}}(?:[-.]?{_STAGE}(?:[-.]?{_NUMBER}){{0,3}})?"
_VARIANT = rf"(?!{_STAGE}(?![A-Za-z]))[A-Za-z0-9_][A-Za-z0-9._-]*"
_TWO = "[0-9]{2}|(?<![0-9])[0-9](?![0-9])"


@value_class
class PartKind:
    """One kind of part. `shape` is what it matches where a pattern in plain text names it."""

    name: str
    role: Role
    shape: str
    matches: str
    """In words."""
    unit: str = ""
    """Of a time, as strptime writes it; `s` and `ms` for seconds and milliseconds since 1970."""
    width: int | None = None
    """How many characters it always has; None: it may have more or fewer."""
    weight: int = 0
    """Of the parts of one date, and of one version's numbers, the lower counts first."""
    is_open: bool = False
    """It may hold the very characters that stand between parts."""


_WORDS = (
    PartKind("version", "version", _VERSION, "`1.2.3`, `v1.2`, `1.9.7.4460`, `1.2.3-rc10`"),
    PartKind("date", "time", "[0-9]{8}", "a year, month and day in eight digits: `20260601`", "%Y%m%d", 8),
    PartKind(
        "time", "time", "[0-9]{6}", "hours, minutes and seconds in six digits: `101112`", "%H%M%S", 6, 4
    ),
    PartKind("year", "time", "[0-9]{4}", "four digits", "%Y", 4, 0),
    PartKind("month", "time", _TWO, "two digits, or one that stands alone", "%m", None, 1),
    PartKind("day", "time", _TWO, "as the month", "%d", None, 2),
    PartKind("hour", "time", _TWO, "as the month", "%H", None, 4),
    PartKind("minute", "time", _TWO, "as the month", "%M", None, 5),
    PartKind("second", "time", _TWO, "as the month", "%S", None, 6),
    PartKind(
        "epoch", "time", "[0-9]{10}(?:[0-9]{3})?", "seconds since 1970 in ten digits, or milliseconds", "s"
    ),
    PartKind("number", "number", "[0-9]{1,30}", "digits; as often as you like, the first counts first"),
    PartKind("major", "number", "[0-9]{1,30}", "digits", weight=0),
    PartKind("minor", "number", "[0-9]{1,30}", "digits", weight=1),
    PartKind("patch", "number", "[0-9]{1,30}", "digits", weight=2),
    PartKind("build", "number", "[0-9]{1,30}", "digits", weight=3),
    PartKind("variant", "same", _VARIANT, "`alpine`, `slim-bookworm`", is_open=True),
    PartKind("branch", "same", "[A-Za-z0-9_][A-Za-z0-9._-]*", "`main`, `feature-7`", is_open=True),
    PartKind("arch", "same", "[A-Za-z0-9_]+", "`amd64`, `arm64`"),
    PartKind("sha", "ignored", "[0-9a-f]{7,64}", "a commit: 7 to 64 of `0` to `9` and `a` to `f`"),
    PartKind("any", "ignored", "[A-Za-z0-9._-]+", "anything", is_open=True),
)
PARTS: Mapping[str, PartKind] = {part.name: part for part in _WORDS}
"""By the name that stands in braces, or that a group of a regular expression has."""

_DIRECTIVES = (
    PartKind("%Y", "time", "[0-9]{4}", "the year", "%Y", 4, 0),
    PartKind("%y", "time", "[0-9]{2}", "the year without its century", "%y", 2, 0),
    PartKind("%G", "time", "[0-9]{4}", "the year that a week belongs to", "%G", 4, 0),
    PartKind("%m", "time", "[0-9]{2}", "the month", "%m", 2, 1),
    PartKind("%b", "time", "[A-Za-z]{3}", "the month as `Jan`", "%b", None, 1),
    PartKind("%B", "time", "[A-Za-z]{3,9}", "the month as `January`", "%B", None, 1),
    PartKind("%V", "time", "[0-9]{2}", "the week, with %G", "%V", 2, 1),
    PartKind("%U", "time", "[0-9]{2}", "the week that begins on Sunday", "%U", 2, 1),
    PartKind("%W", "time", "[0-9]{2}", "the week that begins on Monday", "%W", 2, 1),
    PartKind("%d", "time", "[0-9]{2}", "the day of the month", "%d", 2, 2),
    PartKind("%j", "time", "[0-9]{3}", "the day of the year", "%j", 3, 2),
    PartKind("%u", "time", "[1-7]", "the day of the week, Monday is 1", "%u", 1, 2),
    PartKind("%w", "time", "[0-6]", "the day of the week, Sunday is 0", "%w", 1, 2),
    PartKind("%a", "time", "[A-Za-z]{3}", "the day of the week as `Mon`", "%a", None, 2),
    PartKind("%p", "time", "[AaPp][Mm]", "`AM` or `PM`", "%p", None, 3),
    PartKind("%H", "time", "[0-9]{2}", "the hour", "%H", 2, 4),
    PartKind("%I", "time", "[0-9]{2}", "the hour, of twelve", "%I", 2, 4),
    PartKind("%M", "time", "[0-9]{2}", "the minute", "%M", 2, 5),
    PartKind("%S", "time", "[0-9]{2}", "the second", "%S", 2, 6),
    PartKind("%f", "time", "[0-9]{1,6}", "what follows the second: its decimals", "%f", None, 7),
    PartKind("%s", "time", "[0-9]{10}", "seconds since 1970", "s"),
)
DIRECTIVES: Mapping[str, PartKind] = {part.name: part for part in _DIRECTIVES}

_COUNTED = re.compile(r"(?P<name>number|any|sha)(?P<count>[0-9]{1,3})?")
"""What may stand in one pattern more than once; a group has to be called otherwise each time."""


def part_of(name: str) -> PartKind | None:
    """By its name, or by that of a group: `number2` is a number, too."""
    counted = _COUNTED.fullmatch(name)
    return PARTS.get(counted["name"] if counted else name)


_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("hash", "commit", "revision", "short_sha", "shortsha", "digest"), "sha"),
    **dict.fromkeys(("semver", "tag", "ver"), "version"),
    **dict.fromkeys(("timestamp", "stamp", "datetime"), "{date}-{time}, or {epoch}"),
    **dict.fromkeys(("unix", "seconds", "ts"), "epoch"),
    **dict.fromkeys(("run", "counter", "count", "id", "micro", "revision_number"), "number"),
    **dict.fromkeys(("flavor", "flavour", "suffix", "os"), "variant"),
    **dict.fromkeys(("ref", "prefix"), "branch"),
    **dict.fromkeys(("yyyy", "mm", "dd", "week"), "{year}.{month}.{day}, or %Y, %m, %d, %G and %V"),
}
"""What other tools call them."""


def unknown_part(name: str, pattern: str) -> ValueError:
    close = [_MEANT[name]] if name in _MEANT else difflib.get_close_matches(name, PARTS, n=1)
    way = f"did you mean {close[0]}?" if close else f"it may be one of {', '.join(PARTS)}"
    return ValueError(f"{pattern!r} names a part {name!r}, which nobody knows here: {way}")


def resembles_a_part(name: str) -> bool:
    return bool(difflib.get_close_matches(name, PARTS, n=1))


def names(parts: Iterable[PartKind]) -> str:
    return ", ".join(f"{{{part.name}}}" for part in parts)
