"""One contract for all registries: whatever its ways, the client sees the truth that was pushed to it."""

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import pytest
from world.registries import PASSWORD, PROFILES, REAL, USER, ZOT, Registries

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.errors import Refused, Unavailable
from updater.model import STEADY, Image, ImageConfig, ImageDate
from updater.observe.listings import newest_two
from updater.schemes.timestamp import Timestamp

ENDS = partial(newest_two, (Timestamp(),))
SUBJECTS = [*PROFILES, *(pytest.param(program, marks=pytest.mark.real) for program in REAL), ZOT]


@pytest.fixture(scope="module")
def registries():
    with Registries() as registries:
        yield registries


@pytest.fixture(scope="module", params=SUBJECTS)
def registry(request, registries, tmp_path_factory):
    if request.param in PROFILES:
        return registries.embedded(request.param)
    return registries.real(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def client(registry):
    with RegistryClient({"ghcr.io": EndpointHost(endpoint=registry.url)}) as client:
        yield client


def image(name):
    return Image("ghcr.io", name)


def test_all_tags_are_listed_over_all_pages(registry, client):
    tags = [f"202602{day:02}-12000{second}" for day in range(1, 29) for second in range(5)]
    registry.push_many("org/many", tags)

    assert sorted(client.tags(image("org/many"))) == tags


def test_of_a_list_that_tags_come_to_and_go_from_the_end_stays_right(registry, client):
    """Read by a cursor where there are pages, also at a tag that is gone."""
    name, number = "org/tail", 1010 if registry.program == "zot" else 110
    tags = [f"20260202-12{second // 60:02}{second % 60:02}" for second in range(number)]
    registry.push_many(name, tags)
    for _ in range(STEADY + 1):
        assert sorted(client.listing(image(name), ENDS).tags) == tags
    for newest in ("20260203-120000", "20260203-120001", "20260203-120002"):
        registry.push(name, newest, newest.encode())
        tags.append(newest)
        assert sorted(client.listing(image(name), ENDS).tags) == tags
    registry.delete(name, tags[-2])
    registry.push(name, "20260203-120003", b"after it")
    for _ in range(STEADY):
        with suppress(Unavailable):
            found = client.listing(image(name), ENDS).tags
    assert max(found) == "20260203-120003"
    assert client.digest(image(name), tags[-2]) is None


def test_more_tags_than_a_page_of_ours_are_listed_too(registry, client):
    tags = [f"20260202-{number:06}" for number in range(1100)]

    for pushed in (tags[:1000], tags[1000:]):
        registry.push_many("org/thousand", pushed)
        assert sorted(client.tags(image("org/thousand"))) == tags[: tags.index(pushed[-1]) + 1]


def test_tags_of_every_shape_are_listed_as_they_are(registry, client):
    tags = ["0", "A" * 128, "_", "a.b-c_d", "latest", f"sha256-{'0' * 64}.sig", "v1.2.3"]
    registry.push_many("org/shapes", tags)

    assert set(client.tags(image("org/shapes"))) == set(tags)


def test_digests_of_images_and_indexes_are_those_that_were_pushed(registry, client):
    single = registry.push("org/shop", "one")
    index = registry.push_index("org/shop", "index")

    assert client.digest(image("org/shop"), "one") == single
    assert client.digest(image("org/shop"), "index") == index
    assert client.digest(image("org/shop"), "other") is None


@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64")])
def test_what_images_say_of_themselves_is_what_was_pushed(registry, client, platforms):
    name, labels = f"org/described-{len(platforms)}", {"org.opencontainers.image.revision": "a" * 40}
    digest = registry.push_described(name, "1", labels, "2026-02-02T05:35:12.5Z", platforms)

    created = datetime(2026, 2, 2, 5, 35, 12, 500_000, tzinfo=UTC)
    assert client.image(image(name), "1") == ImageConfig(digest, platforms, created, labels)
    assert client.image(image(name), f"1@{digest}").digest == digest
    assert client.dates(image(name), ["1", "2"], most=9) == {"1": ImageDate(digest, created), "2": None}
    assert client.image(image(name), f"1@sha256:{'0' * 64}") is None


def test_a_tag_that_is_pushed_again_has_the_new_digest(registry, client):
    old, new = (registry.push("org/moved", "1", content) for content in (b"old", b"new"))

    assert old != new == client.digest(image("org/moved"), "1")


def test_an_unknown_repository_is_not_found(registry, client):
    with pytest.raises(Refused) as caught:
        client.tags(image("org/unknown"))

    assert caught.value.code == "not_found"
    assert client.digest(image("org/unknown"), "1") is None


def test_a_repository_whose_last_tag_was_deleted_lists_none(registry, client):
    registry.push("org/empty", "1")
    registry.delete("org/empty", "1")

    assert client.tags(image("org/empty")) == ()
    assert client.digest(image("org/empty"), "1") is None


@pytest.mark.parametrize(
    "program", [*(pytest.param(one, marks=pytest.mark.real) for one in ("docker-registry", "registry")), ZOT]
)
def test_a_registry_that_wants_a_password_is_read_with_it_alone(registries, tmp_path, program):
    registry = registries.real(program, tmp_path, auth=True)
    pushed = registry.push("org/private", "1")

    with RegistryClient({"ghcr.io": EndpointHost(registry.url, USER, PASSWORD)}) as client:
        assert client.tags(image("org/private")) == ("1",)
        assert client.digest(image("org/private"), "1") == pushed
    for wrong in (EndpointHost(registry.url), EndpointHost(registry.url, USER, "wrong")):
        with RegistryClient({"ghcr.io": wrong}) as client, pytest.raises(Refused) as caught:
            client.tags(image("org/private"))
        assert caught.value.code == "unauthorized"


@pytest.mark.soak
def test_where_some_is_public_a_password_goes_to_the_rest_alone(registries, tmp_path):
    """To zot, whose answers it is: with a wrong password nothing is public."""
    registry = registries.real("zot", tmp_path, auth=True)
    for name in ("org/private", "public/shop"):
        registry.push(name, "1")
    with RegistryClient({"ghcr.io": EndpointHost(registry.url, USER, "wrong")}) as client:
        assert client.tags(image("public/shop")) == ("1",)
        with pytest.raises(Refused):
            client.tags(image("org/private"))
    with RegistryClient({"ghcr.io": EndpointHost(registry.url, USER, PASSWORD)}) as client:
        assert client.tags(image("public/shop")) == client.tags(image("org/private")) == ("1",)
