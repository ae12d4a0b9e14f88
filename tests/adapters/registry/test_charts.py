"""Helm charts: in a registry as `helm push` leaves them, and in repositories with an index.yaml."""

import gzip
import json
import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from updater.adapters.registry import EndpointHost
from updater.adapters.registry.chart_index import NoIndex, read_index
from updater.errors import Refused, Unavailable
from updater.model import APP_VERSION, Chart
from updater.sandbox import ChartRepository
from updater.sandbox.exchange import Answer

CREATED = datetime(2026, 2, 1, 10, tzinfo=UTC)
OCI = Chart.parse("oci://ghcr.io/org/charts/shop")
SHOP = Chart.parse("https://charts.example.org/stable/shop")
HOST = SHOP.registry


@pytest.fixture
def served(open_ones):
    return open_ones.enter_context(ChartRepository())


@pytest.fixture
def reader(served, client_for):
    """A client that asks it when it is asked for charts.example.org, as nobody."""
    return client_for(served, hosts={HOST: EndpointHost(endpoint=served.url)})


def answering(client_for, serve, answer, **host):
    server = serve(lambda _request: answer)
    return client_for(server, hosts={HOST: EndpointHost(endpoint=server.url, **host)}), server


# --- in a registry ----------------------------------------------------------------------------------------


def test_a_chart_is_read_as_helm_pushes_it(start, client_for):
    registry = start()
    digest = registry.push_chart(OCI.name, "1.2.3+7", app_version="2026.1", created=CREATED)
    client = client_for(registry)
    assert client.listing(OCI).tags == ("1.2.3+7",)
    assert client.digest(OCI, "1.2.3+7") == digest
    said = client.image(OCI, "1.2.3+7")
    assert (said.digest, said.created, said.artifact) == (digest, CREATED, None)
    assert said.labels[APP_VERSION] == "2026.1"


def test_what_a_thing_is_depends_on_what_was_asked_for(start, client_for):
    registry = start()
    registry.push_chart(OCI.name, "1.0.0")
    registry.push(OCI.name, "2.0.0")
    client, image = client_for(registry), Chart.__base__(OCI.registry, OCI.name)
    assert client.image(OCI, "2.0.0").artifact == "a container image"
    assert client.image(image, "1.0.0").artifact == "a Helm chart"
    assert client.image(OCI, "1.0.0").artifact is client.image(image, "2.0.0").artifact is None


# --- in a repository --------------------------------------------------------------------------------------


def test_an_index_tells_versions_digests_and_when_they_were_made(served, reader):
    digest = served.push("shop", "1.2.3+7", app_version="2026.1", created="2026-02-01T19:00:00.5+09:00")
    served.push("blog", "9.9.9")
    assert reader.listing(SHOP).tags == ("1.2.3+7",)
    assert reader.digest(SHOP, "1.2.3+7") == digest
    assert reader.digest(SHOP, "1.2.4") is None
    assert reader.image(SHOP, "1.2.4") is None
    said = reader.image(SHOP, "1.2.3+7")
    assert (said.digest, said.created.replace(microsecond=0)) == (digest, CREATED)
    assert (said.artifact, said.labels) == (None, {APP_VERSION: "2026.1"})


def test_it_is_read_again_only_where_it_has_changed(served, reader):
    served.push("shop", "1.0.0")
    for _ in range(2):
        assert reader.listing(SHOP).tags == ("1.0.0",)
    served.push("shop", "1.1.0")
    assert set(reader.listing(SHOP).tags) == {"1.0.0", "1.1.0"}
    assert reader.digest(SHOP, "1.1.0")
    assert [request.status for request in served.requests] == [200, 304, 200, 304]


def test_another_chart_of_the_same_index_is_read_from_all_of_it(served, reader):
    served.push("shop", "1.0.0")
    served.push("blog", "2.0.0")
    assert reader.listing(SHOP).tags == ("1.0.0",)
    assert reader.listing(Chart.parse("https://charts.example.org/stable/blog")).tags == ("2.0.0",)
    assert reader.listing(SHOP).tags == ("1.0.0",)
    assert [request.status for request in served.requests] == [200, 200, 304]


