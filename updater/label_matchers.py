"""To read and write the matchers of labels that PromQL and Alertmanager have: `pod=~"shop-.*"`. Pure.

A value may hold `{app}`, which stands for the name of an app: never for a part of an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, cast

from updater.value_class import value_class

APP = "{app}"
Operator: TypeAlias = Literal["=", "!=", "=~", "!~"]

_MATCHER = re.compile(
    r"""\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<operator>=~|!~|!=|=)\s*
    (?P<value>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*(?P<comma>,|$)""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST = 0x10FFFF
"""Of the characters there are."""
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
"""What means something in a regular expression of RE2."""


@value_class
class LabelMatcher:
    name: str
    operator: Operator
    value: str
    """As it is meant, without quotes and escapes."""

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{quoted(self.value)}"

    @property
    def is_of_app(self) -> bool:
        return APP in self.value

    @property
    def is_expression(self) -> bool:
        return self.operator in {"=~", "!~"}


def parse(text: str) -> tuple[LabelMatcher, ...]:
    """What stands between the braces of a selector. Raises ValueError with a sentence."""
    return tuple(_parsed(text))


def _parsed(text: str) -> Iterator[LabelMatcher]:
    at = 0
    while text[at:].strip():
        match = _MATCHER.match(text, at)
        if match is None:
            here = text[at:].lstrip()
            raise ValueError(
                f"character {len(text) - len(here) + 1}: {here.rstrip()[:40]!r} is no matcher of a label: "
                'write them like namespace="prod", pod=~"{app}-.*"'
            )
        operator = cast("Operator", match["operator"])
        yield LabelMatcher(match["name"], operator, _unquoted(match["value"]))
        at = match.end()


def filled(matchers: Sequence[LabelMatcher], app: str) -> tuple[LabelMatcher, ...]:
    """With that app's name, which matches nothing but itself."""
    return tuple(
        replace(each, value=each.value.replace(APP, literal(app) if each.is_expression else app))
        for each in matchers
    )


def filled_any(matchers: Sequence[LabelMatcher], apps: Sequence[str]) -> tuple[LabelMatcher, ...]:
    """What matches all that any of these apps does, and perhaps more."""
    return tuple(_any(each, apps) for each in matchers if not (each.is_of_app and each.operator[0] == "!"))


def _any(matcher: LabelMatcher, apps: Sequence[str]) -> LabelMatcher:
    if not matcher.is_of_app:
        return matcher
    names = f"(?:{'|'.join(map(literal, apps))})"
    parts = matcher.value.split(APP)
    return LabelMatcher(
        matcher.name, "=~", names.join(parts if matcher.is_expression else map(literal, parts))
    )


def quoted(text: str) -> str:
    """As a string of PromQL."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{plain}"'


def literal(text: str) -> str:
    """As a regular expression that matches just that."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _unquoted(written: str) -> str:
    inner = written[1:-1]
    return inner if written[0] == "`" else _ESCAPED.sub(_meant, inner)


def _meant(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is not None:
        number = int(code, 16)
        if number > _LAST:
            raise ValueError(f"{match[0]!r} is no character")
        return chr(number)
    letter = match[4]
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter not in "\\\"'":
        raise ValueError(f"{match[0]!r} means nothing in a string of PromQL: a backslash is written \\\\")
    return cast("str", letter)
