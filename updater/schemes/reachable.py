"""To find, of a pattern, that no tag can ever match it, or that to find out takes too long. Pure.

A regular expression is read by Python's own parser; what is not understood of it counts as possible.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from re import _constants as sre  # type: ignore[attr-defined]  # no public module tells what a pattern says
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

TAG_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_.-")
"""All that a registry takes in a tag."""
DIGITS = frozenset(string.digits)
LONGEST_TAG = 128

_CLASSES: Mapping[Any, Callable[[str], bool]] = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    sre.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    sre.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}


_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}
_IN_A_ROW = 4
_OFTEN = 8
"""Repeated no more often than that, nothing takes long."""


def no_tag_has(text: str) -> str | None:
    """The first character that can stand in no tag; None where all can."""
    return next((one for one in text if one not in TAG_CHARACTERS), None)


def matches_some_tag(pattern: str) -> bool:
    """Whether some tag can match all of the regular expression."""
    parsed = parser.parse(pattern)
    return parsed.getwidth()[0] <= LONGEST_TAG and _can(parsed, TAG_CHARACTERS)


def group_holds_digits(pattern: str, group: str) -> bool:
    """Whether what the group of that name matches can be digits alone."""
    parsed = parser.parse(pattern)
    number = parsed.state.groupdict[group]
    return all(_can(inner, DIGITS) for inner in _groups(parsed, number))


def group_has_room(pattern: str, group: str, lengths: Iterable[int]) -> bool:
    """Whether what the group of that name matches can be so long, and have a digit in it."""
    parsed = parser.parse(pattern)
    found = list(_groups(parsed, parsed.state.groupdict[group]))
    return any(
        inner.getwidth()[0] <= length <= inner.getwidth()[1]
        and any(_has_room_for(inner, one) for one in DIGITS)
        for inner in found
        for length in lengths
    )


def may_take_for_ever(pattern: str) -> bool:
    """One text can be divided in very many ways, as by `(a+)+`: to find that none matches, all are tried."""
    parsed = parser.parse(pattern)
    return _repeats_ambiguously(parsed) or _repeated_in_a_row(_flat(parsed)) > _IN_A_ROW


def _flat(parsed: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - the parser's own values
    """Without the groups around its pieces."""
    return [
        piece
        for operation, argument in parsed
        for piece in (_flat(argument[3]) if operation is sre.SUBPATTERN else [(operation, argument)])
    ]


def _repeated_in_a_row(pieces: list[tuple[Any, Any]]) -> int:
    """The most repetitions of which each could take what stands between it and the next."""
    most, row, alphabet, between = 0, 0, frozenset[str](), list[tuple[Any, Any]]()
    for operation, argument in pieces:
        if not _goes_on(operation, argument):
            between.append((operation, argument))
            continue
        own = frozenset(one for one in TAG_CHARACTERS if _has_room_for(argument[2], one))
        row = row + 1 if row and own & alphabet and _can(between, alphabet) else 1
        most, alphabet, between = max(most, row), own, []
    return most


def _repeats_ambiguously(parsed: Any) -> bool:  # noqa: ANN401 - the parser's own values
    return any(
        (_goes_on(operation, argument) and _has_many_ends(list(argument[2])))
        or any(_repeats_ambiguously(inner) for inner in _inside(operation, argument))
        for operation, argument in parsed
    )


def _goes_on(operation: Any, argument: Any) -> bool:  # noqa: ANN401 - as above
    return operation in _REPEATS - {sre.POSSESSIVE_REPEAT} and argument[1] > _OFTEN


def _has_many_ends(body: list[Any]) -> bool:
    """Within it something goes on that its neighbours cannot end: they lack, or look the same."""
    for number, (operation, argument) in enumerate(body):
        others = body[:number] + body[number + 1 :]
        for inner in _inside(operation, argument) if operation in {sre.SUBPATTERN, sre.BRANCH} else ():
            if _has_many_ends(body[:number] + list(inner) + body[number + 1 :]):
                return True
        if _goes_on(operation, argument) and argument[0] != argument[1]:
            alphabet = frozenset(one for one in TAG_CHARACTERS if _has_room_for(argument[2], one))
            if _can(others, alphabet):
                return True
    return False


def _has_room_for(parsed: Any, one: str) -> bool:  # noqa: ANN401 - as above
    """Whether that character can stand somewhere in it."""
    return any(
        any(_has_room_for(inner, one) for inner in inside)
        if (inside := list(_inside(operation, argument)))
        else _can_one(operation, argument, frozenset(one))
        for operation, argument in parsed
    )


def _groups(parsed: Any, number: int) -> Iterable[Any]:  # noqa: ANN401 - the parser's own values
    for operation, argument in parsed:
        if operation is sre.SUBPATTERN and argument[0] == number:
            yield argument[3]
        for inner in _inside(operation, argument):
            yield from _groups(inner, number)


def _inside(operation: Any, argument: Any) -> Iterable[Any]:  # noqa: ANN401 - as above
    if operation is sre.SUBPATTERN:
        return [argument[3]]
    if operation in _REPEATS:
        return [argument[2]]
    return argument[1] if operation is sre.BRANCH else []


def _can(parsed: Any, alphabet: frozenset[str]) -> bool:  # noqa: ANN401 - as above
    return all(_can_one(operation, argument, alphabet) for operation, argument in parsed)


def _can_one(operation: Any, argument: Any, alphabet: frozenset[str]) -> bool:  # noqa: ANN401 - as above
    if operation is sre.LITERAL:
        return chr(argument) in alphabet
    if operation is sre.IN:
        return any(_allows(argument)(one) for one in alphabet)
    if operation is sre.BRANCH:
        return any(_can(branch, alphabet) for branch in argument[1])
    if operation is sre.SUBPATTERN:
        return _can(argument[3], alphabet)
    if operation in _REPEATS:
        return argument[0] == 0 or _can(argument[2], alphabet)
    return True


def _allows(members: Iterable[tuple[Any, Any]]) -> Callable[[str], bool]:
    listed = list(members)
    negated = any(operation is sre.NEGATE for operation, _ in listed)
    return lambda one: negated != any(_has(operation, argument, one) for operation, argument in listed)


def _has(operation: Any, argument: Any, one: str) -> bool:  # noqa: ANN401 - as above
    if operation is sre.LITERAL:
        return ord(one) == int(argument)
    if operation is sre.RANGE:
        return bool(argument[0] <= ord(one) <= argument[1])
    return operation is sre.CATEGORY and argument in _CLASSES and _CLASSES[argument](one)
