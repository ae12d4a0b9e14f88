"""Many places are asked at once: how many threads, how many for one, in which order, and for how long."""

import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from updater.observe import turns
from updater.observe.turns import EACH, TOGETHER, ask_places


class Asked:
    """Counts who is asked at the same time."""

    def __init__(self, slow=()):
        self._slow, self._lock, self._now = set(slow), threading.Lock(), Counter()
        self.most, self.most_of_one, self.ended = 0, 0, []
        self.let_go = threading.Event()

    def __call__(self, question):
        place, _ = question
        with self._lock:
            self._now[place] += 1
            self.most = max(self.most, self._now.total())
            self.most_of_one = max(self.most_of_one, self._now[place])
        if place in self._slow:
            self.let_go.wait(30)
        with self._lock:
            self._now[place] -= 1
            self.ended.append(question)
        return f"told {question}"


def ask(questions, asked):
    return ask_places(questions, lambda question: question[0], asked, lambda question: f"unasked {question}")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99)), max_size=80))
def test_each_is_answered_once_and_in_order(questions):
    asked = Asked()
    assert ask(questions, asked) == [f"told {question}" for question in questions]
    assert Counter(asked.ended) == Counter(questions)
    assert asked.most <= TOGETHER
    assert asked.most_of_one <= EACH


def test_a_place_that_is_slow_keeps_nobody_else():
    questions = [("slow", number) for number in range(100)] + [(place, 0) for place in range(350)]
    asked, told = Asked(slow=["slow"]), []
    asking = threading.Thread(target=lambda: told.extend(ask(questions, asked)))
    asking.start()
    end = time.monotonic() + 30
    # The last of the slow one's eight may begin only after all others have ended.
    while (len(asked.ended) < 350 or asked.most_of_one < EACH) and time.monotonic() < end:
        time.sleep(0.01)
    assert {place for place, _ in asked.ended} == set(range(350)), "all others were answered meanwhile"
    asked.let_go.set()
    asking.join(30)
    assert told == [f"told {question}" for question in questions]
    assert asked.most_of_one == EACH


def test_when_time_is_up_nobody_more_is_asked(monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    assert ask([("a", 1)], Asked()) == ["unasked ('a', 1)"]


def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        ask([("a", 1)], lambda _question: 1 / 0)
