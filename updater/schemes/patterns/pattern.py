"""A pattern, however it is written: what it orders tags by, and what of them has to stay the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from updater.schemes.parts import PartKind, Role
from updater.schemes.patterns.pieces import Field, Piece, without
from updater.schemes.patterns.units import names_a_date

_WORD = re.compile("[A-Za-z]{2,}|[0-9]+")
_GROWING = frozenset({"%Y%m%d", "%H%M%S", "%Y", "%m", "%d", "%j", "%H", "%M", "%S"})
"""The units whose digits grow with the time, where they are always as many."""


@dataclass(frozen=True)
class Pattern:
    text: str
    regex: re.Pattern[str]
    """Of the whole tag."""
    fields: tuple[Field, ...]
    """In the order they are written."""
    pieces: tuple[Piece, ...] = ()
    """None of a regular expression."""

    def of(self, role: Role) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.part.role == role)

    @cached_property
    def words(self) -> frozenset[str]:
        """Of letters or of digits, as they stand in each tag; a single letter, such as a `v`, is none."""
        texts = (piece.text for piece in self.pieces if piece.field is None and not piece.is_optional)
        return frozenset(word for text in texts for word in words_of(text))

    @cached_property
    def is_dated(self) -> bool:
        """It bears a time: at least a whole date. A year and a month alone are numbers that grow."""
        return names_a_date(self.of("time"))

    @cached_property
    def orders(self) -> tuple[tuple[Role, tuple[Field, ...]], ...]:
        """What orders tags, the most important first: as written, but a date from the year down."""
        slots: list[tuple[Role, tuple[Field, ...]]] = []
        for field in self.fields:
            block = self._block(field)
            if block and block[0] not in {slot[0] for _, slot in slots if slot}:
                slots.append(
                    ("time" if block[0].part.role == "time" and self.is_dated else _kind(block), block)
                )
        return tuple(slots)

    def _block(self, field: Field) -> tuple[Field, ...]:
        """The fields that are read as one thing together with this one."""
        part = field.part
        if part.role == "time" or (part.role == "number" and part.name != "number"):
            alike = (one for one in self.of(part.role) if one.part.name != "number")
            return tuple(sorted(alike, key=lambda one: one.part.weight))
        return (field,) if part.role in {"version", "number"} else ()

    @property
    def follows(self) -> Role | None:
        """What counts first of what it names; None: nothing orders."""
        return self.orders[0][0] if self.orders else None

    def order(self, lead: Role | None) -> tuple[tuple[Role, tuple[Field, ...]], ...]:
        """The same, with what a scheme goes by before the rest."""
        return tuple(sorted(self.orders, key=lambda slot: slot[0] != lead))

    def sorts_by_text(self, lead: Role | None) -> bool:
        """Widths are fixed, and what counts more stands first, up to the last part that orders."""
        wanted = [field for _, fields in self.order(lead) for field in fields]
        for piece in self.pieces:
            if not wanted:
                return True
            if piece.field is None and not piece.is_optional:
                continue
            if piece.field != wanted[0] or piece.is_optional or not _grows_as_text(piece.field.part):
                return False
            wanted.pop(0)
        return not wanted and bool(self.pieces)

    def lacks(self, tag: str) -> PartKind | None:
        """The part that has to stay the same, and that a tag lacks which would match without it."""
        for field in self.of("same"):
            if self.pieces and without(self.pieces, field).fullmatch(tag):
                return field.part
        return None


def _kind(block: Sequence[Field]) -> Role:
    return "version" if block[0].part.role == "version" else "number"


def _grows_as_text(part: PartKind) -> bool:
    return part.width is not None and part.unit in _GROWING


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)