def test_a_chart_whose_reading_failed_is_looked_for_when_the_index_is_there_again(served, reader):
    served.push("shop", "1.0.0")
    served.push("blog", "2.0.0")
    reader.listing(SHOP)
    blog = Chart.parse("https://charts.example.org/stable/blog")
    served.fail_next(1, 404)
    with pytest.raises(Refused):
        reader.listing(blog)
    assert reader.listing(blog).tags == ("2.0.0",)


def test_where_it_cannot_be_told_whether_it_has_changed_it_counts_for_a_moment(client_for, serve):
    index = b"entries: {shop: [{version: 1.0.0, digest: " + b"a" * 64 + b"}]}"
    client, server = answering(client_for, serve, Answer(200, index, "text/yaml"))
    assert client.listing(SHOP).tags == ("1.0.0",)
    assert client.digest(SHOP, "1.0.0") == f"sha256:{'a' * 64}"
    assert len(server.seen) == 1


def test_a_version_that_vanishes_is_not_believed_at_once(served, reader):
    served.push("shop", "1.0.0")
    served.push("shop", "1.1.0")
    reader.listing(SHOP)
    served.remove("shop", "1.1.0")
    with pytest.raises(Unavailable, match=r"lists 1 tag for https://charts.example.org/stable/shop"):
        reader.listing(SHOP)


INDEX = b"apiVersion: v1\nentries:\n  shop:\n  - {version: 1.0.0}\n"
BAD = {
    "a page": (Answer(200, b"\n<!DOCTYPE html>", "text/yaml"), "with HTML; look for a login page"),
    "said to be a page": (Answer(200, INDEX, "text/html; charset=utf-8"), "with HTML; look for a login page"),
    "missing": (Answer(404, b"", "text/plain"), "answered 404 for URL: check the address of the repository"),
    "not for us": (Answer(403), "answered 403 for URL: name credentials under registries.charts.example.org"),
    "overloaded": (Answer(503), "answered 503 for URL: it has a fault or is overloaded; nothing changes"),
    "a list": (Answer(200, b"- a", "text/yaml"), "with YAML that is no index of charts"),
    "nothing": (Answer(200, b"", "text/yaml"), "with YAML that is no index of charts"),
    "another file": (Answer(200, b"apiVersion: v1", "text/yaml"), "with YAML without the `entries`"),
    "a tab": (Answer(200, b"entries:\n\tshop: []", "text/yaml"), "with YAML that cannot be read"),
    "no text": (Answer(200, b"\xff\xfe\xff", "text/yaml"), "is no index of Helm charts"),
    "half of it": (Answer(200, INDEX, "text/yaml", cut="half"), "broke off"),
    "a part of its last line": (
        Answer(200, INDEX.replace(b"{version: 1.0.0}", b"version: 1.0.0")[:-1], "text/yaml"),
        "with YAML that ends within a line, perhaps broken off",
    ),
    "without the chart": (Answer(200, b"entries: {blog: []}", "text/yaml"), "URL lists no chart shop"),
    "without digests": (Answer(200, INDEX, "text/yaml"), "URL names no digest for 1.0.0 of"),
    "elsewhere in plain text": (
        Answer(302, headers={"Location": "http://elsewhere.example/index.yaml"}),
        "sends us on to http://elsewhere.example for",
    ),
    "in circles": (Answer(302, headers={"Location": "/stable/index.yaml"}), "sends us in circles"),
}


