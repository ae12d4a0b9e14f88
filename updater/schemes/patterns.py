"""A pattern that names the parts of a tag: plain text, `{date}-{time}-{sha}`, or a regular expression. Pure.

Both become one value, and each part has one role. What can never order a tag, or match one, is a ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import groupby

from updater.schemes.parts import (
    DIRECTIVES,
    PARTS,
    PartKind,
    Role,
    names,
    part_of,
    resembles_a_part,
    unknown_part,
)
from updater.schemes.reachable import (
    LONGEST_TAG,
    group_has_room,
    group_holds_digits,
    matches_some_tag,
    may_take_for_ever,
    no_tag_has,
)
from updater.value_class import value_class

_PIECE = re.compile(
    r"\{(?P<name>[^{}]*)\}|(?P<directive>%.?)|(?P<bracket>[][])|(?P<text>[^][{}%]+)|(?P<odd>.)", re.DOTALL
)
_WORD = re.compile("[A-Za-z]{2,}|[0-9]+")
_NAMED = re.compile(r"\{[A-Za-z_]")
_ORDERING: frozenset[Role] = frozenset({"version", "time", "number"})
_HEX = re.compile("[0-9a-f]*")
_OPEN_PARTS = 2
"""Parts that may hold any character of a tag: with more of them, to read one tag could take long."""
_BRACKETS = 8
"""What may lack, in so many places: each more could double the time that a tag takes."""
_DAY, _HOUR = 2, 4
_WHOLE_DATE = frozenset(range(_DAY + 1))
_GROWING = frozenset({"%Y%m%d", "%H%M%S", "%Y", "%m", "%d", "%j", "%H", "%M", "%S"})
"""The units whose digits grow with the time, where they are always as many."""
_UNITS = ("year", "month", "day", "half of the day", "hour", "minute", "second", "decimals")
"""What is meant by the weight of a time's part."""


@value_class
class Field:
    """A part where it stands in a pattern, and the group that holds its text."""

    part: PartKind
    group: str


@value_class
class _Piece:
    """Of a plain pattern: a part, or text that stands in the tag as it is."""

    field: Field | None
    text: str
    bracket: int
    """The number of the bracket around it, from 1 on; 0: it is always there."""

    @property
    def is_optional(self) -> bool:
        return self.bracket > 0


@dataclass(frozen=True)
class Pattern:
    text: str
    regex: re.Pattern[str]
    """Of the whole tag."""
    fields: tuple[Field, ...]
    """In the order they are written."""
    pieces: tuple[_Piece, ...] = ()
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
            if self.pieces and _without(self.pieces, field).fullmatch(tag):
                return field.part
        return None


def _kind(block: Sequence[Field]) -> Role:
    return "version" if block[0].part.role == "version" else "number"


def _grows_as_text(part: PartKind) -> bool:
    return part.width is not None and part.unit in _GROWING


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def is_plain(text: str) -> bool:
    """It names parts in braces, and is no regular expression."""
    return _NAMED.search(text) is not None and "(?P<" not in text


def has_directives(text: str) -> bool:
    return any(directive in text for directive in DIRECTIVES)


def has_groups(text: str) -> bool:
    return "(?P<" in text


@lru_cache(maxsize=256)
def pattern_of(text: str) -> Pattern:
    """Raises ValueError in one sentence."""
    found = _plain(text) if is_plain(text) or not has_groups(text) else _expression(text)
    _refuse_doubles(found)
    _refuse_gaps(found)
    return found


def ordering(text: str) -> Pattern:
    """One that orders tags. Raises ValueError."""
    found = pattern_of(text)
    if found.follows is None:
        those = names(part for part in PARTS.values() if part.role in {"version", "time", "number"})
        what = f"nothing in {text!r}"
        if not found.fields and found.regex.groupindex:
            unknown = next(iter(found.regex.groupindex))
            what = f"{text!r} names a part {unknown!r}, which nobody knows here, and nothing in it"
        raise ValueError(
            f"{what} orders tags: name a part that grows ({those}), "
            "or follow `created`, which goes by when their images were created"
        )
    return found


# --- plain text -----------------------------------------------------------------------------------------


