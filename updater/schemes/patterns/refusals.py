"""What is refused of a pattern: what matches no tag, cannot be told apart, or can never order. Pure.

Each raises ValueError in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from updater.schemes.parts import PartKind, names
from updater.schemes.patterns.pattern import Pattern
from updater.schemes.patterns.pieces import Field, Piece
from updater.schemes.patterns.units import DATE, HALF_DAY, HOUR, UNITS, weights_of, weights_said
from updater.schemes.reachable import LONGEST_TAG, no_tag_has

_HEX = re.compile("[0-9a-f]*")
_OPEN_PARTS = 2
"""Parts that may hold any character of a tag: with more of them, to read one tag could take long."""
_BRACKETS = 8
"""What may lack, in so many places: each more could double the time that a tag takes."""


# --- of plain text ---------------------------------------------------------------------------------------


def refuse_unmatchable(text: str, pieces: Sequence[Piece]) -> None:
    odd = next((odd for piece in pieces if (odd := no_tag_has(piece.text))), None)
    if odd is not None:
        raise ValueError(
            f"{text!r} matches no tag: {odd!r} stands in none. It is plain text with parts in braces; a "
            "regular expression names its groups, as in (?P<number>[0-9]+)"
        )
    if text.startswith((".", "-")) or _shortest(pieces) > LONGEST_TAG:
        raise ValueError(f"{text!r} matches no tag: none begins with a dot or a dash, or has 128 letters")


def _shortest(pieces: Sequence[Piece]) -> int:
    needed = (piece for piece in pieces if not piece.is_optional)
    return sum(len(piece.text) or (piece.field.part.width or 1 if piece.field else 0) for piece in needed)


def refuse_unclear(text: str, pieces: Sequence[Piece]) -> None:
    """Where nothing tells the end of a part, or so many are open that reading takes long."""
    for one, between, other in _neighbours(pieces):
        if not _is_told_from(one.part, between):
            raise ValueError(
                f"in {text!r} nothing tells where {names([one.part])} ends and {names([other.part])} begins: "
                "write what stands between them"
            )
    opened = [piece.field.part for piece in pieces if piece.field and piece.field.part.is_open]
    if len(opened) > _OPEN_PARTS:
        raise ValueError(
            f"{text!r} names {len(opened)} parts that may hold anything ({names(opened)}): two are the most"
        )
    brackets = max((piece.bracket for piece in pieces), default=0)
    if brackets > _BRACKETS:
        raise ValueError(f"{text!r} has {brackets} brackets around what may lack: {_BRACKETS} are the most")


def _neighbours(pieces: Sequence[Piece]) -> Iterator[tuple[Field, str, Field]]:
    """Two parts and the text between them, as they are written, and without what may lack."""
    for each in (pieces, [piece for piece in pieces if not piece.is_optional]):
        before, between = None, ""
        for piece in each:
            if piece.field is None:
                between += piece.text
                continue
            if before is not None:
                yield before, between, piece.field
            before, between = piece.field, ""


def _is_told_from(part: PartKind, between: str) -> bool:
    """Its width tells its end, or the text behind it does: no digits behind a number."""
    if part.width is not None or _stands_alone(part):
        return True
    held = (part.name == "sha" and _HEX.fullmatch(between)) or (part.role == "number" and between.isdigit())
    return bool(between) and not held


def _stands_alone(part: PartKind) -> bool:
    """Two digits where a digit stands beside it: see the shape of a month."""
    return part.name in {"month", "day", "hour", "minute", "second", "%b"}


# --- what cannot order ----------------------------------------------------------------------------------


def refuse_doubles(found: Pattern) -> None:
    said = [field.part.name for field in found.fields if field.part.name not in {"number", "any", "sha"}]
    double = next((name for name in said if said.count(name) > 1), None)
    weights = [weight for field in found.of("time") for weight in weights_of(field.part)]
    unit = next((UNITS[weight] for weight in weights if weights.count(weight) > 1), None)
    if double or unit:
        raise ValueError(f"{found.text!r} says one thing twice: name the {double or unit} once")


def refuse_gaps(found: Pattern) -> None:
    """A month without its year, or minutes without their hour, do not order anything."""
    times = found.of("time")
    covered = weights_said(times)
    whole = found.is_dated or covered <= {0, 1}
    clock = sorted(covered - DATE - {HALF_DAY})
    gap = covered and (0 not in covered or clock != list(range(HOUR, HOUR + len(clock))))
    if covered and (not whole or gap or (clock and not found.is_dated)):
        raise ValueError(
            f"{found.text!r} names no whole date: it needs a year with a month and a day, and hours before "
            "minutes before seconds; or name the parts {number} where they are no time"
        )
    if found.is_dated and found.pieces and not _reads_itself(times):
        said = " ".join(field.part.unit for field in times)
        raise ValueError(f"{found.text!r} names units that make no date together: {said}")


def _reads_itself(times: Sequence[Field]) -> bool:
    units = " ".join(field.part.unit for field in times)
    if units == "s":
        return True
    try:
        datetime.strptime(datetime(2026, 11, 30, 13, 14, 15).strftime(units), units)  # noqa: DTZ001, DTZ007
    except ValueError:
        return False
    return True