@pytest.mark.parametrize(("answer", "says"), BAD.values(), ids=BAD)
def test_what_is_no_index_gets_one_sentence(client_for, serve, answer, says):
    client, server = answering(client_for, serve, answer)
    with pytest.raises((Refused, Unavailable)) as caught:
        client.digest(SHOP, "1.0.0")
    assert says.replace("URL", f"{server.url}/stable/index.yaml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_huge_index_is_not_read_to_its_end(client_for, serve):
    bomb = gzip.compress(b"entries:\n  shop: []\n" + b"# padding, and more padding\n" * 2_500_000)
    packed = Answer(200, bomb, "text/yaml", {"Content-Encoding": "gzip"})
    client, _ = answering(client_for, serve, packed)
    with pytest.raises(Refused, match="more than 64 MiB when asked for the index of"):
        client.listing(SHOP)


def test_the_password_goes_to_its_host_alone(served, client_for, serve):
    """Also where that one sends us elsewhere, as GitHub Pages does. I12."""
    served.push("shop", "1.0.0")
    elsewhere = serve(lambda _request: Answer(200, served.index.encode(), "text/yaml"))
    known = EndpointHost(endpoint=served.url, username="bot", password="hush", insecure=True)
    served.reader = ("bot", "hush")
    client = client_for(served, hosts={HOST: known})
    assert client.listing(SHOP).tags == ("1.0.0",)
    assert served.sent_credentials == {"Basic " + b64encode(b"bot:hush").decode()}
    served.fail_next(1, 302, headers={"Location": f"{elsewhere.url}/index.yaml"})
    with pytest.raises(Refused, match="which is not followed"):
        client.listing(SHOP)
    assert not elsewhere.seen


def test_a_wrong_password_is_said(served, client_for):
    served.push("shop", "1.0.0")
    served.reader = ("bot", "hush")
    known = EndpointHost(endpoint=served.url, username="bot", password="old")
    with pytest.raises(Refused, match=r"answered 401 .*: check the credentials of registries") as caught:
        client_for(served, hosts={HOST: known}).listing(SHOP)
    assert "old" not in str(caught.value)


# --- the index itself -------------------------------------------------------------------------------------

ENTRY = "{version: 1.0.0, digest: d, created: c, appVersion: a}"
READ = {
    "aliases and anchors beside it": (f"x: &x [*x]\nentries: {{shop: [{ENTRY}]}}", ["1.0.0"]),
    "entries that are none": (f"entries: {{shop: [3, [], {{a: {{b: c}}}}, {ENTRY}]}}", ["1.0.0"]),
    "a version that is none": (
        "entries: {shop: [{version: ../../x}, {version: [1.0.0]}, {version: ''}]}",
        [],
    ),
    "a version that is twice there": (f"entries: {{shop: [{ENTRY}, {ENTRY}]}}", ["1.0.0"]),
    "a chart that is no list": ("entries: {shop: {version: 1.0.0}}", None),
    "keys that are none": (f"{{[a]: b}}: c\nentries: {{{{a: b}}: [1], shop: [{ENTRY}]}}", ["1.0.0"]),
    "JSON": (json.dumps({"entries": {"shop": [{"version": "1.0.0"}]}}), ["1.0.0"]),
    "a mapping nested deep": (
        "entries: {shop: [{version: 1.0.0}], x: " + "[" * 900 + "]" * 900 + "}",
        ["1.0.0"],
    ),
}


@pytest.mark.parametrize(("text", "versions"), READ.values(), ids=READ)
def test_what_is_odd_in_an_index_is_passed_over(text, versions):
    found = read_index(text.encode(), ["shop"]).get("shop")
    assert (list(found) if found is not None else None) == versions


def test_an_alias_bomb_costs_nothing():
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert read_index("\n".join(["a0: &a0 [x]", *lines, "entries: {}"]).encode(), ["shop"]) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x: " + "[" * 100_000, "nests more than 1,000 levels"),
        ("x: [" + "a," * 100_000 + "]\nentries: {}", "more than 33,336 values, too many for its size"),
    ],
)
def test_what_would_be_read_for_minutes_is_no_index(text, says):
    started = time.process_time()
    with pytest.raises(NoIndex, match=says):
        read_index(text.encode(), ["shop"])
    assert time.process_time() - started < 2  # seconds


@pytest.mark.parametrize("rest", ["generated: [", "---\n- ["])
def test_what_follows_has_to_be_readable_too(rest):
    with pytest.raises(NoIndex):
        read_index(f"entries: {{shop: [{ENTRY}]}}\n{rest}".encode(), ["shop"])
