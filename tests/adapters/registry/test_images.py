"""What an image says of itself, and that it is asked for once."""

import json
from datetime import UTC, datetime

import pytest

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.registry.digest_cache import DigestCache
from updater.errors import Refused, Unavailable
from updater.model import ImageConfig
from updater.sandbox.exchange import Answer
from updater.sandbox.images import CONFIG, INDEX, LAYER, MANIFEST, Stored
from updater.sandbox.paging import DOCKER_HUB

NAME = "org/shop"
MADE = datetime(2026, 2, 2, 5, 35, 12, tzinfo=UTC)
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"


def put(registry, content, media_type=INDEX, tag=None):
    return registry.put_manifest(NAME, tag, json.dumps(content).encode(), media_type)


def entry(digest, platform=None, media_type=MANIFEST, **more):
    os, _, architecture = (platform or "").partition("/")
    said = {"platform": {"os": os, "architecture": architecture}} if platform else {}
    return {"mediaType": media_type, "digest": digest, "size": 1, **said, **more}


def test_a_plain_image_says_all_in_three_requests(registry, client, shop):
    digest = registry.push(NAME, "1", labels={"a": "b"}, created=MADE, platforms=["linux/arm/v7"])
    client.tags(shop)
    registry.requests.clear()

    assert client.image(shop, "1") == ImageConfig(digest, ("linux/arm/v7",), MADE, {"a": "b"})
    assert [recorded.method for recorded in registry.requests] == ["HEAD", "GET", "GET"]


def test_an_index_costs_one_request_more_and_attestations_are_no_platform(registry, client, shop):
    platforms = ["linux/amd64", "linux/arm64", "unknown/unknown"]
    digest = registry.push(NAME, "1", labels={"a": "b"}, created=MADE, platforms=platforms)
    client.tags(shop)
    registry.requests.clear()

    assert client.image(shop, "1") == ImageConfig(digest, ("linux/amd64", "linux/arm64"), MADE, {"a": "b"})
    assert len(registry.requests) == 4


def test_an_attestation_that_comes_first_does_not_speak_for_the_image(registry, client, shop):
    one, noise = registry.push(NAME, "1", labels={"a": "b"}), registry.push(NAME, "2", labels={"a": "no"})
    marked = entry(noise, "linux/s390x", annotations={"vnd.docker.reference.type": "attestation-manifest"})
    put(
        registry,
        {"manifests": [entry(noise, "unknown/unknown"), marked, entry(one, "linux/amd64")]},
        tag="3",
    )

    found = client.image(shop, "3")
    assert (found.platforms, found.labels) == (("linux/amd64",), {"a": "b"})


def test_indexes_inside_indexes_are_followed(registry, client, shop):
    one, two = registry.push(NAME, "1"), registry.push(NAME, "2")
    inner = put(registry, {"manifests": [entry(two, "linux/arm64")]})
    put(registry, {"manifests": [entry(one, "linux/amd64"), entry(inner, media_type=INDEX)]}, tag="3")

    assert client.image(shop, "3").platforms == ("linux/amd64", "linux/arm64")


def test_indexes_without_an_end_are_refused(registry, client, shop):
    inner = registry.push(NAME, "1")
    for _ in range(5):
        inner = put(registry, {"manifests": [entry(inner, media_type=INDEX)]}, tag="1")

    with pytest.raises(Refused) as caught:
        client.image(shop, "1")
    assert caught.value.code == "too_deep"


def test_what_an_index_does_not_say_of_a_platform_its_config_does(registry, client, shop):
    one, two = registry.push(NAME, "1"), registry.push(NAME, "2", platforms=["linux/arm64"])
    put(registry, {"manifests": [entry(one), entry(two)]}, tag="3")

    assert client.image(shop, "3").platforms == ("linux/amd64", "linux/arm64")


