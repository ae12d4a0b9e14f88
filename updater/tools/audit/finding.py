"""To say what is wrong, where, and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from updater.printable import excerpt

_LONGEST = 500


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    file: str
    line: int
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code}: {self.sentence}"


def quoted(text: str) -> str:
    """What a file or its name says may hold anything: one line of bounded length."""
    return excerpt(text, _LONGEST)
