"""Of a long list only the end is read, and only where the registry is seen to honour that."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.registry import EndpointHost, RegistryClient, ThrottleSettings
from updater.errors import Unavailable
from updater.model import STEADY, Image
from updater.observe.listings import newest_two
from updater.sandbox import Registry
from updater.sandbox.exchange import answer_json
from updater.sandbox.paging import DOCKER_HUB, ECR, GHCR, QUAY, STRICT
from updater.schemes.timestamp import Timestamp

SHOP = Image("ghcr.io", "org/shop")
ENDS = partial(newest_two, (Timestamp(),))
NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
PAGINGS = {
    "ghcr": replace(GHCR, cap=10),
    "forgetful": replace(GHCR, cap=10, unknown_last="nothing"),
    "strict": replace(STRICT, cap=10),
    "ecr": replace(ECR, cap=10),
    "docker-hub": DOCKER_HUB,
    "quay": replace(QUAY, cap=10),
}


def stamp(number):
    return f"20260202-12{number // 60:02}{number % 60:02}"


class Story:
    """A registry, a client and a clock."""

    def __init__(self, registry, client, now):
        self.registry, self.client, self.now = registry, client, now

    def push(self, *tags):
        for tag in tags:
            self.registry.push(SHOP.name, tag)

    def list(self):
        """What the client lists, and how many requests for lists that took."""
        before = len(self.lists())
        tags = self.client.listing(SHOP, ENDS).tags
        return sorted(tags), len(self.lists()) - before

    def settled(self):
        """What it lists once it believes it."""
        for _ in range(2):
            with suppress(Unavailable):
                return self.list()[0]
        return self.list()[0]

    def lists(self):
        return [each for each in self.registry.requests if "/tags/list" in each.path and each.status == 200]


@pytest.fixture
def story(open_ones):
    def begin(paging):
        registry, now = open_ones.enter_context(Registry(PAGINGS[paging])), [NOON]
        pacing = ThrottleSettings(lambda: now[0], jitter=lambda: 0.0)
        client = open_ones.enter_context(
            RegistryClient({"ghcr.io": EndpointHost(registry.url)}, pacing=pacing)
        )
        return Story(registry, client, now)

    return begin


@pytest.fixture
def steady(story):
    """A list of four pages that was read whole three times."""

    def begin(paging):
        told = story(paging)
        told.push("latest", "sha-1234567", "v1.2.3", *map(stamp, range(32)))
        for _ in range(3):
            told.list()
        return told

    return begin


@pytest.mark.parametrize("paging", ["ghcr", "forgetful", "strict", "ecr"])
def test_a_quiet_pass_over_a_long_list_is_one_request(steady, paging):
    told = steady(paging)

    for _ in range(3):
        tags, requests = told.list()
        assert tags == sorted(told.registry.tags(SHOP.name))
        assert requests == 1


@pytest.mark.parametrize("paging", ["ghcr", "forgetful", "strict", "ecr"])
def test_new_tags_are_found_at_the_end(steady, paging):
    told = steady(paging)
    for numbers in ((40,), (41, 42), range(50, 75)):
        told.push(*map(stamp, numbers))
        tags, _ = told.list()
        assert tags == sorted(told.registry.tags(SHOP.name))
    assert told.list()[1] == 1


def test_a_registry_that_ignores_the_cursor_is_read_whole_from_then_on(steady):
    told = steady("quay")
    assert told.list()[1] > 4, "the try, and all of it"

    tags, requests = told.list()

    assert requests == 4
    assert tags == sorted(told.registry.tags(SHOP.name))


def test_a_list_of_one_page_is_read_whole(steady):
    told = steady("docker-hub")
    told.registry.delete(SHOP.name, "latest")
    told.push("other")

    tags, requests = told.list()

    assert (requests, "latest" in tags, "other" in tags) == (1, False, True)


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("gone", [(31,), (30,), (30, 31)])
def test_where_an_end_was_deleted_all_is_read(steady, paging, gone):
    told = steady(paging)
    for number in gone:
        told.registry.delete(SHOP.name, stamp(number))
    told.push(*map(stamp, range(40, 42)))

    assert set(told.registry.tags(SHOP.name)) <= set(told.settled()), "what is new is never missed"
    told.now[0] += timedelta(hours=1)
    assert told.settled() == sorted(told.registry.tags(SHOP.name))


def test_all_is_read_once_an_hour(steady):
    told = steady("ghcr")
    told.registry.delete(SHOP.name, stamp(3))
    told.push("zeta")
    assert {stamp(3), "zeta"} <= set(told.list()[0])

    told.now[0] += timedelta(minutes=59)
    assert told.list()[1] == 1
    told.now[0] += timedelta(minutes=1)
    tags, requests = told.list()

    assert requests == 4
    assert stamp(3) not in tags


def test_a_clock_that_is_set_back_reads_all(steady):
    told = steady("ghcr")
    told.now[0] -= timedelta(days=1)

    assert told.list()[1] == 4


def test_without_an_order_of_text_all_is_read(steady):
    told = steady("ghcr")
    before = len(told.lists())

    told.client.listing(SHOP)

    assert len(told.lists()) == before + 4


def test_an_end_that_is_refused_is_no_answer(steady):
    told = steady("ghcr")
    fault = told.registry.fault(f"last={stamp(30)}", 400)
    assert told.list() == (sorted(told.registry.tags(SHOP.name)), 4)
    told.registry.lift(fault)


@given(
    st.sampled_from(["ghcr", "forgetful", "strict", "ecr", "quay"]),
    st.lists(st.tuples(st.sampled_from(["push", "push", "delete", "wait"]), st.integers(0, 60)), max_size=12),
)
def test_whatever_happens_the_newest_is_never_missed(paging, steps):
    now = [NOON]
    pacing = ThrottleSettings(lambda: now[0], jitter=lambda: 0.0)
    with Registry(PAGINGS[paging]) as registry:
        for number in range(30):
            registry.push(SHOP.name, stamp(number))
        with RegistryClient({"ghcr.io": EndpointHost(registry.url)}, pacing=pacing) as client:
            newest = 30
            for verb, number in [("wait", 0)] * 3 + steps:
                if verb == "push":
                    newest += 1
                    registry.push(SHOP.name, stamp(newest))
                elif verb == "delete" and stamp(number) in registry.tags(SHOP.name)[:-3]:
                    registry.delete(SHOP.name, stamp(number))
                now[0] += timedelta(minutes=number)
                _check(client, registry)


def _check(client, registry):
    """It may be doubted, then all of it; it is never believed without the newest."""
    for _ in range(STEADY):
        with suppress(Unavailable):
            assert max(registry.tags(SHOP.name)) in client.listing(SHOP, ENDS)
            return
    raise AssertionError("it is never believed")


def test_a_page_of_the_end_that_breaks_off_fails_the_listing(serve):
    first = [stamp(number) for number in range(20)]

    def script(request):
        if request.query.get("last") == stamp(9):
            return answer_json({"tags": first[10:]})
        return answer_json({"tags": first[:10]}, headers={"Link": f"<?last={stamp(9)}>; rel=next"})

    server = serve(script)
    with RegistryClient({"ghcr.io": EndpointHost(server.url)}) as client:
        for _ in range(3):
            client.listing(SHOP, ENDS)
        server.fail_next(1, 200, matching="last=", body='{"tags": ["2026')
        with pytest.raises(Exception, match="broken off"):
            client.listing(SHOP, ENDS)
        assert len(client.listing(SHOP, ENDS).tags) == 20


def test_a_list_that_is_pruned_as_fast_as_it_grows_is_not_doubted_when_it_is_read_whole(steady):
    told = steady("ghcr")
    for number in range(5):
        told.push(stamp(100 + number))
        told.list()
        told.registry.delete(SHOP.name, stamp(number))
    told.now[0] += timedelta(hours=1)

    assert told.list()[0] == sorted(told.registry.tags(SHOP.name))
