"""When the images of many tags were created: each is looked at once."""

from datetime import UTC, datetime, timedelta

import pytest

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.errors import Unavailable
from updater.model import ImageDate

NAME = "org/shop"
START = datetime(2026, 2, 2, tzinfo=UTC)
TAGS = [f"sha-{number:07x}" for number in range(20)]


@pytest.fixture
def pushed(registry):
    """Twenty tags, an hour apart."""
    return {
        tag: ImageDate(
            registry.push(NAME, tag, created=START + timedelta(hours=n)), START + timedelta(hours=n)
        )
        for n, tag in enumerate(TAGS)
    }


@pytest.fixture
def another(open_ones, registry, tmp_path):
    """A client of another process over the same folder."""

    def make():
        hosts = {"ghcr.io": EndpointHost(endpoint=registry.url)}
        return open_ones.enter_context(RegistryClient(hosts, cache=tmp_path))

    return make


def asked(registry):
    return [each for each in registry.requests if "/v2/" in each.path and each.status != 401]


def test_every_tag_is_looked_at_once(registry, client, shop, pushed):
    assert client.dates(shop, TAGS, most=100) == pushed
    registry.requests.clear()
    assert client.dates(shop, TAGS, most=100) == pushed
    assert not registry.requests


def test_a_new_tag_costs_its_own_requests(registry, client, shop, pushed):
    client.dates(shop, TAGS, most=100)
    registry.push(NAME, "sha-new", created=START)
    registry.requests.clear()

    assert client.dates(shop, [*TAGS, "sha-new"], most=100)["sha-new"].created == START
    assert [each.method for each in asked(registry)] == ["HEAD", "GET", "GET"]


def test_at_most_so_many_are_looked_at_the_last_ones_first(client, shop, pushed):
    found = [len(client.dates(shop, TAGS, most=9)) for _ in range(4)]
    assert found == [9, 18, 20, 20]
    assert set(client.dates(shop, TAGS, most=0)) == set(TAGS)


def test_the_last_ones_come_first(client, shop, pushed):
    assert set(client.dates(shop, TAGS, most=3)) == set(TAGS[-3:])


def test_a_tag_without_a_manifest_is_none_and_asked_again(registry, client, shop, pushed):
    registry.lag(NAME, TAGS[3])
    assert client.dates(shop, TAGS, most=100)[TAGS[3]] is None
    assert client.dates(shop, TAGS, most=100) == pushed


def test_a_tag_that_is_seen_to_move_is_looked_at_again(registry, client, shop, pushed):
    client.dates(shop, TAGS, most=100)
    moved = registry.push(NAME, TAGS[0], created=START + timedelta(days=2))
    assert client.dates(shop, TAGS, most=100) == pushed, "nobody looked"
    client.digest(shop, TAGS[0])
    assert client.dates(shop, TAGS, most=100)[TAGS[0]] == ImageDate(moved, START + timedelta(days=2))


def test_what_was_seen_before_a_failure_is_kept_and_a_storm_of_failures_is_none(
    registry, client, shop, pushed
):
    registry.fault("/v2/", 503)
    registry.requests.clear()
    with pytest.raises(Unavailable):
        client.dates(shop, TAGS, most=100)
    assert len(registry.requests) <= 8
    registry.lift()
    registry.fault(f"HEAD .*{TAGS[0]}", 503)
    with pytest.raises(Unavailable):
        client.dates(shop, TAGS, most=100)
    registry.lift()
    registry.requests.clear()
    assert client.dates(shop, TAGS, most=100) == pushed
    assert len([each for each in asked(registry) if each.method == "HEAD"]) == 1


def test_what_one_process_has_seen_another_need_not(registry, another, shop, pushed):
    another().dates(shop, TAGS, most=100)
    registry.requests.clear()
    assert another().dates(shop, TAGS, most=100) == pushed
    assert not registry.requests


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:50],
        lambda text: "[]",
        lambda text: text.replace("sha256:", "sha1:"),
        lambda text: text.replace("ghcr.io", "evil.example"),
        lambda text: text.replace("+00:00", ""),
        lambda text: text.replace("2026", "year"),
        lambda text: text.replace('"tags": {', '"tags": [{').replace("}}", "}]}"),
        lambda text: text.replace('"v": 1', '"v": 2'),
    ],
)
def test_a_damaged_folder_costs_requests_and_nothing_else(
    registry, another, shop, *, pushed, damage, tmp_path
):
    another().dates(shop, TAGS, most=100)
    (file,) = (tmp_path / "dates").iterdir()
    file.write_text(damage(file.read_text()))
    assert another().dates(shop, TAGS, most=100) == pushed
