"""Workers that are killed all the time: nothing is lost, nothing is done twice."""

import itertools
import os
import random
import sys
import time

import pytest
from cluster.fleet import Fleet
from world.postgres import DSN, started
from world.service import within

from updater.engine.cluster.migration import migrate
from updater.service import engines

pytestmark = pytest.mark.real


def chaos(fleet, seconds, every=5.0):
    """Three workers; one is killed each few seconds and started again, while new images come."""
    rng, numbers = random.Random(1), itertools.cycle(range(3))
    for number in range(3):
        fleet.start(number)
    within(60, fleet.journal.exists)
    end, kill = time.monotonic() + seconds, time.monotonic() + every
    while time.monotonic() < end:
        fleet.build(rng.choice(fleet.names))
        if time.monotonic() >= kill:
            number, kill = next(numbers), kill + every
            fleet.kill(number)
            fleet.start(number)
        time.sleep(0.2)


@pytest.fixture
def fleet_of(tmp_path, dsn):
    fleets = []

    def made(count):
        migrate(engines.database_at(dsn, "the test"))
        fleets.append(Fleet(tmp_path, count, dsn))
        return fleets[-1]

    yield made
    for fleet in fleets:
        fleet.close()


def check(fleet):
    """How long it took to drain."""
    took = fleet.drained(60)
    assert fleet.overlaps() == []
    fleet.bumped_once()
    return took


@pytest.mark.long
def test_a_hundred_repositories_and_a_kill_each_five_seconds_for_a_minute(fleet_of):
    fleet = fleet_of(100)
    chaos(fleet, 60)
    sys.stdout.write(f"drained in {check(fleet):.1f} s; {fleet.told()}\n")


@pytest.mark.soak
def test_ten_minutes_of_rolling_restarts_and_a_database_that_is_started_again(tmp_path, monkeypatch):
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    with started() as server:
        monkeypatch.setenv(DSN, server.dsn)
        migrate(engines.database_at(server.dsn, "the test"))
        fleet = Fleet(tmp_path, 100, server.dsn, every="20s")
        try:
            roll(fleet, server, seconds)
            took, told = check(fleet), fleet.told()
            assert (
                server.ask("select count(*) from procrastinate_events")[0][0] < 1000
            )  # done tasks are deleted
        finally:
            fleet.close()
    sys.stdout.write(f"drained in {took:.1f} s; {told}\n")


def roll(fleet, server, seconds):
    """One worker is replaced each ten seconds, as a deployment does it; halfway the database is away."""
    rng = random.Random(2)
    for number in range(3):
        fleet.start(number)
    began, replaced, away = time.monotonic(), time.monotonic(), False
    for number in itertools.count(3):
        while time.monotonic() < replaced + 10:
            fleet.build(rng.choice(fleet.names))
            time.sleep(0.5)
        replaced = time.monotonic()
        if replaced > began + seconds:
            return
        fleet.start(number)
        fleet.end(number - 3)
        if not away and replaced > began + seconds / 2:
            away = True
            server.stop()
            time.sleep(10)
            server.start()
