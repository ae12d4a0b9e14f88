"""Every way a registry can fail ends in one sentence, of the right kind."""

import socket
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from updater.adapters.no_answer import why_no_answer
from updater.adapters.registry import EndpointHost, RegistryClient, expected
from updater.adapters.registry.throttle import FAILURES
from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import Image
from updater.sandbox import Registry
from updater.sandbox.exchange import Answer
from updater.sandbox.server import utc_now

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
GO_WAIT = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: %s, allowed: 44000/minute"}]}'
HTML = "text/html; charset=utf-8"


def failure(client, image):
    with pytest.raises(UpdaterError) as caught:
        client.tags(image)
    assert "\n" not in caught.value.sentence
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (Answer(401), Refused, "unauthorized", "401"),
        (Answer(403), Refused, "unauthorized", "403"),
        (Answer(404), Refused, "not_found", "404"),
        (Answer(429), Unavailable, "rate_limited", "429"),
        (Answer(500), Unavailable, "registry_unavailable", "500"),
        (Answer(503, b"<html>", HTML), Unavailable, "registry_unavailable", "503"),
        (Answer(408), Unavailable, "registry_unavailable", "408"),
        (Answer(418), Refused, "registry_refused", "418"),
        (Answer(304), Refused, "registry_refused", "304"),
        (Answer(400), Refused, "registry_refused", "400"),
        (Answer(200, b"<html>", HTML), Refused, "not_json", "HTML, not JSON"),
        (Answer(200, b"\n<html>"), Refused, "not_json", "HTML, not JSON"),
        (Answer(200, b"\x89PNG", "image/png"), Refused, "not_json", "'image/png', not JSON"),
        (Answer(200, b"[]"), Refused, "not_json", "another shape"),
        (Answer(200, b"{}"), Refused, "not_json", "without a list of tags"),
        (Answer(200, b'{"tags": {"a": 1}}'), Refused, "not_json", "without a list of tags"),
        (Answer(200, b'{"tags": [1]}'), Refused, "not_json", "without a list of tags"),
        (Answer(200, b""), Unavailable, "registry_unavailable", "broken off"),
        (Answer(200, b'{"tags": ["1"'), Unavailable, "registry_unavailable", "broken off"),
        (Answer(200, b'{"tags": ["\xff"]}'), Unavailable, "registry_unavailable", "cannot be read"),
        (Answer(200, b'{"tags":' + b"[" * 100_000), Unavailable, "registry_unavailable", "cannot be read"),
        (Answer(200, b'{"tags": ["1"]}', cut="half"), Unavailable, "registry_unavailable", "broke off"),
        (Answer(200, b'{"tags": ["1"]}', cut="whole"), Unavailable, "registry_unavailable", "broke off"),
        (
            Answer(200, b"no gzip", headers={"Content-Encoding": "gzip"}),
            Unavailable,
            "registry_unavailable",
            "broke off",
        ),
        (Answer(302, headers={"Location": "/v2/"}), Refused, "registry_refused", "in circles"),
        (Answer(302, headers={"Location": "http://[/"}), Refused, "foreign_link", "cannot be used"),
    ],
    ids=lambda value: f"{value.status} {value.body[:12]!r} {value.cut}" if isinstance(value, Answer) else "",
)
def test_a_bad_answer_is_one_sentence(serve, client_for, shop, *, answer, kind, code, words):
    server = serve(lambda _: answer)

    error = failure(client_for(server), shop)

    assert (type(error), error.code) == (kind, code)
    assert words in error.sentence
    assert "ghcr.io" in error.sentence
    assert server.host in error.sentence
    assert ";" in error.sentence, "it says what to do"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_absent_and_forbidden_look_alike_so_both_are_named(serve, client_for, shop, status):
    server = serve(lambda _: Answer(status))

    anonymous = failure(client_for(server), shop).sentence
    known = failure(client_for(server, username="me", password="hush"), shop).sentence

    assert "no such image, or it is private" in anonymous
    assert "set username_env" in anonymous
    assert "no such image, or the credentials" in known


def test_an_unknown_repository_of_ghcr_is_not_found(registry, client, shop):
    assert failure(client, shop).code == "not_found"


def test_a_registry_that_is_down_is_unavailable(client_for, shop):
    with Registry() as registry:
        client = client_for(registry)

    error = failure(client, shop)

    assert (type(error), error.code) == (Unavailable, "registry_unavailable")
    assert "cannot be reached when asked for images of ghcr.io" in error.sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NameResolutionError("ghcr.io", None, OSError()), "does not resolve"),
        (SSLError("expired"), "certificate that cannot be verified"),
        (ProxyError("http://me:hush@proxy", OSError()), "configured proxy"),
        (ConnectTimeoutError(), "cannot be reached in time"),
        (ReadTimeoutError(None, "/v2/?hush", "slow"), "did not answer in time"),
        (ProtocolError("reset"), "broke off"),
    ],
)
def test_what_the_libraries_raise_is_said_in_our_own_words(error, words):
    raised = requests.ConnectionError(MaxRetryError(None, "/v2/?hush", error))

    assert words in why_no_answer(raised)
    assert words in why_no_answer(error)
    assert "hush" not in why_no_answer(raised)


def test_plain_http_on_a_port_for_https_is_unavailable(serve):
    port = serve(lambda _: Answer(200)).host.partition(":")[2]
    with RegistryClient({"127.0.0.1": EndpointHost(endpoint=f"https://127.0.0.1:{port}")}) as client:
        error = failure(client, Image("127.0.0.1", "org/shop"))
    assert "is asked over https and does not answer in TLS" in error.sentence


