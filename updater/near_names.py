"""Which known name somebody most likely meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_TELLING = 3
"""So many letters of a beginning say something."""


def near_name(word: str, known: Iterable[str]) -> str | None:
    """The one most alike, or else the only one that begins so. The same each time."""
    names = sorted(known)
    if close := get_close_matches(word, names, n=1):
        return close[0]
    begun = [name for name in names if name.startswith(word)] if len(word) >= _TELLING else []
    return begun[0] if len(begun) == 1 else None
