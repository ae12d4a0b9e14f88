"""To read the part of PromQL that the sandbox knows: selectors, a few functions, `or`. Pure.

Whatever else is written is refused, as Prometheus refuses what it cannot read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

FUNCTIONS = frozenset(
    {
        "label_replace",
        "count_over_time",
        "min_over_time",
        "max_over_time",
        "timestamp",
        "vector",
        "sum",
        "max",
        "min",
        "count",
    }
)
_TOKEN = re.compile(
    r"""(?P<blank>(?:\s+|\#[^\n]*))|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<duration>[0-9]+(?:ms|[smhdwy])(?:[0-9]+(?:ms|[smhdwy]))*)|(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<name>[a-zA-Z_][a-zA-Z0-9_:]*)|(?P<sign>=~|!~|!=|=|[(){}\[\],:])""",
    re.VERBOSE,
)
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class NotRead(ValueError):
    """A sentence as Prometheus says it."""


@dataclass(frozen=True, slots=True)
class Matcher:
    name: str
    operator: str
    value: str

    def holds(self, value: str) -> bool:
        if self.operator in {"=", "!="}:
            return (value == self.value) == (self.operator == "=")
        return (re.fullmatch(self.value, value, re.DOTALL) is not None) == (self.operator == "=~")


@dataclass(frozen=True, slots=True)
class Selector:
    matchers: tuple[Matcher, ...]
    offset: float = 0


@dataclass(frozen=True, slots=True)
class Range:
    """Of raw samples; with a step, of what an expression says over and over."""

    of: Expression
    seconds: float
    step: float | None = None
    offset: float = 0


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    sides: tuple[Expression, ...]


Expression: TypeAlias = "Selector | Range | Call | Or | str | float"


def parse(text: str) -> Expression:
    """Raises NotRead."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Expression:
        found = self._expression()
        if self._at < len(self._tokens):
            raise NotRead(f"1:{self._place()}: parse error: unexpected {self._peek()!r}")
        return found

    def _expression(self) -> Expression:
        sides = [self._with_range(self._operand())]
        while self._peek() == "or":
            self._next()
            sides.append(self._with_range(self._operand()))
        return Or(tuple(sides)) if len(sides) > 1 else sides[0]

    def _operand(self) -> Expression:
        kind, text = self._next()
        if kind in {"string", "number"}:
            return _meant(text) if kind == "string" else float(text)
        if text == "(":
            found = self._expression()
            self._expect(")")
            return found
        if kind == "name" and self._peek() == "(" and text in FUNCTIONS:
            return Call(text, self._arguments())
        if text == "{":
            self._at -= 1
            return Selector(self._braces())
        if kind == "name" and self._peek() != "(":
            return Selector((Matcher("__name__", "=", text), *self._braces()))
        raise NotRead(f"1:{self._place()}: parse error: unexpected {text!r}, which the sandbox does not know")

    def _with_range(self, found: Expression) -> Expression:
        seconds = step = None
        if self._peek() == "[":
            self._next()
            seconds = self._duration()
            if self._peek() == ":":
                self._next()
                step = self._duration()
            self._expect("]")
        offset = 0.0
        if self._peek() == "offset":
            self._next()
            offset = self._duration()
        if seconds is not None:
            if step is None and not isinstance(found, Selector):
                raise NotRead(f"1:{self._place()}: parse error: ranges only allowed for vector selectors")
            return Range(found, seconds, step, offset)
        return Selector(found.matchers, offset) if isinstance(found, Selector) else found

    def _arguments(self) -> tuple[Expression, ...]:
        self._expect("(")
        found = [self._expression()]
        while self._peek() == ",":
            self._next()
            found.append(self._expression())
        self._expect(")")
        return tuple(found)

    def _braces(self) -> tuple[Matcher, ...]:
        found = list[Matcher]()
        if self._peek() != "{":
            return ()
        self._next()
        while self._peek() != "}":
            name, operator, value = (self._next()[1] for _ in range(3))
            if operator not in {"=", "!=", "=~", "!~"} or value[0] not in "\"'`":
                raise NotRead(f"1:{self._place()}: parse error: unexpected {value!r} in label matching")
            found.append(Matcher(name, operator, _meant(value)))
            if self._peek() == ",":
                self._next()
        self._next()
        return tuple(found)

    def _duration(self) -> float:
        kind, text = self._next()
        if kind != "duration":
            raise NotRead(f"1:{self._place()}: parse error: unexpected {text!r}, expected duration")
        parts = re.findall(r"([0-9]+)(ms|[smhdwy])", text)
        return sum(int(number) * _UNITS[unit] for number, unit in parts)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise NotRead(f"1:{self._place()}: parse error: unexpected end of input")
        self._at += 1
        kind, text, _ = self._tokens[self._at - 1]
        return kind, text

    def _expect(self, wanted: str) -> None:
        found = self._next()[1]
        if found != wanted:
            raise NotRead(f"1:{self._place()}: parse error: unexpected {found!r}, expected {wanted!r}")

    def _place(self) -> int:
        return self._tokens[min(self._at, len(self._tokens)) - 1][2] if self._tokens else 1


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, at = list[tuple[str, str, int]](), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotRead(f"1:{at + 1}: parse error: unexpected character: {text[at]!r}")
        if match.lastgroup != "blank":
            found.append((match.lastgroup or "", match[0], at + 1))
        at = match.end()
    return found


def _meant(written: str) -> str:
    inner = written[1:-1]
    if written[0] == "`":
        return inner
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), inner)
