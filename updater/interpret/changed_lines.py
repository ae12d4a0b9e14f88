"""Which lines a commit changed in a file, where it changed nothing but values. Pure.

Reading every version of a file that many apps share would cost its length for each app and each bump; but
most commits change a value on a line of its own, and then every other pin says what it said before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_VALUE = re.compile(
    rb"(?P<before>\s*(?:(?:-\s+)?(?P<key>newTag|tag|digest)\s*:\s+|(?P<item>-\s+)?(?:export\s+)?[A-Za-z_][\w.-]*=))"
    rb"(?P<quote>[\"']?)(?P<value>\w[\w.@:+-]*)(?P=quote)\s*(?:\s#.*)?"
)
_PLAIN = re.compile(rb"[\w.+-]+")
_NOTHING = frozenset({b"null", b"Null", b"NULL"})

ChangedPins = Mapping[int, str | None]
"""By the number of a line, from 1, the tag that now stands there; None: the line alone does not tell."""


def changed_pins(old: bytes, new: bytes) -> ChangedPins | None:
    """The lines whose value changed; None where anything else did."""
    before, after = old.split(b"\n"), new.split(b"\n")
    if len(before) != len(after):
        return None
    pairs = enumerate(zip(before, after, strict=True), 1)
    changed = {number: lines for number, lines in pairs if lines[0] != lines[1]}
    if not all(_only_the_value(*lines) for lines in changed.values()):
        return None
    return {number: _tag(lines[1]) for number, lines in changed.items()}


def _only_the_value(old: bytes, new: bytes) -> bool:
    one, other = _VALUE.fullmatch(old), _VALUE.fullmatch(new)
    return one is not None and other is not None and one["before"] == other["before"]


def _tag(line: bytes) -> str | None:
    match = _VALUE.fullmatch(line)
    if match is None or match["key"] == b"digest" or match["item"] or match["value"] in _NOTHING:
        return None
    return match["value"].decode("ascii", "ignore") if _PLAIN.fullmatch(match["value"]) else None
