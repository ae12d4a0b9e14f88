"""Which known name somebody most likely meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest

_TELLING = 3
"""So many letters of a beginning say something."""
_COMPARED = 200
"""Names that are compared letter by letter, which takes its time: anybody may ask for a page."""


def near_name(word: str, known: Iterable[str]) -> str | None:
    """The one most alike, or else the only one that begins so. The same each time."""
    names = sorted(known)
    if close := get_close_matches(word, _likely(word, names), n=1):
        return close[0]
    begun = [name for name in names if name.startswith(word)] if len(word) >= _TELLING else []
    return begun[0] if len(begun) == 1 else None


def _likely(word: str, names: list[str]) -> list[str]:
    """Those that have the most pairs of letters in common with it."""
    if len(names) <= _COMPARED:
        return names
    pairs = _pairs(word)
    return nlargest(_COMPARED, names, key=lambda name: len(pairs & _pairs(name)))


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}
