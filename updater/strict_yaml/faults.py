"""To collect what is wrong with a config, each fault once, in the order found. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from updater.errors import ConfigError


class Faults:
    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """A setting that many apps share has one fault, not many."""
        self._found.setdefault(sentence)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        if self._found:
            raise ConfigError(*self._found)


def unknown_word(noun: str, word: str, known: Iterable[str]) -> str:
    """`unknown gate 'soek': did you mean soak?`."""
    possible = list(known)
    close = difflib.get_close_matches(word, possible, n=1)
    if close:
        return f"unknown {noun} {word!r}: did you mean {close[0]}?"
    listed = f"possible here: {', '.join(possible)}" if possible else "there is none"
    return f"unknown {noun} {word!r}: {listed}"
