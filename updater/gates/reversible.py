"""`reversible`: going back from it is possible. Pure.

It keeps only us from pushing and merging: who wants a migration has to be a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from updater.gates import _image_answers, _source_commits
from updater.model import Case, Question, Ruling
from updater.reasons import Reason

REASON = Reason(
    "reversible",
    "fact",
    "Going back from it has to be possible: where a rollback floor lies between it and what runs, it is "
    "proposed, and only a person merges it; where it would be pushed, only a person orders it.",
    overridable=True,
    asked_of_rollback=False,
)


class Reversible(_source_commits.Switched):
    """`reversible: true`."""

    reason: ClassVar[Reason] = REASON

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.on:
            return next(told(case), self.off())
        missing = _image_answers.image_questions(case)
        if missing:
            return missing
        if case.floors.floors:
            return Ruling(REASON, False, _said(case), proposable=True)
        if case.floors.unread:
            why = f"whether there is a way back from it cannot be said: {case.floors.unread[0]}"
            return Ruling(REASON, False, why, unread=True, proposable=True)
        return Ruling(REASON, True, f"no rollback floor lies between it and {_runs(case)}")


def told(case: Case) -> Iterator[Ruling]:
    """What people have to know before they merge, where the gate is not asked."""
    if case.floors.floors:
        yield Ruling(REASON, True, f"note that once it runs there is {_said(case)}")


def _said(case: Case) -> str:
    return "; ".join(floor.sentence for floor in case.floors.floors)


def _runs(case: Case) -> str:
    return case.own.current.tag if case.own.current else "what runs"
