"""What one host bears: pauses, a pace, silence; and nobody else waits for it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from updater.adapters.registry import EndpointHost, RegistryClient, ThrottleSettings, TransportObserver
from updater.adapters.registry.retry_after import remaining
from updater.errors import Unavailable
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
TAGS = answer_json({"tags": ["1"]})


def read(client, *names, registry="ghcr.io"):
    """The code of each image's failure; None for those that were read."""

    def one(name):
        try:
            client.tags(Image(registry, name))
        except Unavailable as error:
            return error.code
        return None

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, names))


def apps(number):
    return [f"app-{each}" for each in range(number)]


def test_a_pace_is_kept_whatever_the_number_of_threads(serve, client_for):
    server = serve(lambda _: TAGS)
    client = client_for(server, requests_per_second=50)
    began = time.monotonic()

    assert read(client, *apps(26)) == [None] * 26

    assert time.monotonic() - began >= 25 / 50


def test_what_does_not_fit_into_a_pass_is_left_to_the_next_at_once(serve, client_for):
    server = serve(lambda _: TAGS)
    client = client_for(server, requests_per_second=50, patience=0.2)
    began = time.monotonic()

    first = read(client, *apps(200))

    assert time.monotonic() - began < 2
    assert 10 <= first.count(None) <= 14
    assert set(first) == {None, "rate_limited"}
    time.sleep(0.2)
    assert read(client, "app-199") == [None]


def test_a_pace_is_its_hosts_alone(serve, client_for):
    slow, fast = serve(lambda _: TAGS), serve(lambda _: TAGS)
    hosts = {"fast.example": EndpointHost(endpoint=fast.url)}
    client = client_for(slow, hosts=hosts, requests_per_second=1)
    read(client, "app")
    began = time.monotonic()

    read(client, *apps(50), registry="fast.example")

    assert time.monotonic() - began < 1


def test_two_names_of_one_host_share_its_line(serve, client_for, shop):
    server = serve(lambda _: Answer(429))
    client = client_for(server, hosts={"other.example": EndpointHost(endpoint=server.url)})

    assert read(client, "a", registry="ghcr.io") == ["rate_limited"]
    assert read(client, "b", registry="other.example") == ["rate_limited"]
    assert len(server.requests) == 1


def test_a_storm_of_429_is_one_round_of_requests(serve, client_for):
    server = serve(lambda _: Answer(429, headers={"Retry-After": "60"}))

    assert set(read(client_for(server), *apps(200))) == {"rate_limited"}

    assert len(server.requests) <= 8


def test_a_pause_is_a_little_longer_than_asked_so_that_many_come_back_apart(serve):
    server = serve(lambda _: Answer(429, headers={"Retry-After": "100"}), clock=lambda: NOON)
    for jitter, end in ((0.0, 100), (1.0, 110)):
        now = [NOON]
        pacing = ThrottleSettings(lambda now=now: now[0], jitter=lambda jitter=jitter: jitter)
        with RegistryClient({"ghcr.io": EndpointHost(server.url)}, pacing=pacing) as client:
            read(client, "app")
            asked = len(server.requests)
            now[0] = NOON + timedelta(seconds=end - 1)
            read(client, "app")
            assert len(server.requests) == asked
            now[0] = NOON + timedelta(seconds=end)
            read(client, "app")
            assert len(server.requests) == asked + 1


def test_the_sentence_says_until_when(serve, client_for, shop):
    server = serve(lambda _: Answer(429, headers={"Retry-After": "90"}))

    with pytest.raises(
        Unavailable, match=r"wants no request before 12:01:30 UTC, so images of ghcr.io are not read"
    ):
        client_for(server, clock=lambda: NOON).tags(shop)


def test_a_host_that_is_silent_is_not_waited_for_by_every_image(serve, client_for):
    now = [NOON]
    server = serve(lambda _: Answer(200, cut="whole"))
    client = client_for(server, clock=lambda: now[0])

    assert set(read(client, *apps(100))) == {"registry_unavailable"}
    first = len(server.requests)
    assert 3 <= first <= 11

    now[0] += timedelta(seconds=5)
    read(client, "app")
    assert len(server.requests) == first + 1
    server.script = lambda _: TAGS
    now[0] += timedelta(seconds=5)
    assert read(client, *apps(20)) == [None] * 20


def test_every_request_is_told_of_with_its_host_and_status(serve, client_for):
    told, left = [], []
    answers = [Answer(200, TAGS.body, headers={"RateLimit-Remaining": "76;w=21600"}), Answer(500)]
    server = serve(lambda _: answers.pop(0) if answers else Answer(200, cut="whole"))
    client = client_for(
        server, watch=TransportObserver(lambda *each: told.append(each), lambda *each: left.append(each))
    )

    for name in apps(3):
        read(client, name)

    assert told == [(server.host, 200), (server.host, 500), (server.host, 0)]
    assert left == [(server.host, 76)]


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ({"ratelimit-remaining": "76;w=21600"}, 76),
        ({"x-ratelimit-remaining": " 0 "}, 0),
        ({"ratelimit-remaining": "x", "x-ratelimit-remaining": "5"}, 5),
        ({"ratelimit-remaining": "-1"}, None),
        ({"ratelimit-remaining": "٣"}, None),
        ({}, None),
    ],
)
def test_what_is_left_is_read_from_either_header(headers, number):
    assert remaining(headers) == number
