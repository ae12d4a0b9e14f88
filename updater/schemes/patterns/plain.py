"""To read a pattern in plain text, such as `{date}-{time}-{sha}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.schemes.parts import DIRECTIVES, PARTS, unknown_part
from updater.schemes.patterns.pattern import Pattern
from updater.schemes.patterns.pieces import Field, Piece, compiled
from updater.schemes.patterns.refusals import refuse_unclear, refuse_unmatchable

_PIECE = re.compile(
    r"\{(?P<name>[^{}]*)\}|(?P<directive>%.?)|(?P<bracket>[][])|(?P<text>[^][{}%]+)|(?P<odd>.)", re.DOTALL
)


def plain(text: str) -> Pattern:
    """Raises ValueError in one sentence."""
    pieces = tuple(_pieces(text))
    refuse_unmatchable(text, pieces)
    refuse_unclear(text, pieces)
    fields = tuple(piece.field for piece in pieces if piece.field is not None)
    return Pattern(text, compiled(pieces), fields, pieces)


def _pieces(text: str) -> Iterator[Piece]:
    bracket, count = 0, 0
    for number, match in enumerate(_PIECE.finditer(text)):
        if match["bracket"]:
            if (bracket > 0) == (match["bracket"] == "["):
                raise ValueError(
                    f"{text!r} has a bracket too many: one [ and one ] stand around what may lack"
                )
            count += bracket == 0
            bracket = 0 if bracket else count
        elif match["odd"]:
            raise ValueError(f"{text!r} has a single {match['odd']}: a part stands in two, as {{date}}")
        else:
            yield Piece(_field(match, number, text), match["text"] or "", bracket)
    if bracket:
        raise ValueError(f"{text!r} has a [ without its ]")


def _field(match: re.Match[str], number: int, text: str) -> Field | None:
    if match["text"]:
        return None
    name = match["name"] if match["name"] is not None else match["directive"]
    part = DIRECTIVES.get(name) if match["directive"] else PARTS.get(name)
    if part is None and match["directive"]:
        raise ValueError(f"{text!r}: {name} is not understood here: {' '.join(DIRECTIVES)} are")
    if part is None:
        raise unknown_part(name, text)
    return Field(part, f"p{number}")
