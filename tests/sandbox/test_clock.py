"""The sandbox's clock, which stories put forward and which others may have to go by."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from updater.sandbox.world import Clock, World


def test_a_late_clock_catches_up_and_one_that_is_ahead_never_goes_back():
    late, ahead = (Clock(datetime.now(UTC) + timedelta(hours=hours)) for hours in (-3, 1))
    for clock in (late, ahead):
        clock.catch_up()
    assert abs(late() - datetime.now(UTC)) < timedelta(seconds=1)
    assert ahead() - datetime.now(UTC) > timedelta(minutes=59)


def test_then_its_servers_tell_the_time_of_everybody_else():
    with World() as world:
        world.clock.catch_up()
        for url in (world.registry.url, world.github.api):
            told = parsedate_to_datetime(requests.get(url, timeout=5).headers["Date"])
            assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)
