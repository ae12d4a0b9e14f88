"""How many apps that went back, and how close together, stop a line, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from updater.config import Breaker
from updater.interpret.stopped_line import BackwardMove, tripped

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
BREAKER = Breaker.model_validate({"rolled_back": 3, "within": "1h", "for": "4h"})


def moves(*rows):
    """Minutes after noon, and the app."""
    told = [BackwardMove(NOON + timedelta(minutes=at), app, f"{at:040x}") for at, app in rows]
    return sorted(told)


THREE = [(0, "a"), (10, "b"), (20, "c")]
ROWS = {
    "nobody went back": ([], 0, None),
    "two are too few": ([(0, "a"), (10, "b")], 11, None),
    "three are enough": (THREE, 21, 20 + 240),
    "until the time is over": (THREE, 20 + 240, None),
    "and to its last minute": (THREE, 20 + 239, 20 + 240),
    "one app three times is one": ([(0, "a"), (10, "a"), (20, "a")], 21, None),
    "one in two environments is one": ([(0, "a"), (0, "a"), (10, "b")], 11, None),
    "just within the hour": ([(0, "a"), (30, "b"), (60, "c")], 61, 60 + 240),
    "just not": ([(0, "a"), (30, "b"), (61, "c")], 62, None),
    "a fourth makes it last longer": ([*THREE, (50, "d")], 51, 50 + 240),
    "one that comes late does not": ([*THREE, (90, "d")], 91, 20 + 240),
    "a second lot counts anew": ([*THREE, (500, "a"), (510, "b"), (520, "c")], 521, 520 + 240),
    "more than enough at once": ([(0, name) for name in "abcdefgh"], 1, 240),
}


@pytest.mark.parametrize(("rows", "now", "until"), ROWS.values(), ids=ROWS.keys())
def test_what_stops_the_line(rows, now, until):
    line = tripped(moves(*rows), BREAKER, NOON + timedelta(minutes=now))
    assert (line and line.until) == (None if until is None else NOON + timedelta(minutes=until))


def test_it_names_a_few_of_those_that_went_back():
    line = tripped(moves(*((0, name) for name in "abcdefgh")), BREAKER, NOON)
    assert line.why == "8 apps went back within 1h (a, b, c, d, e and 3 more)"
    assert line.apps == tuple("abcdefgh")


@given(
    some.lists(some.tuples(some.integers(0, 600), some.sampled_from("abcde")), max_size=12),
    some.integers(0, 900),
)
def test_it_is_stopped_just_where_some_hour_before_saw_as_many(rows, now):
    """By brute force: every window that ends with a move, and is not too long ago."""
    past = [(at, app) for at, app in rows if at <= now]
    ends = [
        end
        for end, _ in past
        if end + 240 > now and len({app for at, app in past if end - 60 <= at <= end}) >= 3
    ]
    line = tripped(moves(*past), BREAKER, NOON + timedelta(minutes=now))
    assert (line is None) == (not ends)
    if line is not None:
        assert line.until == NOON + timedelta(minutes=max(ends) + 240)
        assert len(set(line.apps)) == len(line.apps) >= 3
