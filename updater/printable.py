"""Text from outside, made fit to be shown: no escape of a terminal, nothing that turns a line. Pure."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"\s+")
_OF_JSON = re.compile(r"[^\n\x20-\x7e]")


def printable(text: str) -> str:
    r"""The text as one line: line breaks and tabs become a blank, what cannot be seen an escape (`\x1b`)."""
    return text if text.isprintable() else "".join(map(_shown, _BLANKS.sub(_narrowed, text)))


def excerpt(text: str, longest: int) -> str:
    """What a file or its name says, which may be anything: one line of bounded length."""
    return printable(text) if len(text) <= longest else f"{printable(text[:longest])}…"


def printable_json(document: str) -> str:
    """A JSON document, in whose strings what cannot be seen is escaped: it means the same."""
    return _OF_JSON.sub(lambda found: _escaped(found[0]), document)


def _narrowed(found: re.Match[str]) -> str:
    """Blanks alone stay as they are. Each run is looked at once, since anybody may write as many."""
    return " " if found[0].strip(" ") else found[0]


def _shown(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
