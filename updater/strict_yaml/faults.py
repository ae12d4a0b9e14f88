"""To collect what is wrong with a config, each fault once, in the order found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.errors import ConfigError
from updater.near_names import near_name


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
    if near := near_name(word, possible):
        return f"unknown {noun} {word!r}: did you mean {near}?"
    listed = f"possible here: {', '.join(possible)}" if possible else "there is none"
    return f"unknown {noun} {word!r}: {listed}"
