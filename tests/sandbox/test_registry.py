"""The embedded registry answers as GHCR does, asked by requests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

import pytest
import requests

from updater.sandbox import Registry
from updater.sandbox.paging import DOCKER_HUB, ECR, STRICT

SHOP = "org/shop"
TAGS = f"/v2/{SHOP}/tags/list"


class Client:
    def __init__(self, registry: Registry) -> None:
        self.registry, self.session = registry, requests.Session()

    def get(self, target: str, method: str = "GET", **headers: str) -> requests.Response:
        return self.session.request(method, self.registry.url + target, headers=headers, timeout=5)

    def token(self, name: str = SHOP, **options: Any) -> requests.Response:
        url = f"{self.registry.url}/token?scope=repository:{name}:pull"
        return self.session.get(url, timeout=5, **options)

    def read(self, target: str, method: str = "GET", **headers: str) -> requests.Response:
        bearer = f"Bearer {self.token().json()['token']}"
        return self.get(target, method, Authorization=bearer, **headers)

    def walk(self, target: str) -> list[list[str]]:
        pages, answer = [], self.read(target)
        while True:
            pages.append(answer.json()["tags"])
            if "next" not in answer.links:
                return pages
            answer = self.read(answer.links["next"]["url"])


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as registry:
        yield registry


@pytest.fixture
def client(registry: Registry) -> Iterator[Client]:
    client = Client(registry)
    yield client
    client.session.close()


def test_the_challenge_names_the_repository_but_a_placeholder_at_the_root(registry, client):
    registry.push(SHOP, "1")
    expected = f'Bearer realm="{registry.url}/token",service="{registry.host}",scope="repository:%s:pull"'
    assert client.get(TAGS).headers["WWW-Authenticate"] == expected % SHOP
    assert client.get("/v2/").status_code == 401
    assert client.get("/v2/").headers["WWW-Authenticate"] == expected % "user/image"


def test_a_token_is_needed_even_for_a_public_image_and_says_no_lifetime(registry, client):
    registry.push(SHOP, "1")
    assert client.get(TAGS).status_code == 401
    assert list(client.token().json()) == ["token"]
    assert client.read(TAGS).json() == {"name": SHOP, "tags": ["1"]}


def test_a_token_serves_one_repository_and_can_expire(registry, client):
    registry.push(SHOP, "1")
    bearer = f"Bearer {client.token().json()['token']}"
    other = f"Bearer {client.token('org/other').json()['token']}"
    assert client.get(TAGS, Authorization=other).status_code == 401
    assert client.get(TAGS, Authorization=bearer).status_code == 200
    registry.expire_tokens()
    assert client.get(TAGS, Authorization=bearer).status_code == 401


def test_a_private_repository_wants_the_right_password(registry, client):
    registry.push(SHOP, "1")
    registry.make_private(SHOP, "bot", "pat")
    assert client.token().status_code == 403
    assert client.token(auth=("bot", "wrong")).json()["errors"][0]["code"] == "DENIED"
    token = client.token(auth=("bot", "pat")).json()["token"]
    assert client.get(TAGS, Authorization=f"Bearer {token}").status_code == 200
    assert any(sent.startswith("Basic") for sent in registry.sent_credentials)


def test_tags_come_in_the_order_of_their_creation_a_hundred_to_a_page(registry, client):
    names = [f"t{number * 7919 % 250}" for number in range(250)]
    for name in names:
        registry.push(SHOP, name)
    pages = client.walk(TAGS)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [tag for page in pages for tag in page] == names
    assert client.read(TAGS).headers["Link"].startswith(f"</v2/{SHOP}/tags/list?")
    assert client.walk(f"{TAGS}?n=1000") == [names]
    assert client.walk(f"{TAGS}?last={names[-2]}") == [names[-1:]]


def test_no_page_is_longer_than_a_thousand(registry, client):
    for number in range(1001):
        registry.push(SHOP, f"t{number}")
    assert [len(page) for page in client.walk(f"{TAGS}?n=10000")] == [1000, 1]


@pytest.mark.parametrize(
    ("paging", "pages"),
    [(STRICT, [["a", "b"], ["c"]]), (DOCKER_HUB, [["a", "b", "c"]]), (ECR, [["a", "b"], ["c"]])],
    ids=["strict", "docker-hub", "ecr"],
)
def test_other_registries_page_in_their_own_ways(paging, pages):
    with Registry(paging) as registry:
        client = Client(registry)
        for tag in ("c", "a", "b"):
            registry.push(SHOP, tag)
        answer = client.read(f"{TAGS}?n=2")
        found = [answer.json()["tags"]]
        if following := answer.links.get("next"):
            target = following["url"].removeprefix(registry.url)
            found.append(client.read(target).json()["tags"])
        client.session.close()
    assert found == pages


def test_a_repository_without_tags_says_null_and_a_missing_one_404(registry, client):
    registry.create(SHOP)
    assert client.read(TAGS).json()["tags"] is None
    bearer = f"Bearer {client.token('org/none').json()['token']}"
    answer = client.get("/v2/org/none/tags/list", Authorization=bearer)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NAME_UNKNOWN")


def test_a_manifest_has_its_digest_and_leads_to_labels_and_creation(registry, client):
    made = datetime(2026, 2, 2, tzinfo=UTC)
    digest = registry.push(SHOP, "1", labels={"revision": "abc"}, created=made)
    head = client.read(f"/v2/{SHOP}/manifests/1", "HEAD")
    assert (head.headers["Docker-Content-Digest"], head.content) == (digest, b"")
    manifest = client.read(f"/v2/{SHOP}/manifests/{digest}")
    assert f"sha256:{sha256(manifest.content).hexdigest()}" == digest
    assert int(head.headers["Content-Length"]) == len(manifest.content)
    config = client.read(f"/v2/{SHOP}/blobs/{manifest.json()['config']['digest']}").json()
    assert config["config"]["Labels"] == {"revision": "abc"}
    assert config["created"] == "2026-02-02T00:00:00+00:00"


def test_an_accept_that_is_too_narrow_finds_nothing(registry, client):
    registry.push(SHOP, "1")
    narrow = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    assert client.read(f"/v2/{SHOP}/manifests/1", **narrow).status_code == 404
    wide = {"Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"}
    assert client.read(f"/v2/{SHOP}/manifests/1", **wide).status_code == 200


def test_several_platforms_make_an_index(registry, client):
    registry.push(SHOP, "1", platforms=("linux/amd64", "linux/arm64/v8", "unknown/unknown"))
    index = client.read(f"/v2/{SHOP}/manifests/1").json()
    assert [entry["platform"].get("variant") for entry in index["manifests"]] == [None, "v8", None]
    each = [client.read(f"/v2/{SHOP}/manifests/{entry['digest']}") for entry in index["manifests"]]
    assert {answer.status_code for answer in each} == {200}


def test_pushing_again_moves_the_tag_unless_the_content_is_the_same(registry, client):
    first = registry.push(SHOP, "1")
    assert registry.push(SHOP, "1") != first
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    same = [registry.push(SHOP, tag, content="x", created=moment) for tag in ("2", "3")]
    assert same[0] == same[1]
    registry.delete(SHOP, "1")
    assert client.read(TAGS).json()["tags"] == ["2", "3"]


def test_a_lagging_tag_is_listed_before_it_can_be_had(registry, client):
    registry.push(SHOP, "1", lag=2)
    assert client.read(TAGS).json()["tags"] == ["1"]
    answers = [client.read(f"/v2/{SHOP}/manifests/1", "HEAD").status_code for _ in range(3)]
    assert answers == [404, 404, 200]


def test_there_are_no_referrers(registry, client):
    digest = registry.push(SHOP, "1")
    assert client.read(f"/v2/{SHOP}/referrers/{digest}").status_code == 404


def test_the_date_is_the_clocks():
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    with Registry(clock=lambda: moment) as registry, requests.get(registry.url + "/v2/", timeout=5) as answer:
        assert parsedate_to_datetime(answer.headers["Date"]) == moment


def test_requests_are_recorded(registry, client):
    registry.push(SHOP, "1")
    client.read(TAGS)
    assert registry.requests[-1][:3] == ("GET", TAGS, 200)
    assert [recorded.write for recorded in registry.requests] == [False, False]
    registry.requests.clear()
    assert registry.requests == []


class TestFaults:
    @pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
    def test_the_next_requests_fail_and_no_more(self, registry, client, status):
        registry.push(SHOP, "1")
        registry.fail_next(2, status, matching="tags/list", headers={"Retry-After": "3"})
        answers = [client.read(TAGS) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [status, status, 200]
        assert answers[0].headers["Retry-After"] == "3"

    def test_the_third_request_fails(self, registry, client):
        registry.push(SHOP, "1")
        registry.fail_next(1, 500, matching="tags/list", after=2)
        assert [client.read(TAGS).status_code for _ in range(4)] == [200, 200, 500, 200]

    def test_a_fault_stays_until_it_is_lifted(self, registry, client):
        registry.push(SHOP, "1")
        fault = registry.fault("tags/list", 200, body="<html>", content_type="text/html")
        assert [client.read(TAGS).text for _ in range(3)] == ["<html>"] * 3
        assert client.read(TAGS).headers["Content-Type"] == "text/html"
        registry.lift(fault)
        assert client.read(TAGS).json()["tags"] == ["1"]

    def test_half_an_answer_arrives(self, registry, client):
        registry.push(SHOP, "1")
        registry.fail_next(1, matching="tags/list", cut="half")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            client.read(TAGS)

    def test_the_connection_is_cut(self, registry, client):
        registry.fail_next(1, matching="/v2/", cut="whole")
        with pytest.raises(requests.ConnectionError):
            client.get("/v2/")

    def test_an_empty_list_and_a_strange_link_can_be_told(self, registry, client):
        registry.push(SHOP, "1")
        registry.fail_next(1, 200, matching="tags/list", body='{"name": "org/shop", "tags": []}')
        assert client.read(TAGS).json()["tags"] == []
        registry.fail_next(1, matching="tags/list", headers={"Link": f'<{TAGS}>; rel="next"'})
        looping = client.read(TAGS)
        assert (looping.json()["tags"], looping.links["next"]["url"]) == (["1"], TAGS)
