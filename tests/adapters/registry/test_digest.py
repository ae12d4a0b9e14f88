from hashlib import sha256

import pytest

from updater.errors import Refused, Unavailable
from updater.sandbox.exchange import Answer

INDEX = "application/vnd.oci.image.index.v1+json"
BODY = b'{"schemaVersion": 2}'


@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64", "unknown/unknown")])
def test_the_digest_of_a_tag_is_read_by_one_head(registry, client, shop, platforms):
    pushed = registry.push("org/shop", "1", platforms=platforms)
    client.tags(shop)
    registry.requests.clear()

    assert client.digest(shop, "1") == pushed
    assert [(recorded.method, recorded.status) for recorded in registry.requests] == [("HEAD", 200)]


def test_all_four_manifest_types_are_accepted(serve, client_for, shop):
    server = serve(lambda _: Answer(404))
    client_for(server).digest(shop, "1")

    accepted = {kind.strip() for kind in server.seen[0].headers["accept"].split(",")}
    assert accepted == {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }


def test_a_tag_that_is_not_there_has_no_digest(registry, client, shop):
    registry.push("org/shop", "1")

    assert client.digest(shop, "2") is None


def test_a_tag_that_is_listed_before_its_manifest_is_not_there_yet(registry, client, shop):
    pushed = registry.push("org/shop", "1", lag=1)
    assert client.tags(shop) == ("1",)

    assert [client.digest(shop, "1"), client.digest(shop, "1")] == [None, pushed]


@pytest.mark.parametrize("tag", ["", "..", "a/b", "a?b", "a#b", "a b", "-a", "x" * 129, "latest\n"])
def test_what_cannot_be_a_tag_is_not_asked_for(registry, client, shop, tag):
    assert client.digest(shop, tag) is None
    assert registry.requests == []


@pytest.mark.parametrize("named", [{}, {"Docker-Content-Digest": "sha256:short"}])
@pytest.mark.parametrize("head", [200, 405])
def test_without_a_named_digest_it_is_the_sum_of_the_manifest(serve, client_for, shop, named, head):
    server = serve(lambda request: Answer(head if request.method == "HEAD" else 200, BODY, INDEX, named))

    assert client_for(server).digest(shop, "1") == f"sha256:{sha256(BODY).hexdigest()}"


def test_a_tag_that_goes_between_head_and_get_is_not_there(serve, client_for, shop):
    server = serve(lambda request: Answer(200 if request.method == "HEAD" else 404))

    assert client_for(server).digest(shop, "1") is None


def test_the_sum_of_a_login_page_is_no_digest(serve, client_for, shop):
    server = serve(lambda _: Answer(200, b"<html>", "text/html"))

    with pytest.raises(Refused) as caught:
        client_for(server).digest(shop, "1")

    assert caught.value.code == "not_json"


@pytest.mark.parametrize("cut", ["half", "whole"])
def test_the_sum_of_half_a_manifest_is_no_digest(serve, client_for, shop, cut):
    server = serve(lambda request: Answer(200, BODY, INDEX, cut="no" if request.method == "HEAD" else cut))

    with pytest.raises(Unavailable):
        client_for(server).digest(shop, "1")


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (401, Refused), (500, Unavailable)])
def test_a_manifest_that_cannot_be_read_is_an_error(serve, client_for, shop, status, error):
    client = client_for(serve(lambda _: Answer(status)))

    with pytest.raises(error, match=str(status)):
        client.digest(shop, "1")
