"""To read a regular expression that people write for tags, and whose groups name parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from updater.schemes.parts import Role, part_of, resembles_a_part, unknown_part
from updater.schemes.patterns.pattern import Pattern
from updater.schemes.patterns.pieces import Field
from updater.schemes.reachable import group_has_room, group_holds_digits, matches_some_tag, may_take_for_ever

_ORDERING: frozenset[Role] = frozenset({"version", "time", "number"})


def expression(text: str) -> re.Pattern[str]:
    """Raises ValueError where it is none, no tag can match it, or a long one could take for ever to."""
    try:
        regex = re.compile(text, re.ASCII)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    if not matches_some_tag(text):
        raise ValueError(f"{text!r} matches no tag: those have letters, digits, dots, dashes and _ only")
    if may_take_for_ever(text):
        raise ValueError(
            f"{text!r} repeats what is itself repeated, as in (a+)+, or anything again and again, as in "
            ".*.*.*.*.*: a long tag could take for ever to read; write what stands between"
        )
    return regex


def named_groups(text: str) -> Pattern:
    regex = expression(text)
    return Pattern(text, regex, tuple(_fields(regex, text)))


def _fields(regex: re.Pattern[str], text: str) -> Iterator[Field]:
    """Where it names no part but a number, its other groups say nothing, as they always did."""
    groups = sorted(regex.groupindex, key=lambda name: regex.groupindex[name])
    known = {name: part for name in groups if (part := part_of(name)) is not None}
    for name in groups:
        part = known.get(name)
        if part is None and (known.keys() - {"number"} or resembles_a_part(name)):
            raise unknown_part(name, text)
        if part is not None and part.role in {"time", "number"} and part.name not in {"date", "time"}:
            _refuse_letters(text, name)
        if (
            part is not None
            and part.role in _ORDERING
            and not group_has_room(text, name, _LENGTHS.get(part.name, range(1, 129)))
        ):
            raise ValueError(f"the group {name} of {text!r} never holds {part.matches.replace('`', '')}")
        if part is not None:
            yield Field(part, name)


_LENGTHS: Mapping[str, Sequence[int]] = {
    "date": range(8, 11),
    "time": range(2, 9),
    "year": (4,),
    **dict.fromkeys(("month", "day", "hour", "minute", "second"), (1, 2)),
    "epoch": (10, 13),
}
"""How many characters the group of a regular expression has, where it is what its name says."""


def _refuse_letters(text: str, name: str) -> None:
    if not group_holds_digits(text, name):
        raise ValueError(
            f"the group {name} of {text!r} holds more than digits, and so it is no number: let it hold "
            "digits only, and name each number of a date or a version by itself, or all of it {date} or "
            "{version}"
        )