def test_a_silent_registry_is_given_up(client_for, shop):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        host = EndpointHost(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with RegistryClient({"ghcr.io": host}, timeout=0.2) as client:
            assert "did not answer in time" in failure(client, shop).sentence


def test_a_registry_that_drips_is_given_up(shop):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        dripping = threading.Thread(target=_drip, args=(listener,))
        dripping.start()
        host = EndpointHost(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with RegistryClient({"ghcr.io": host}, timeout=0.1) as client:
            assert "did not answer in time" in failure(client, shop).sentence
        dripping.join(timeout=5)
        assert not dripping.is_alive()


def _drip(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        stop = threading.Event()
        try:
            for _ in range(150):
                stop.wait(0.02)
                connection.sendall(b" ")
        except OSError:
            return


def test_more_than_a_page_can_be_is_refused(serve, client_for, shop):
    server = serve(lambda _: Answer(200, b" " * (expected.LARGEST_LISTING + 1)))

    error = failure(client_for(server), shop)

    assert (type(error), error.code) == (Refused, "too_large")


def test_the_errors_of_the_token_endpoint_are_told_apart(registry, client, shop):
    registry.push("org/shop", "1")
    kinds = {
        403: "unauthorized",
        404: "not_found",
        429: "rate_limited",
        500: "registry_unavailable",
        418: "registry_refused",
    }
    for status in (403, 404, 500, 418, 429):
        fault = registry.fault("/token", status)
        error = failure(client, shop)
        registry.lift(fault)
        assert error.code == kinds[status]
        assert str(status) in error.sentence


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"token": ""}', b'{"token": "a\\nb"}', b'{"token": 1}']
)
def test_a_token_that_is_none_is_refused(registry, client, shop, body):
    registry.push("org/shop", "1")
    registry.fault("/token", 200, body=body)

    error = failure(client, shop)

    assert (type(error), error.code) == (Refused, "not_json")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "120"}, b"", 120),
        ({"Retry-After": "Mon, 02 Feb 2026 03:05:00 GMT"}, b"", 300),
        ({}, GO_WAIT % "880.092µs".encode(), 1),
        ({}, GO_WAIT % b"1m30.5s", 90.5),
        ({"Retry-After": "5"}, GO_WAIT % b"20s", 20),
        ({"Retry-After": "999999"}, b"", 3600),
    ],
    ids=[
        "seconds",
        "date",
        "go-microseconds",
        "go-minutes",
        "the-longer-of-both",
        "no-longer-than",
    ],
)
def test_a_rate_limited_host_is_not_asked_again_before_it_wants(
    serve, client_for, shop, *, headers, body, seconds, status
):
    now = [NOON]
    server = serve(lambda _: Answer(status, body, headers=headers), clock=lambda: now[0] - timedelta(hours=9))
    client = client_for(server, clock=lambda: now[0])
    assert failure(client, shop).code == "rate_limited"

    now[0] = NOON + timedelta(seconds=seconds - 0.1)
    error = failure(client, Image.parse("ghcr.io/org/other"))
    assert (type(error), error.code) == (Unavailable, "rate_limited")
    assert "images of ghcr.io are not read" in error.sentence
    assert len(server.requests) == 1

    now[0] = NOON + timedelta(seconds=seconds)
    failure(client, shop)
    assert len(server.requests) == 2


def test_a_429_without_a_word_is_a_minute_and_a_503_is_an_ordinary_failure(serve, client_for, shop):
    now = [NOON]
    busy, broken = serve(lambda _: Answer(429)), serve(lambda _: Answer(503))
    hosts = {"broken.example": EndpointHost(endpoint=broken.url)}
    client = client_for(busy, hosts=hosts, clock=lambda: now[0])

    for seconds in (0, 59, 60):
        now[0] = NOON + timedelta(seconds=seconds)
        assert failure(client, shop).code == "rate_limited"
        assert failure(client, Image("broken.example", "shop")).code == "registry_unavailable"

    assert len(busy.requests) == 2
    assert len(broken.requests) == 3


def test_a_rate_limit_concerns_its_host_alone(serve, client_for, registry, shop):
    limited = serve(lambda _: Answer(429))
    registry.push("org/shop", "1")
    client = client_for(registry, hosts={"limited.example": EndpointHost(endpoint=limited.url)})

    assert failure(client, Image.parse("limited.example/org/shop")).code == "rate_limited"
    assert client.tags(shop) == ("1",)


def test_after_every_failure_the_next_pass_reads_again(registry, client, shop):
    registry.push("org/shop", "1")
    for fault in ({"status": 500}, {"status": 403}, {"cut": "half"}, {"cut": "whole"}, {"status": 404}):
        armed = registry.fault("/v2/", **fault)
        failure(client, shop)
        registry.lift(armed)
        assert client.tags(shop) == ("1",)


def test_the_clock_of_the_server_is_remembered(start, client_for, shop):
    registry = start(clock=lambda: utc_now() + timedelta(minutes=5))
    registry.push("org/shop", "1")
    client = client_for(registry)
    assert client.clock_offset("ghcr.io") is None

    client.tags(shop)

    assert client.clock_offset("ghcr.io") == pytest.approx(300, abs=3)


def test_one_outage_is_told_in_one_way_whichever_image_is_asked_for(client_for):
    with Registry() as registry:
        client = client_for(registry)
    told = {failure(client, Image("ghcr.io", f"org/app-{number}")).sentence for number in range(2 * FAILURES)}

    assert len(told) == 1
