"""For each k-th request that goes wrong, in each way: the truth or a reason, never a part of the truth. I8.

A pass lists several images of several pages at once, as observe does. Whatever strikes, each image is either
read whole or not at all; the next pass, without a restart, reads all of them; and nobody is stormed.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from world.registries import Registries

from updater.adapters.registry import EndpointHost, RegistryClient, ThrottleSettings
from updater.errors import Unavailable, UpdaterError
from updater.model import Image
from updater.sandbox import Registry
from updater.sandbox.exchange import Answer
from updater.sandbox.paging import GHCR
from updater.sandbox.server import Server, utc_now

IMAGES = [Image("ghcr.io", f"org/app-{number}") for number in range(3)]
TAGS = tuple(f"20260202-12{number:04}" for number in range(120))
PAGES = 3
QUIET = len(IMAGES) * PAGES
COLD = 2 * len(IMAGES) + QUIET + 8
"""With challenges and tokens; in a first pass several threads may meet the challenge."""
PATIENT, HASTY = 20.0, 2.0
"""Timeouts in seconds; a machine that is busy must not look like a silent server."""
WAITS = {"Retry-After": "30"}

ONCE = {
    "500": {"status": 500},
    "502": {"status": 502, "body": "<html>", "content_type": "text/html"},
    "503": {"status": 503},
    "429": {"status": 429},
    "429 with a header": {"status": 429, "headers": WAITS},
    "503 with a header": {"status": 503, "headers": WAITS},
    "401": {"status": 401},
    "reset": {"cut": "whole"},
    "half": {"cut": "half"},
    "half a JSON": {"status": 200, "body": '{"tags": ["2026'},
    "null": {"status": 200, "body": '{"name": "x", "tags": null}'},
    "no next page": {"headers": {"Link": '</>; rel="prev"'}},
}
"""What the k-th request gets."""
FROM_THEN_ON = {
    "500": {"status": 500},
    "429": {"status": 429, "headers": WAITS},
    "503": {"status": 503, "headers": WAITS},
    "reset": {"cut": "whole"},
    "401": {"status": 401},
}
"""What it and all later ones of a pass get."""


class Run:
    """Passes of one client over all images, with a clock that can be put forward."""

    def __init__(self, server, client, now):
        self.server, self.client, self.now = server, client, now

    def passes(self):
        """What each image was answered: its tags or an error; and how many requests that took."""
        before = len(self.server.requests)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(self._list, IMAGES))
        self.now[0] += timedelta(seconds=60)
        return answers, len(self.server.requests) - before

    def _list(self, image):
        try:
            return tuple(sorted(self.client.listing(image).tags))
        except UpdaterError as error:
            return error


@pytest.fixture
def run(open_ones):
    def begin(server, timeout=PATIENT):
        now = [utc_now()]
        pacing = ThrottleSettings(lambda: now[0], jitter=lambda: 0.0)
        hosts = {"ghcr.io": EndpointHost(endpoint=server.url)}
        client = open_ones.enter_context(RegistryClient(hosts, timeout=timeout, pacing=pacing))
        return Run(server, client, now)

    return begin


@pytest.fixture(scope="module")
def ghcr():
    with Registry(replace(GHCR, cap=len(TAGS) // PAGES)) as registry:
        for image in IMAGES:
            digest = registry.push(image.name, TAGS[0])
            for tag in TAGS:
                registry.tag(image.name, tag, digest)
        yield registry


def whole_or_not_at_all(answers, *, allowed=Unavailable):
    for answer in answers:
        assert answer == TAGS or isinstance(answer, allowed), answer


def recovers(run):
    answers, number = run.passes()
    assert answers == [TAGS] * len(IMAGES)
    assert number <= COLD


@pytest.mark.parametrize("known", [False, True], ids=["first pass", "later pass"])
@pytest.mark.parametrize("kind", ONCE)
def test_i8_the_kth_request_goes_wrong(ghcr, run, kind, known):
    silent = kind in {"null", "no next page"}
    for k in range(QUIET if known else COLD - 8):
        one = run(ghcr)
        if known:
            one.passes()
        fault = ghcr.fail_next(1, **ONCE[kind], after=k, matching="/tags/" if silent else "")
        answers, number = one.passes()
        ghcr.lift(fault)
        if not silent or known:
            whole_or_not_at_all(answers, allowed=UpdaterError)
        assert number <= COLD
        recovers(one)


@pytest.mark.parametrize("kind", FROM_THEN_ON)
def test_i8_a_storm_from_the_kth_request_on_is_not_answered_by_a_storm(ghcr, run, kind):
    for k in range(0, COLD - 8, 2):
        one = run(ghcr)
        fault = ghcr.fail_next(10_000, **FROM_THEN_ON[kind], after=k)
        answers, number = one.passes()
        whole_or_not_at_all(answers, allowed=UpdaterError)
        assert number <= k + 2 * len(IMAGES) + 8
        again, number = one.passes()
        assert TAGS not in again
        assert number <= 2 * len(IMAGES) + 8
        ghcr.lift(fault)
        recovers(one)


@pytest.mark.parametrize("k", range(0, QUIET, 3))
def test_i8_latency_is_borne(ghcr, run, k):
    one = run(ghcr)
    one.passes()
    ghcr.fail_next(1, delay=0.2, after=k)

    answers, number = one.passes()

    assert answers == [TAGS] * len(IMAGES)
    assert number == QUIET


@pytest.mark.parametrize("k", [0, QUIET - 2])
def test_i8_silence_is_given_up(ghcr, run, k):
    one = run(ghcr, HASTY)
    one.passes()
    ghcr.fail_next(1, delay=2 * HASTY, after=k)

    answers, number = one.passes()

    whole_or_not_at_all(answers)
    assert answers.count(TAGS) < len(IMAGES)
    assert number <= QUIET
    recovers(one)


def test_i8_tokens_that_expire_in_mid_list_are_renewed(ghcr, run, monkeypatch):
    """All of them at once, before the k-th request."""
    for k in range(QUIET):
        one, counted = run(ghcr), []
        one.passes()

        def expiring(request, answer=ghcr.answer, counted=counted, k=k):
            counted.append(request)
            if len(counted) == k + 1:
                ghcr.expire_tokens()
            return answer(request)

        with monkeypatch.context() as patched:
            patched.setattr(ghcr, "answer", expiring)
            answers, number = one.passes()
        assert answers == [TAGS] * len(IMAGES)
        assert number <= QUIET + 3 * len(IMAGES)


class Proxy(Server):
    """Between the client and a registry nobody here wrote."""

    def __init__(self, upstream):
        super().__init__()
        self.upstream, self.session = upstream, requests.Session()
        self.session.trust_env = False

    def answer(self, request):
        kept = {name: value for name, value in request.headers.items() if name in {"accept", "authorization"}}
        got = self.session.request(request.method, self.upstream + request.target, headers=kept, timeout=10)
        headers = {
            name: got.headers[name] for name in ("Link", "Docker-Content-Digest") if name in got.headers
        }
        return Answer(got.status_code, got.content, got.headers.get("Content-Type", ""), headers)

    def stop(self):
        super().stop()
        self.session.close()


@pytest.mark.real
@pytest.mark.parametrize("program", ["docker-registry", "registry"])
def test_i8_the_same_in_front_of_a_real_registry(program, run, tmp_path):
    with Registries() as registries:
        real = registries.real(program, tmp_path)
        for image in IMAGES:
            real.push_many(image.name, TAGS)
        with Proxy(real.url) as proxy:
            quiet = _quiet(run(proxy))
            for kind in ("500", "429 with a header", "reset", "half", "half a JSON"):
                for k in range(quiet):
                    one = run(proxy)
                    fault = proxy.fail_next(1, **ONCE[kind], after=k)
                    answers, number = one.passes()
                    proxy.lift(fault)
                    whole_or_not_at_all(answers)
                    assert answers.count(TAGS) < len(IMAGES)
                    assert number <= quiet
                    recovers(one)


def _quiet(one):
    answers, number = one.passes()
    assert answers == [TAGS] * len(IMAGES)
    return number