def test_docker_s_own_media_types_are_read(registry, client, shop):
    said = {"created": "2026-02-02T05:35:12.123456789Z", "architecture": "amd64", "os": "linux"}
    config = registry.put_blob(NAME, json.dumps(said).encode(), DOCKER_CONFIG)
    described = {"mediaType": DOCKER_CONFIG, "digest": config, "size": 9}
    one = put(registry, {"mediaType": DOCKER_MANIFEST, "config": described}, DOCKER_MANIFEST)
    put(registry, {"manifests": [entry(one, "linux/amd64", DOCKER_MANIFEST)]}, DOCKER_LIST, "1")

    found = client.image(shop, "1")
    assert found.platforms == ("linux/amd64",)
    assert found.created == datetime(2026, 2, 2, 5, 35, 12, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "created",
    [
        "1970-01-01T00:00:00Z",
        "1980-01-01T00:00:01Z",
        "0001-01-01T00:00:00Z",
        "2026-02-02T05:35:12",
        "2026-02-30T05:35:12Z",
        "9999-12-31T23:59:59-12:00",
        "yesterday",
        "",
    ],
)
def test_an_implausible_creation_is_none(registry, client, shop, created):
    registry.push(NAME, "1", created=created)

    assert client.image(shop, "1").created is None


def test_annotations_stand_in_for_labels_that_are_missing(registry, client, shop):
    registry.push(NAME, "1", labels={"a": "config"}, annotations={"a": "no", "b": "annotation"})

    assert client.image(shop, "1").labels == {"a": "config", "b": "annotation"}


def test_labels_are_bounded(registry, client, shop):
    registry.push(NAME, "1", labels={"long": "x" * 5000, **{f"{n:03}": "y" for n in range(300)}})

    labels = client.image(shop, "1").labels
    assert len(labels) == 200
    assert "long" not in labels


def artifact(registry):
    empty = registry.put_blob(NAME, b"{}", "application/vnd.oci.empty.v1+json")
    described = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2}
    content = {"artifactType": "application/spdx+json", "config": described, "annotations": {"a": "sbom"}}
    return put(registry, content, MANIFEST)


@pytest.mark.parametrize("first", ["image", "artifact"])
def test_an_artifact_beside_the_images_of_an_index_makes_it_none(registry, client, shop, first):
    image = entry(registry.push(NAME, "1", labels={"a": "b"}, created=MADE))
    listed = sorted([image, entry(artifact(registry))], key=lambda one: (one == image) != (first == "image"))
    digest = put(registry, {"manifests": listed}, tag="2")

    assert client.image(shop, "2") == ImageConfig(digest, ("linux/amd64",), MADE, {"a": "b"})


def test_an_index_of_artifacts_alone_is_what_the_first_is(registry, client, shop):
    put(registry, {"manifests": [entry(artifact(registry), "linux/amd64")]}, tag="1")

    found = client.image(shop, "1")
    assert (found.artifact, found.platforms, found.labels) == ("an SBOM", (), {})


@pytest.mark.parametrize("content", [b"", b"{}", b'{"author": "kim"}'])
def test_a_config_that_nothing_runs_by_is_an_artifact_s(registry, client, shop, content):
    """As ORAS writes it, told to take a file of one's own for the config."""
    config = registry.put_blob(NAME, content, CONFIG)
    described = {"mediaType": CONFIG, "digest": config, "size": len(content)}
    layer = {"mediaType": LAYER, "digest": config, "size": len(content)}
    put(registry, {"config": described, "layers": [layer]}, MANIFEST, "1")

    assert client.image(shop, "1").artifact == "an artifact with an empty config"


def test_what_is_no_image_says_nothing(registry, client, shop):
    config = registry.put_blob(NAME, b"{}", "application/vnd.cncf.helm.config.v1+json")
    described = {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config, "size": 2}
    digest = put(registry, {"config": described, "annotations": {"a": "b"}}, MANIFEST, "1")

    assert client.image(shop, "1") == ImageConfig(digest, (), None, {"a": "b"}, "a Helm chart")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"manifests": None},
        {"manifests": ["x", {}, {"digest": 7}, {"digest": "../x"}, {"digest": "sha256:"}]},
        {"config": []},
        {"config": {"mediaType": CONFIG, "digest": "sha256:../../x", "size": 1}},
        {"config": {"mediaType": CONFIG, "digest": None}},
        {"annotations": [1], "config": {"mediaType": [], "digest": {}}},
        {"annotations": {"a": 1, "b": None}},
    ],
)
def test_a_manifest_of_nonsense_says_nothing(registry, client, shop, content):
    put(registry, content, MANIFEST, "1")

    found = client.image(shop, "1")
    assert (found.platforms, found.created, found.labels) == ((), None, {})


