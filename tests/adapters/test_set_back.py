"""What is waited for by the clock: one that is set back by years does not make it years."""

from datetime import UTC, datetime, timedelta

import pytest

from updater.adapters.argocd import HttpClient, ServerBackend
from updater.adapters.argocd import http_client as argocd_client
from updater.adapters.bitbucket.merging import BitbucketMerging
from updater.adapters.limits import RateLimits
from updater.adapters.prometheus import MonitoringClient, MonitoringTarget
from updater.adapters.registry.endpoint import Endpoint, EndpointHost
from updater.adapters.registry.throttle import FAILURES, Throttle, ThrottleSettings
from updater.errors import Unavailable
from updater.model import Image
from updater.times import lasts

START = datetime(2026, 2, 2, 5, tzinfo=UTC)
YEARS = timedelta(days=3650)
NOBODY = "http://127.0.0.1:9"


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def forge(clock):
    limits = RateLimits("git.example.org", clock)
    with pytest.raises(Unavailable):
        limits.heed(429, {"retry-after": "600"}, "")
    return lambda: limits.check(writes=False)


def registry(clock):
    place = Endpoint.of(Image.parse("ghcr.io/org/shop"), {"ghcr.io": EndpointHost()})
    line = Throttle(ThrottleSettings(clock, jitter=lambda: 0.0), None)
    with pytest.raises(Unavailable):
        line.pause(place, 429, timedelta(minutes=10))
    return lambda: _turn(line, place)


def silent_registry(clock):
    place = Endpoint.of(Image.parse("ghcr.io/org/shop"), {"ghcr.io": EndpointHost()})
    line = Throttle(ThrottleSettings(clock, jitter=lambda: 0.0), None)
    for _ in range(FAILURES):
        line.unanswered(Unavailable("it is silent", reason=argocd_client.silent("x", OSError()).reason))
    return lambda: _turn(line, place)


def _turn(line, place):
    with line.turn(place):
        return


def argocd(clock):
    asked = []
    client = HttpClient(NOBODY, lambda: asked.append(1), clock=clock)
    return _asks(lambda: client.ask(ServerBackend().one("shop", None)), asked)


def prometheus(clock):
    asked = []
    target = MonitoringTarget("Prometheus", "127.0.0.1:9", "prometheus")
    client = MonitoringClient(NOBODY, target, lambda: asked.append(1), clock=clock)
    return _asks(lambda: client.get("/api/v1/query", {}, "a query"), asked)


def _asks(ask, asked):
    """It fails, since nobody is there; whether anybody was asked is what counts."""

    def again():
        asked.clear()
        with pytest.raises(Unavailable) as failure:
            ask()
        if not asked:
            raise failure.value

    again()
    return again


@pytest.mark.parametrize("waits", [forge, registry, silent_registry, argocd, prometheus])
def test_who_is_left_alone_for_a_while_is_asked_again_when_the_clock_goes_back(waits, clock):
    ask = waits(clock)
    clock.now += timedelta(seconds=1)
    with pytest.raises(Unavailable):
        ask()
    clock.now -= YEARS
    ask()


def test_what_bitbucket_refused_to_merge_is_not_left_for_years(clock):
    class Commits:
        def whole(self, head):
            return head

    merging = BitbucketMerging(None, "", Commits(), clock)
    merging._refused.put((1, "abc"), START)
    assert merging.was_refused(1, "abc")
    clock.now -= YEARS
    assert not merging.was_refused(1, "abc")


def test_a_while_lasts_from_its_beginning_to_its_end():
    end = START + timedelta(minutes=1)
    told = [lasts(START, end, START + timedelta(seconds=each)) for each in (-1, 0, 59, 60)]
    assert told == [False, True, True, False]
