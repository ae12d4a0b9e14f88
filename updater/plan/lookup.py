"""Answers that remember what was asked and is not known: the cycle reads that, and plans again. Pure.

So no function has to say beforehand what another one will ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater.model import Answer, Question


class Lookup(Mapping[Question, Answer]):
    """What is known, as any mapping has it; `missed` grows with each question that is not among it."""

    def __init__(self, known: Mapping[Question, Answer]) -> None:
        self._known = known
        self.missed: set[Question] = set()

    def __getitem__(self, question: Question) -> Answer:
        if question not in self._known:
            self.missed.add(question)
        return self._known[question]

    def __iter__(self) -> Iterator[Question]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
