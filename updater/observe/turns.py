"""To ask many places at the same time, so that a slow one keeps nobody else waiting. Threads, and an end."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from time import monotonic
from typing import TypeVar

from updater.errors import Unavailable
from updater.reasons import Reason

TOGETHER = 32
"""Threads, for all places together: nearly all they do is wait."""
EACH = 8
"""Of those, at most, for one place."""
LONGEST = 60.0
"""Seconds after which nobody more is asked, so that a pass has an end though every place is silent."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Place = TypeVar("Place", bound=Hashable)


class _Turns:
    """Whose turn it is: of the places that wait, the one with the fewest threads."""

    def __init__(self, places: Sequence[Hashable]) -> None:
        waiting = defaultdict[Hashable, deque[int]](deque)
        for number, place in enumerate(places):
            waiting[place].append(number)
        # Where time runs out before all were asked, it is not the same ones each time.
        self._waiting = dict(random.sample(list(waiting.items()), len(waiting)))
        self._busy = Counter[Hashable]()
        self._changed = Condition()

    def take(self) -> tuple[int, Hashable] | None:
        """None: all were taken."""
        with self._changed:
            while self._waiting:
                place = min(self._waiting, key=self._busy.__getitem__)
                if self._busy[place] < EACH:
                    self._busy[place] += 1
                    number = self._waiting[place].popleft()
                    if not self._waiting[place]:
                        del self._waiting[place]
                    return number, place
                self._changed.wait()
            self._changed.notify_all()
            return None

    def give_back(self, place: Hashable) -> None:
        with self._changed:
            self._busy[place] -= 1
            self._changed.notify()


def out_of_time(who: str, cluster: str | None, reason: Reason) -> Unavailable:
    """`who` is asked in each cluster: `Argo CD`."""
    where = f" of {cluster}" if cluster else ""
    return Unavailable(
        f"the {who}{where} was not asked: those before it took {LONGEST:g} s together, so see which are "
        "silent; a later pass asks it",
        reason=reason,
    )


def ask_places(
    questions: Sequence[Question],
    place_of: Callable[[Question], Hashable],
    ask: Callable[[Question], Answer],
    unasked: Callable[[Question], Answer],
) -> list[Answer]:
    """The answers, in the order of the questions; `unasked` has those that time was too short for.

    `ask` and `unasked` raise nothing: what failed is an answer.
    """
    turns = _Turns([place_of(question) for question in questions])
    answers: dict[int, Answer] = {}
    until = monotonic() + LONGEST

    def work() -> None:
        while (turn := turns.take()) is not None:
            number, place = turn
            try:
                answer = ask if monotonic() < until else unasked
                answers[number] = answer(questions[number])
            finally:
                turns.give_back(place)

    threads = min(TOGETHER, len(questions))
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for done in [pool.submit(work) for _ in range(threads)]:
            done.result()
    return [answers[number] for number in range(len(questions))]
