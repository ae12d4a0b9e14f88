"""Charts as Helm itself pushes them to registries nobody here wrote, and as it writes an index of them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from world.real_clients import Cosign, Helm, HelmProgram
from world.registries import REAL, ZOT, Registries

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.signatures import Verifier
from updater.model import Chart, Image, PublicKey
from updater.sandbox.exchange import Answer

NAME = "org/charts/shop"
CHART = Chart.parse(f"oci://ghcr.io/{NAME}")


@pytest.fixture(scope="module")
def registries():
    with Registries() as registries:
        yield registries


@pytest.fixture(
    scope="module", params=[*(pytest.param(program, marks=pytest.mark.real) for program in REAL), ZOT]
)
def registry(request, registries, tmp_path_factory):
    return registries.real(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def helm(registry, tmp_path_factory):
    helm = Helm(tmp_path_factory.mktemp("helm"), registry)
    for version in ("1.2.3", "1.3.0+build.7"):
        helm.push(NAME, version)
    return helm


@pytest.fixture
def client(registry):
    with RegistryClient({"ghcr.io": EndpointHost(registry.url)}, timeout=5.0) as client:
        yield client


def test_tags_are_the_versions_that_were_pushed(client, helm):
    assert {*client.tags(CHART)} >= {"1.2.3", "1.3.0+build.7"}
    assert client.digest(CHART, "1.2.3") == helm.digest(NAME, "1.2.3")
    assert client.digest(CHART, "1.3.0+build.7") == helm.digest(NAME, "1.3.0_build.7")
    assert client.digest(CHART, "1.3.0") is None


def test_a_chart_says_what_it_runs_and_when_it_was_made(client, helm):
    said = client.image(CHART, "1.3.0+build.7")
    assert (said.artifact, said.labels["appVersion"]) == (None, "2026.1")
    assert abs(datetime.now(UTC) - said.created) < timedelta(minutes=10)


def test_what_is_no_chart_is_named_where_one_is_asked_for(registry, client, helm):
    registry.push(NAME, "9.0.0")
    assert client.image(CHART, "9.0.0").artifact == "a container image"
    assert client.image(Image("ghcr.io", NAME), "1.2.3").artifact == "a Helm chart"


def test_a_long_list_of_versions_is_read_to_its_end(registry, client, helm):
    """A next page goes by a tag, also where we name it ourselves, as with crane's."""
    name, number = f"{NAME}/many", 1010 if registry.program == "crane" else 60
    registry.push_many(name, [f"1.0.{each}_b" for each in range(number)])
    assert {*client.tags(Chart("ghcr.io", name))} == {f"1.0.{each}+b" for each in range(number)}


def test_an_index_by_helm_has_every_version_and_its_digest(serve, client, helm, registry):
    files = {version: helm.package("shop", version) for version in ("1.2.3", "1.3.0+build.7", "2.0.0-rc.1")}
    content = helm.index()
    server = serve(lambda _: Answer(200, content, "text/yaml"))
    chart = Chart.parse(f"{server.url}/stable/shop")
    assert {*client.tags(chart)} == {*files}
    for version, file in files.items():
        digest = f"sha256:{sha256(file.read_bytes()).hexdigest()}"
        assert client.digest(chart, version) == digest
        assert client.image(chart, version).labels == {"appVersion": "2026.1"}


@pytest.mark.soak
def test_the_program_helm_pushes_as_its_library_does(registry, client, helm, tmp_path):
    file = helm.package("shop", "1.4.0+x.1")
    HelmProgram(tmp_path, registry).push(NAME, file)
    by_program, by_library = (client.image(CHART, version) for version in ("1.4.0+x.1", "1.2.3"))
    assert "1.4.0+x.1" in client.tags(CHART)
    assert by_program.artifact is None
    assert by_program.labels.keys() == by_library.labels.keys()
    assert by_program.labels["org.opencontainers.image.version"] == "1.4.0+x.1"


@pytest.mark.soak
def test_a_chart_signed_by_cosign_is_verified(registry, client, helm, tmp_path):
    cosign = Cosign(tmp_path, registry)
    keys = [PublicKey(str(cosign.key(name))) for name in ("ours", "other")]
    digest = client.digest(CHART, "1.2.3")
    cosign.sign(NAME, digest, "ours")
    assert [Verifier(client, {}).signed(CHART, digest, [key]).by for key in keys] == [keys[0], None]
    for tag in (tag for tag in client.tags(CHART) if tag.startswith("sha256-")):
        assert client.image(CHART, tag).artifact == "a signature"
