"""Decisions of one pass, from one round of questions to the next. Pure but for its memory.

What a decision looked for among the answers is written down, found or not; until one of these changes, to
decide anew would say the same. So a new tag of one app costs the others no second decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeAlias, TypeVar

from updater.model import Answer, Decision, Needs, Placement, Question
from updater.situation import PlacementState, Situation

Seen = TypeVar("Seen")
View: TypeAlias = Callable[[Answer | None], Any]
"""What is looked at of an answer (None: there is none); a function of a module, to be the same twice."""


def look(
    view: Callable[[Answer | None], Seen], question: Question, answers: Mapping[Question, Answer]
) -> Seen:
    """What the view says. A later answer of which it says the same then changes no decision."""
    if not isinstance(answers, HeardAnswers):
        return view(answers.get(question))
    answers.looked_at.add((view, question))
    return view(answers.known.get(question))


class HeardAnswers(Mapping[Question, Answer]):
    """Answers as any mapping has them; `heard` is what was looked for among them, found or not."""

    def __init__(self, known: Mapping[Question, Answer]) -> None:
        self.known = known
        self.heard: set[Question] = set()
        self.looked_at: set[tuple[View, Question]] = set()
        """Of these only so much as the view shows."""
        self.all_heard = False
        """Somebody went through all of them, or counted them."""

    def begin(self) -> None:
        self.heard, self.looked_at, self.all_heard = set(), set(), False

    def __getitem__(self, question: Question) -> Answer:
        self.heard.add(question)
        return self.known[question]

    def __contains__(self, question: object) -> bool:
        self.heard.add(question)  # type: ignore[arg-type]
        return question in self.known

    def __iter__(self) -> Iterator[Question]:
        self.all_heard = True
        return iter(self.known)

    def __len__(self) -> int:
        self.all_heard = True
        return len(self.known)

    def get(self, question: Question, default: Any = None) -> Any:  # noqa: ANN401 - as of any mapping
        """As Mapping has it, which would raise and catch for each that is not there."""
        self.heard.add(question)
        return self.known.get(question, default)

    def keys(self) -> KeysView[Question]:
        return _HeardQuestions(self)


class _HeardQuestions(KeysView[Question]):
    def __ge__(self, asked: Iterable[object]) -> bool:
        """`asked <= answers.keys()` without counting them first, which would be to look at all."""
        return all(question in self for question in asked)


class _Decided(NamedTuple):
    answer: Decision | Needs
    heard: frozenset[Question]
    looked_at: frozenset[tuple[View, Question]]

    def stands(
        self,
        before: Mapping[Question, Answer],
        now: Mapping[Question, Answer],
        new: AbstractSet[Question],
    ) -> bool:
        """Nothing that it has seen is another."""
        return self.heard.isdisjoint(new) and all(
            view(before.get(question)) == view(now.get(question))
            for view, question in self.looked_at
            if question in new
        )


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
        apps, answers = _changed_apps(before, now), (before.answers, now.answers)
        new = _changed(*answers)
        return {
            placement: decided
            for placement, decided in self._decided.items()
            if placement.app not in apps and decided.stands(*answers, new)
        }

    def of(self, state: PlacementState) -> Decision | Needs | None:
        """And from here on is written down what is looked for."""
        decided = self._decided.get(state.policy.placement)
        self._answers.begin()
        return None if decided is None else decided.answer

    def keep(self, answer: Decision | Needs, state: PlacementState) -> Decision | Needs:
        """The same answer."""
        if not self._answers.all_heard:
            seen = frozenset(self._answers.heard), frozenset(self._answers.looked_at)
            self._decided[state.policy.placement] = _Decided(answer, *seen)
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
