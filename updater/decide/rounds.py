"""Decisions of one pass, from one round of questions to the next. Pure but for its memory.

What a decision looked for among the answers is written down, found or not; until one of these changes, to
decide anew would say the same. So a new tag of one app costs the others no second decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

from updater.model import Answer, Decision, Needs, Placement, Question
from updater.situation import PlacementState, Situation


class HeardAnswers(Mapping[Question, Answer]):
    """Answers as any mapping has them; `heard` is what was looked for among them, found or not."""

    def __init__(self, known: Mapping[Question, Answer]) -> None:
        self._known = known
        self.heard: set[Question] = set()
        self.all_heard = False
        """Somebody went through all of them, or counted them."""

    def begin(self) -> None:
        self.heard, self.all_heard = set(), False

    def __getitem__(self, question: Question) -> Answer:
        self.heard.add(question)
        return self._known[question]

    def __contains__(self, question: object) -> bool:
        self.heard.add(question)  # type: ignore[arg-type]
        return question in self._known

    def __iter__(self) -> Iterator[Question]:
        self.all_heard = True
        return iter(self._known)

    def __len__(self) -> int:
        self.all_heard = True
        return len(self._known)

    def get(self, question: Question, default: Any = None) -> Any:  # noqa: ANN401 - as of any mapping
        """As Mapping has it, which would raise and catch for each that is not there."""
        self.heard.add(question)
        return self._known.get(question, default)

    def keys(self) -> KeysView[Question]:
        return _HeardQuestions(self)


class _HeardQuestions(KeysView[Question]):
    def __ge__(self, asked: Iterable[object]) -> bool:
        """`asked <= answers.keys()` without counting them first, which would be to look at all."""
        return all(question in self for question in asked)


class _Decided(NamedTuple):
    answer: Decision | Needs
    heard: frozenset[Question]


class Rounds:
    """What was decided in the last round. It may vanish at any time: it saves work."""

    def __init__(self) -> None:
        self._situation: Situation | None = None
        self._answers = HeardAnswers({})
        self._decided: dict[Placement, _Decided] = {}

    def begin(self, situation: Situation) -> Situation:
        """The same situation, whose answers tell what is looked for; what may have changed is forgotten."""
        before, self._situation = self._situation, situation
        self._decided = self._left(before, situation) if before is not None else {}
        self._answers = HeardAnswers(situation.answers)
        return replace(situation, answers=self._answers)

    def _left(self, before: Situation, now: Situation) -> dict[Placement, _Decided]:
        if not _is_one_pass(before, now):
            return {}
        new, apps = _changed(before.answers, now.answers), _changed_apps(before, now)
        return {
            placement: decided
            for placement, decided in self._decided.items()
            if placement.app not in apps and decided.heard.isdisjoint(new)
        }

    def of(self, state: PlacementState) -> Decision | Needs | None:
        """And from here on is written down what is looked for."""
        decided = self._decided.get(state.policy.placement)
        self._answers.begin()
        return None if decided is None else decided.answer

    def keep(self, answer: Decision | Needs, state: PlacementState) -> Decision | Needs:
        """The same answer."""
        if not self._answers.all_heard:
            self._decided[state.policy.placement] = _Decided(answer, frozenset(self._answers.heard))
        return answer


_SETTLED = tuple(each.name for each in fields(Situation) if each.name not in {"answers", "states"})
"""What questions and answers leave alone."""


def _is_one_pass(before: Situation, now: Situation) -> bool:
    return all(getattr(before, name) is getattr(now, name) for name in _SETTLED)


def _changed(before: Mapping[Question, Answer], now: Mapping[Question, Answer]) -> frozenset[Question]:
    """Answers are only added; one that was asked for again is another."""
    new = (question for question, answer in now.items() if before.get(question, _NONE) is not answer)
    return frozenset(new)


_NONE = object()


def _changed_apps(before: Situation, now: Situation) -> frozenset[str]:
    """An app's environments are decided by one another."""
    gone, (old, new) = before.states.keys() - now.states.keys(), (before.states, now.states)
    changed = (name for name, state in new.items() if old.get(name) is not state)
    return frozenset(app for _, app in (*gone, *changed))