@pytest.mark.parametrize(
    "config",
    [
        {"config": {"Labels": ["a"]}, "os": 7, "architecture": None},
        {"config": None, "created": 17},
        {"os": "li nux", "architecture": "../../x"},
        {"config": {"Labels": {"a": {"b": "c"}}}},
        {"config": {"Labels": {"a": "\ud800", "\udfff": "b"}}},
    ],
)
def test_a_config_of_nonsense_says_nothing(registry, client, shop, config):
    digest = registry.put_blob(NAME, json.dumps(config).encode())
    put(registry, {"config": {"mediaType": CONFIG, "digest": digest, "size": 1}}, MANIFEST, "1")

    found = client.image(shop, "1")
    assert (found.platforms, found.created, found.labels) == ((), None, {})


def test_a_tag_that_is_not_there_is_no_image(registry, client, shop):
    registry.push(NAME, "1")

    assert client.image(shop, "2") is None


def test_a_part_that_is_missing_is_bad_weather(registry, client, shop):
    config = Stored(CONFIG, b"{}")
    put(registry, {"config": config.descriptor()}, MANIFEST, "1")

    with pytest.raises(Unavailable) as caught:
        client.image(shop, "1")
    assert caught.value.code == "part_missing"


@pytest.mark.parametrize("kind", ["manifests", "blobs"])
def test_content_that_differs_from_its_digest_is_not_believed(registry, client, shop, kind):
    registry.push(NAME, "1", labels={"a": "b"})
    registry.fail_next(1, 200, matching=f"GET .*/{kind}/", body="{}")

    with pytest.raises(Unavailable) as caught:
        client.image(shop, "1")
    assert caught.value.code == "digest_differs"
    assert client.image(shop, "1").labels == {"a": "b"}


def test_a_login_page_in_its_place_is_named(registry, client, shop):
    registry.push(NAME, "1")
    registry.fail_next(1, 200, matching="/blobs/", body="<html>", content_type="text/html")

    with pytest.raises(Refused, match="login page"):
        client.image(shop, "1")


@pytest.mark.parametrize("kind", ["manifests/sha256", "blobs"])
@pytest.mark.parametrize(("status", "error"), [(503, Unavailable), (403, Refused), (410, Refused)])
def test_a_failure_is_not_an_image_that_says_nothing(registry, client, shop, *, kind, status, error):
    registry.push(NAME, "1")
    registry.fault(f"GET .*/{kind}", status)

    with pytest.raises(error):
        client.image(shop, "1")


def test_a_config_that_says_it_is_huge_is_not_fetched(registry, client, shop):
    config = registry.put_blob(NAME, b"{}")
    put(registry, {"config": {"mediaType": CONFIG, "digest": config, "size": 2**30}}, MANIFEST, "1")

    with pytest.raises(Refused) as caught:
        client.image(shop, "1")
    assert caught.value.code == "too_large"
    assert not [recorded for recorded in registry.requests if "/blobs/" in recorded.path]


def test_a_body_that_is_huge_is_refused(serve, client_for, shop):
    digest = "sha256:" + "a" * 64
    body = b" " * (5 * 1024 * 1024)
    server = serve(lambda _: Answer(200, body, MANIFEST, {"Docker-Content-Digest": digest}))

    with pytest.raises(Refused) as caught:
        client_for(server).image(shop, "1")
    assert caught.value.code == "too_large"


def test_blobs_that_are_elsewhere_are_followed(start, client_for, shop):
    registry = start(DOCKER_HUB)
    registry.push(NAME, "1", labels={"a": "b"})

    assert client_for(registry).image(shop, "1").labels == {"a": "b"}
    assert [recorded.status for recorded in registry.requests if "/blobs/" in recorded.path] == [307]


