"""To read JSON as people write it for tools: with comments, names without quotes, commas at the end. Pure.

Source: https://spec.json5.org/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from updater.value_class import value_class

_TOKEN = re.compile(
    r"""(?P<blank>[\s\ufeff]+|//[^\n]*|/\*.*?\*/)
      | (?P<mark>[{}\[\]:,])
      | (?P<double>"(?:[^"\\\n]|\\.)*")
      | (?P<single>'(?:[^'\\\n]|\\.)*')
      | (?P<word>[-+.\w$]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 50


class NotJson(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(f"is no JSON in line {line}; mend the file")
        self.line = line


@value_class
class Json:
    """A value and its line; `value` is None, a bool, a number, a text, a list or a mapping of these."""

    value: Any
    line: int = 0
    children: Mapping[str, Json] = field(default_factory=dict)

    def get(self, key: str) -> Json:
        return self.children.get(key, Json(None, self.line))

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def items(self) -> tuple[Json, ...]:
        """Of a list; a single value counts as a list of one."""
        if isinstance(self.value, list):
            return tuple(self.value)
        return () if self.value is None else (self,)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.items if one.text)

    def __contains__(self, key: str) -> bool:
        return key in self.children


@dataclass(slots=True)
class _Tokens:
    found: list[tuple[str, str, int]]
    at: int = 0

    def next(self) -> tuple[str, str, int]:
        kind, text, line = self.found[self.at]
        self.at += kind != "end"
        return kind, text, line

    def take(self, mark: str) -> bool:
        found = self.found[self.at][:2] == ("mark", mark)
        self.at += found
        return found


def read_json5(text: str) -> Json:
    """Raises NotJson."""
    tokens = _Tokens([*_tokens(text)])
    whole = _value(tokens, 0)
    kind, _, line = tokens.next()
    if kind != "end":
        raise NotJson(line)
    return whole


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotJson(line)
        if match.lastgroup != "blank":
            yield match.lastgroup or "", match[0], line
        line += match[0].count("\n")
        at = match.end()
    yield "end", "", line


def _value(tokens: _Tokens, depth: int) -> Json:
    kind, text, line = tokens.next()
    if depth > _DEEPEST:
        raise NotJson(line)
    if text == "{" and kind == "mark":
        return _mapping(tokens, line, depth + 1)
    if text == "[" and kind == "mark":
        return _list(tokens, line, depth + 1)
    if kind in {"double", "single"}:
        return Json(_unescaped(text), line)
    if kind == "word":
        return Json(_plain(text, line), line)
    raise NotJson(line)


def _mapping(tokens: _Tokens, line: int, depth: int) -> Json:
    children = dict[str, Json]()
    while not tokens.take("}"):
        kind, text, at = tokens.next()
        if kind not in {"double", "single", "word"} or not tokens.take(":"):
            raise NotJson(at)
        children[text if kind == "word" else _unescaped(text)] = _value(tokens, depth)
        if not tokens.take(",") and tokens.found[tokens.at][1] != "}":
            raise NotJson(tokens.found[tokens.at][2])
    return Json({}, line, children)


def _list(tokens: _Tokens, line: int, depth: int) -> Json:
    items = list[Json]()
    while not tokens.take("]"):
        items.append(_value(tokens, depth))
        if not tokens.take(",") and tokens.found[tokens.at][1] != "]":
            raise NotJson(tokens.found[tokens.at][2])
    return Json(items, line)


def _plain(text: str, line: int) -> Any:  # noqa: ANN401 - what stands there
    if text in _WORDS:
        return _WORDS[text]
    try:
        return float(text) if any(one in text for one in ".eE") else int(text, 0)
    except ValueError:
        raise NotJson(line) from None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _meant(match[1]), text[1:-1])


def _meant(escape: str) -> str:
    if escape[0] in "ux" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _ESCAPED.get(escape, escape)