def _plain(text: str) -> Pattern:
    pieces = tuple(_pieces(text))
    _refuse_unmatchable(text, pieces)
    _refuse_unclear(text, pieces)
    fields = tuple(piece.field for piece in pieces if piece.field is not None)
    return Pattern(text, _compiled(pieces), fields, pieces)


def _pieces(text: str) -> Iterator[_Piece]:
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
            yield _Piece(_field(match, number, text), match["text"] or "", bracket)
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


def _refuse_unmatchable(text: str, pieces: Sequence[_Piece]) -> None:
    odd = next((odd for piece in pieces if (odd := no_tag_has(piece.text))), None)
    if odd is not None:
        raise ValueError(
            f"{text!r} matches no tag: {odd!r} stands in none. It is plain text with parts in braces; a "
            "regular expression names its groups, as in (?P<number>[0-9]+)"
        )
    if text.startswith((".", "-")) or _shortest(pieces) > LONGEST_TAG:
        raise ValueError(f"{text!r} matches no tag: none begins with a dot or a dash, or has 128 letters")


def _shortest(pieces: Sequence[_Piece]) -> int:
    needed = (piece for piece in pieces if not piece.is_optional)
    return sum(len(piece.text) or (piece.field.part.width or 1 if piece.field else 0) for piece in needed)


def _refuse_unclear(text: str, pieces: Sequence[_Piece]) -> None:
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


def _neighbours(pieces: Sequence[_Piece]) -> Iterator[tuple[Field, str, Field]]:
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


def _compiled(pieces: Sequence[_Piece]) -> re.Pattern[str]:
    whole = ""
    for bracket, group in groupby(pieces, key=lambda piece: piece.bracket):
        shape = "".join(map(_shape, group))
        whole += f"(?:{shape})?" if bracket else shape
    return re.compile(whole, re.ASCII)


def _shape(piece: _Piece) -> str:
    if piece.field is None:
        return re.escape(piece.text)
    return f"(?P<{piece.field.group}>{piece.field.part.shape})"


def _without(pieces: Sequence[_Piece], field: Field) -> re.Pattern[str]:
    """The text before a part goes with it: the dash of `-{variant}`."""
    at = next(number for number, piece in enumerate(pieces) if piece.field == field)
    text_before = at > 0 and pieces[at - 1].field is None
    text_behind = not text_before and at + 1 < len(pieces) and pieces[at + 1].field is None
    return _compiled([*pieces[: at - text_before], *pieces[at + 1 + text_behind :]])


# --- regular expressions --------------------------------------------------------------------------------


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


def _expression(text: str) -> Pattern:
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


# --- what cannot order ----------------------------------------------------------------------------------


def names_a_date(times: Sequence[Field]) -> bool:
    """A year with its month and day, or an instant."""
    return _covered(times) >= _WHOLE_DATE


def _covered(times: Sequence[Field]) -> frozenset[int]:
    """The weights of the units that are said."""
    return frozenset(weight for field in times for weight in _weights(field.part))


def _weights(part: PartKind) -> tuple[int, ...]:
    if part.name in {"date", "time"}:
        return tuple(range(part.weight, part.weight + 3))
    if part.unit == "s":
        return tuple(range(len(_UNITS)))
    return (1, 2) if part.name == "%j" else (part.weight,)


def _refuse_doubles(found: Pattern) -> None:
    said = [field.part.name for field in found.fields if field.part.name not in {"number", "any", "sha"}]
    double = next((name for name in said if said.count(name) > 1), None)
    weights = [weight for field in found.of("time") for weight in _weights(field.part)]
    unit = next((_UNITS[weight] for weight in weights if weights.count(weight) > 1), None)
    if double or unit:
        raise ValueError(f"{found.text!r} says one thing twice: name the {double or unit} once")


def _refuse_gaps(found: Pattern) -> None:
    """A month without its year, or minutes without their hour, do not order anything."""
    times = found.of("time")
    covered = _covered(times)
    whole = found.is_dated or covered <= {0, 1}
    clock = sorted(covered - _WHOLE_DATE - {_HOUR - 1})
    gap = covered and (0 not in covered or clock != list(range(_HOUR, _HOUR + len(clock))))
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
