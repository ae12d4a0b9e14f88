"""What a pattern in plain text is made of, and the regular expression that this makes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from updater.schemes.parts import PartKind
from updater.value_class import value_class


@value_class
class Field:
    """A part where it stands in a pattern, and the group that holds its text."""

    part: PartKind
    group: str


@value_class
class Piece:
    """Of a plain pattern: a part, or text that stands in the tag as it is."""

    field: Field | None
    text: str
    bracket: int
    """The number of the bracket around it, from 1 on; 0: it is always there."""

    @property
    def is_optional(self) -> bool:
        return self.bracket > 0


def compiled(pieces: Sequence[Piece]) -> re.Pattern[str]:
    whole = ""
    for bracket, group in groupby(pieces, key=lambda piece: piece.bracket):
        shape = "".join(map(_shape, group))
        whole += f"(?:{shape})?" if bracket else shape
    return re.compile(whole, re.ASCII)


def _shape(piece: Piece) -> str:
    if piece.field is None:
        return re.escape(piece.text)
    return f"(?P<{piece.field.group}>{piece.field.part.shape})"


def without(pieces: Sequence[Piece], field: Field) -> re.Pattern[str]:
    """The text before a part goes with it: the dash of `-{variant}`."""
    at = next(number for number, piece in enumerate(pieces) if piece.field == field)
    text_before = at > 0 and pieces[at - 1].field is None
    text_behind = not text_before and at + 1 < len(pieces) and pieces[at + 1].field is None
    return compiled([*pieces[: at - text_before], *pieces[at + 1 + text_behind :]])