# --- what is kept ---------------------------------------------------------------------------------------


def test_a_digest_is_read_once_whatever_its_tag(registry, client, shop):
    digest = registry.push(NAME, "1")
    registry.tag(NAME, "2", digest)
    client.image(shop, "1")
    registry.requests.clear()

    assert client.image(shop, "2").digest == digest
    assert [recorded.method for recorded in registry.requests] == ["HEAD"]


def test_a_tag_that_moves_is_noticed(registry, client, shop):
    registry.push(NAME, "1", labels={"a": "old"})
    client.image(shop, "1")
    registry.push(NAME, "1", labels={"a": "new"})

    assert client.image(shop, "1").labels == {"a": "new"}


@pytest.fixture
def another(open_ones, registry, tmp_path):
    """A client of another process over the same folder."""

    def make():
        hosts = {"ghcr.io": EndpointHost(endpoint=registry.url)}
        return open_ones.enter_context(RegistryClient(hosts, cache=tmp_path))

    return make


def reads(registry):
    return [
        recorded.path for recorded in registry.requests if recorded.method == "GET" and "/v2" in recorded.path
    ]


def test_what_one_process_has_read_another_need_not(registry, another, shop):
    registry.push(NAME, "1", labels={"a": "b", "ü": "é"}, created=MADE)
    found = another().image(shop, "1")
    registry.requests.clear()

    assert another().image(shop, "1") == found
    assert not reads(registry)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(lambda file: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:40]), id="half"),
        pytest.param(lambda file: file.write_bytes(b"\xff\xfe"), id="no text"),
        pytest.param(lambda file: file.write_bytes(b"[" * 100_000), id="deep"),
        pytest.param(lambda file: file.write_text("[]"), id="a list"),
        pytest.param(lambda file: (file.unlink(), file.mkdir()), id="a folder"),
        pytest.param(
            lambda file: file.write_text(file.read_text().replace("sha256:", "sha256:0")), id="another digest"
        ),
        pytest.param(
            lambda file: file.write_text(file.read_text().replace('"2026', '"never')), id="no instant"
        ),
        pytest.param(lambda file: file.write_text(file.read_text().replace('"b"', "7")), id="no text label"),
        pytest.param(
            lambda file: file.write_text(file.read_text().replace('["linux/amd64"]', "{}")), id="no platforms"
        ),
    ],
)
def test_what_happens_to_the_folder_costs_requests_and_nothing_else(
    registry, another, shop, *, damage, tmp_path
):
    registry.push(NAME, "1", labels={"a": "b"}, created=MADE)
    found = another().image(shop, "1")
    (file,) = (tmp_path / "images").iterdir()
    damage(file)
    registry.requests.clear()

    assert another().image(shop, "1") == found
    assert len(reads(registry)) == 2


def test_a_folder_that_cannot_be_written_does_not_matter(registry, client_for, shop, tmp_path):
    (tmp_path / "file").write_text("in the way")
    registry.push(NAME, "1")
    with RegistryClient({"ghcr.io": EndpointHost(endpoint=registry.url)}, cache=tmp_path / "file") as client:
        assert client.image(shop, "1") is not None


def test_the_folder_does_not_grow_without_end(tmp_path):
    kept = DigestCache(tmp_path, most=100)
    for number in range(600):
        kept.put(ImageConfig(f"sha256:{number:064x}", (), None))
    files = list(tmp_path.iterdir())
    assert len(files) <= 100 + 256
    assert DigestCache(tmp_path).get(f"sha256:{599:064x}") is not None
    assert DigestCache(tmp_path).get(f"sha256:{0:064x}") is None


def test_a_digest_leads_out_of_no_folder(tmp_path):
    kept = DigestCache(tmp_path / "images")
    kept.put(ImageConfig("sha256:../../outside", (), None))
    assert not list(tmp_path.rglob("*"))
    assert DigestCache(tmp_path / "images").get("sha256:../../outside") is None
