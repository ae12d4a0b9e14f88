"""What ORAS and Helm push to registries nobody here wrote is told from images, and slows no listing."""

import pytest
from world.real_clients import Crane, Helm, Oras
from world.registries import ZOT, Registries

from updater.adapters.registry import EndpointHost, RegistryClient, TransportObserver
from updater.model import Image, ImageConfig

NAME = "org/shop"
SHOP, INDEXED = Image("ghcr.io", NAME), Image("ghcr.io", "org/index")
PROGRAMS = [
    *(pytest.param(one, marks=pytest.mark.real) for one in ("docker-registry", "registry", "crane")),
    ZOT,
]


@pytest.fixture(scope="module")
def registries():
    with Registries() as registries:
        yield registries


@pytest.fixture(scope="module", params=PROGRAMS)
def registry(request, registries, tmp_path_factory):
    registry = registries.real(request.param, tmp_path_factory.mktemp(request.param))
    registry.image = registry.push(NAME, "1.0.0")
    return registry


@pytest.fixture(scope="module")
def oras(registry, tmp_path_factory):
    return Oras(tmp_path_factory.mktemp("oras"), registry)


@pytest.fixture(scope="module")
def crane(registry, tmp_path_factory):
    return Crane(tmp_path_factory.mktemp("crane"), registry)


@pytest.fixture(scope="module")
def helm(registry, tmp_path_factory):
    return Helm(tmp_path_factory.mktemp("helm"), registry)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def client(registry, asked):
    watch = TransportObserver(lambda _host, status: asked.append(status))
    with RegistryClient({"ghcr.io": EndpointHost(registry.url)}, watch=watch, timeout=5.0) as client:
        yield client


ARTIFACTS = {
    "an artifact of the type application/vnd.unknown.artifact.v1": [],
    "an artifact of the type application/vnd.acme.config": ["--artifact-type", "application/vnd.acme.config"],
    "an artifact of the type application/vnd.unknown.config.v1+json": ["--image-spec", "v1.0"],
}
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"


@pytest.mark.parametrize(("what", "options"), ARTIFACTS.items(), ids=[*ARTIFACTS])
def test_an_artifact_pushed_by_oras_is_named(client, oras, what, options):
    digest = oras.push(NAME, "2.0.0", *options)
    said = client.image(SHOP, "2.0.0")
    assert (said.digest, said.artifact, said.platforms) == (digest, what, ())


@pytest.mark.parametrize("config", ["{}", ""])
def test_an_artifact_with_the_config_of_an_image_is_none(client, oras, config):
    oras.write("config.json", config)
    oras.push(NAME, "2.0.1", "--config", f"config.json:{IMAGE_CONFIG}")
    assert client.image(SHOP, "2.0.1").artifact == "an artifact with an empty config"


def test_what_oras_attaches_to_an_image_leaves_it_one(registry, client, oras, asked):
    before = len(client.tags(SHOP))
    for kind in ("application/spdx+json", "application/vnd.acme.scan", "application/vnd.cyclonedx+json"):
        oras.attach(NAME, "1.0.0", kind, f"it.json:{kind}")
    asked.clear()
    standing_in = [tag for tag in client.tags(SHOP) if tag.startswith("sha256-")]
    assert len(asked) == 1, "what is attached is not looked at"
    assert len(client.tags(SHOP)) <= before + 1
    assert client.image(SHOP, "1.0.0").digest == registry.image
    for tag in standing_in:
        assert tag == registry.image.replace(":", "-")
        assert client.image(SHOP, tag).artifact == "an SBOM"
    assert [*client.attached(SHOP, registry.image)] == []


def test_an_index_by_oras_is_what_is_in_it(client, oras):
    oras.push(NAME, "notes")
    oras.index(NAME, "3.0.0", "1.0.0")
    oras.index(NAME, "3.0.1", "notes", "1.0.0")
    oras.index(NAME, "3.0.2", "notes")
    said = [client.image(SHOP, f"3.0.{number}") for number in range(3)]
    assert [one.artifact for one in said] == [None, None, next(iter(ARTIFACTS))]
    assert [one.platforms for one in said] == [("linux/amd64",), ("linux/amd64",), ()]


@pytest.mark.parametrize(
    ("image", "index"), [((), ("--docker-empty-base",)), (("--oci-empty-base",), ())], ids=["docker", "oci"]
)
def test_an_index_of_two_platforms_is_read_in_either_media_type(client, crane, image, index):
    for architecture in ("arm64", "amd64"):
        digest = crane.push("org/index", architecture, f"linux/{architecture}", *image)
        assert client.image(INDEXED, architecture) == said(digest, f"linux/{architecture}")
    digest = crane.index("org/index", "1", "arm64", "amd64", options=index)
    assert client.image(INDEXED, "1") == said(digest, "linux/amd64", "linux/arm64")


def said(digest, *platforms):
    return ImageConfig(digest, platforms, None, {"a": "b"})


def test_a_chart_pushed_by_helm_is_one(client, helm, asked):
    helm.push("org/charts/shop", "1.2.3")
    helm.push("org/charts/shop", "1.3.0+build.7")
    charts = Image("ghcr.io", "org/charts/shop")
    assert sorted(client.tags(charts)) == ["1.2.3", "1.3.0_build.7"]
    assert client.digest(charts, "1.3.0_build.7") == helm.digest(charts.name, "1.3.0_build.7")
    asked.clear()
    assert client.image(charts, "1.2.3").artifact == "a Helm chart"
    assert asked == [200] * 3, "its tag, its manifest and its config"
