"""Forges count by token, and workers share theirs: what one has written counts for all."""

from datetime import UTC, datetime, timedelta

import pytest
from cluster.engines import Passes, engines
from world.service import within

from updater.adapters.limits import RateLimits
from updater.errors import Unavailable

pytestmark = pytest.mark.real

HOST = "api.github.example"


class Limits:
    """The limits of one worker at one host, as an Updater has them."""

    def __init__(self):
        self.of = RateLimits(HOST, lambda: datetime.now(UTC), writes_a_minute=6, writes_an_hour=10)

    def writes(self):
        told = self.of.writes()
        return {HOST: told} if told else {}

    def hear_writes(self, host, writes):
        assert host == HOST
        self.of.hear(writes)

    def allowed(self):
        try:
            self.of.check(writes=True)
        except Unavailable:
            return False
        return True


def test_what_one_worker_has_written_counts_for_the_others(dsn):
    limits = [Limits(), Limits()]
    with engines(dsn, Passes().of, 2, shared=limits):
        assert [limits[0].allowed() for _ in range(4)] == [True] * 4
        within(20, lambda: len(limits[1].of._windows[0].writes) == 4)
        assert [limits[1].allowed() for _ in range(3)] == [True, True, False]
        within(20, lambda: not limits[0].allowed())
    fresh = Limits()  # a worker that comes later hears of the whole hour
    with engines(dsn, Passes().of, shared=[fresh], prefix="late"):
        within(20, lambda: len(fresh.of._windows[1].writes) >= 6)
        assert not fresh.allowed()


def test_writes_of_others_end_as_ours_do():
    limits = Limits().of
    limits.hear([datetime.now(UTC) - timedelta(minutes=2)] * 6)
    limits.check(writes=True)
    assert len(limits.writes()) == 1
    assert limits.writes() == []


class Apps:
    """The limits of one worker, for each of two Apps."""

    def __init__(self):
        self.of = {
            f"{HOST}, app {number}": RateLimits(HOST, lambda: datetime.now(UTC), app_id=str(number))
            for number in (1, 2)
        }

    def writes(self):
        told = {whose: limits.writes() for whose, limits in self.of.items()}
        return {whose: writes for whose, writes in told.items() if writes}

    def hear_writes(self, whose, writes):
        self.of[whose].hear(writes)

    def left(self):
        return [each.writes_left() for each in self.of.values()]


def test_what_one_app_has_written_counts_for_that_app_with_all_workers(dsn):
    apps = [Apps(), Apps()]
    with engines(dsn, Passes().of, 2, shared=apps):
        for _ in range(3):
            apps[0].of[f"{HOST}, app 2"].check(writes=True)
        apps[1].of[f"{HOST}, app 1"].check(writes=True)
        within(20, lambda: [each.left() for each in apps] == [[499, 497]] * 2)
