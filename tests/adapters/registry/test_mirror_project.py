"""A mirror that keeps the images of a registry in a project: Harbor, ECR's caches, Artifactory."""

from urllib.parse import unquote

import pytest

from updater.adapters.registry import RegistryClient
from updater.config.registries import Registry as RegistrySettings
from updater.errors import Refused
from updater.model import Image
from updater.sandbox.exchange import answer_json
from updater.sandbox.paging import ECR, GHCR, Paging
from updater.wiring.registries import hosts_of

SHOP = Image.parse("ghcr.io/org/shop")
MIRRORED = "ghcr-proxy/org/shop"
USER, PASSWORD = "robot", "s3cret"


@pytest.fixture
def mirror_for(monkeypatch, open_ones):
    """A client as the config makes it, for a registry that plays the mirror."""
    monkeypatch.setenv("MIRROR_USER", USER)
    monkeypatch.setenv("MIRROR_TOKEN", PASSWORD)

    def make(server, **settings):
        entry = RegistrySettings(endpoint=server.url, insecure=True, **settings)
        return open_ones.enter_context(RegistryClient(hosts_of({"ghcr.io": entry})))

    return make


@pytest.mark.parametrize(
    "paging",
    [GHCR, ECR, Paging(page_size=2, cap=2), Paging(page_size=2, cap=2, link="absolute")],
    ids=["one page", "by password", "relative links", "absolute links"],
)
def test_tags_digests_and_images_are_read_below_the_project(start, mirror_for, paging):
    mirror = start(paging)
    digest = [mirror.push(MIRRORED, f"{number}") for number in range(5)][-1]
    mirror.push("org/shop", "of-another-project")
    mirror.make_private(MIRRORED, USER, PASSWORD)
    client = mirror_for(mirror, prefix="ghcr-proxy", username_env="MIRROR_USER", password_env="MIRROR_TOKEN")
    assert sorted(client.tags(SHOP)) == ["0", "1", "2", "3", "4"]
    assert client.digest(SHOP, "4") == digest
    assert client.image(SHOP, "4").digest == digest


def test_a_token_is_asked_for_the_name_that_the_mirror_knows(start, mirror_for):
    mirror = start()
    mirror.push(MIRRORED, "1")
    assert mirror_for(mirror, prefix="/ghcr-proxy/").tags(SHOP) == ("1",)
    (asked,) = [one.path for one in mirror.requests if one.path.startswith("/token")]
    assert f"repository:{MIRRORED}:pull" in unquote(asked)


def test_what_is_not_there_names_the_address_that_was_asked(start, mirror_for):
    mirror = start()
    mirror.push(MIRRORED, "1")
    with pytest.raises(Refused) as caught:
        mirror_for(mirror, prefix="other").tags(SHOP)
    said = "; see whether prefix of registries.ghcr.io, other, is right)"
    assert f"(asked at {mirror.url}/v2/other/org/shop/{said}" in str(caught.value)


def test_a_project_in_the_path_of_the_endpoint_is_told_where_it_belongs(serve, open_ones):
    mirror = serve(lambda _: answer_json({}, 404))
    entry = RegistrySettings(endpoint=f"{mirror.url}/ghcr-proxy", insecure=True)
    client = open_ones.enter_context(RegistryClient(hosts_of({"ghcr.io": entry})))
    with pytest.raises(Refused) as caught:
        client.tags(SHOP)
    assert "prefix of registries.ghcr.io, not in endpoint" in str(caught.value)
    assert f"{mirror.url}/ghcr-proxy/v2/org/shop" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"prefix": "ghcr-proxy"}, "name the mirror by endpoint"),
        ({"prefix": "GHCR", "endpoint": "https://h.example"}, "is no name of a project"),
        ({"prefix": "a/../b", "endpoint": "https://h.example"}, "is no name of a project"),
        ({"prefix": "", "endpoint": "https://h.example"}, "is no name of a project"),
    ],
)
def test_a_prefix_that_leads_nowhere_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        RegistrySettings(**settings)
