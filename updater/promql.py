"""To read PromQL as far as it takes to fill names in: where each stands, and what has to be escaped. Pure.

Whether a query means anything only Prometheus can say; `updater doctor` asks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from updater.label_matchers import literal, quoted
from updater.value_class import value_class

Context: TypeAlias = Literal["plain", "text", "expression", "raw", "raw expression"]
"""Outside quotes; in a string; in one that is a regular expression; and the same between backquotes."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
      | (?P<field>\{[a-z]+\})
      | (?P<operator>=~|!~|!=|==|=)
      | (?P<open>[({\[]) | (?P<close>[)}\]])
      | (?P<word>[A-Za-z_:][A-Za-z0-9_:]*)
      | (?P<other>[^"'`])""",
    re.VERBOSE,
)
_FIELD = re.compile(r"\{([a-z]+)\}")
_WORD = re.compile(r"[A-Za-z0-9_:]*")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_REGULAR = {"=~", "!~"}


@value_class
class _Token:
    kind: str
    text: str
    at: int
    """Counted from 1."""


def check(query: str) -> None:
    """Raises ValueError where quotes, brackets or braces do not match; it says at which character."""
    if not query.strip():
        raise ValueError("it is empty: write a query of PromQL")
    opened = list[_Token]()
    for token in _tokens(query):
        if token.kind == "open":
            opened.append(token)
        elif token.kind == "close":
            if not opened or _PAIRS[opened[-1].text] != token.text:
                raise ValueError(f"character {token.at}: {token.text} closes nothing that was opened")
            opened.pop()
    if opened:
        raise ValueError(f"character {opened[-1].at}: {opened[-1].text} is never closed")


def fields(query: str) -> tuple[str, ...]:
    """The names in braces that it has. Raises ValueError as `check`."""
    return tuple(name for token in _tokens(query) for name in _FIELD.findall(_searched(token)))


def fill(query: str, values: Mapping[str, str]) -> str:
    """With `{name}` filled in, escaped for where it stands; names that are not given stay.

    Raises ValueError where a value cannot stand there, or quotes do not match.
    """
    told, before = list[str](), ""
    for token in _tokens(query):
        context = _context(token, before)
        told.append(_filled(token, values, context))
        before = before if token.kind == "blank" else token.text
    return "".join(told)


def _filled(token: _Token, values: Mapping[str, str], context: Context) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        return escape(values[name], context) if name in values else match[0]

    return _FIELD.sub(value_of, token.text) if _searched(token) else token.text


def _searched(token: _Token) -> str:
    return token.text if token.kind in {"text", "field"} else ""


def _context(token: _Token, before: str) -> Context:
    if token.kind != "text":
        return "plain"
    expression = before in _REGULAR
    if token.text.startswith("`"):
        return "raw expression" if expression else "raw"
    return "expression" if expression else "text"


def escape(value: str, context: Context) -> str:
    """So that it means itself there. Raises ValueError where it cannot."""
    if context == "plain":
        if not _WORD.fullmatch(value):
            raise ValueError(f"{value!r} cannot stand outside quotes: write it into the value of a label")
        return value
    if context in {"expression", "raw expression"}:
        value = literal(value)
    if context in {"raw", "raw expression"}:
        if "`" in value:
            raise ValueError(f"{value!r} cannot stand between backquotes: use double quotes")
        return value
    return quoted(value)[1:-1].replace("'", "\\'")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"character {at + 1}: {text[at]} begins a text that never ends")
        yield _Token(match.lastgroup or "other", match[0], at + 1)
        at = match.end()
