"""Whole passes over registries nobody here wrote, to which ORAS, Helm and cosign push beside the images."""

from datetime import timedelta

import pytest
from world.real_clients import Cosign, Helm, Oras
from world.registries import ZOT, Registries
from world.scene import PRODUCTION, STAGING, reason, well

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, OWNER

NAME = f"{OWNER}/shop"


@pytest.fixture(params=[pytest.param("registry", marks=pytest.mark.real), ZOT])
def registry(scene, tmp_path_factory, request):
    """With the image that runs everywhere."""
    with Registries() as registries:
        registry = registries.real(request.param, tmp_path_factory.mktemp(request.param))
        registry.push(NAME, FIRST_TAG)
        scene.config["registries"]["ghcr.io"]["endpoint"] = registry.url
        scene.apps.pop("blog")
        yield registry


def build(scene, push):
    """Pushed under the time of now; answers the tag."""
    scene.world.clock.forward(seconds=2)
    tag = f"{scene.world.clock() + timedelta(hours=9):%Y%m%d-%H%M%S}"
    push(tag)
    return tag


def test_an_artifact_by_oras_is_named_and_passed_over(scene, registry, tmp_path_factory):
    oras = Oras(tmp_path_factory.mktemp("oras"), registry)
    image = build(scene, lambda tag: registry.push(NAME, tag, b"next"))
    oras.attach(NAME, image, "application/spdx+json", "sbom.json:application/spdx+json")
    artifact = build(scene, lambda tag: oras.push(NAME, tag))
    well(scene.run())
    assert scene.pinned("shop", STAGING) == image
    (verdict,) = scene.updater().verdicts("deploy", Placement(STAGING, "shop"), artifact)
    (said,) = [ruling.sentence for ruling in verdict.against]
    assert said == (
        f"{artifact} of ghcr.io/{NAME} is an artifact of the type application/vnd.unknown.artifact.v1, "
        "and no container image"
    )
    assert reason(well(scene.run()), STAGING)[0] == "up_to_date"


def test_a_chart_by_helm_is_no_newer_version(scene, registry, tmp_path_factory):
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["tags"] = {"follow": "semver"}
        scene.set(environment, "shop", "1.0.0")
    registry.push(NAME, "1.0.0")
    registry.push(NAME, "1.1.0", b"next")
    Helm(tmp_path_factory.mktemp("helm"), registry).push(NAME, "1.2.0")
    well(scene.run())
    assert scene.pinned("shop", STAGING) == "1.1.0"
    (verdict,) = scene.updater().verdicts("deploy", Placement(STAGING, "shop"), "1.2.0")
    assert f"1.2.0 of ghcr.io/{NAME} is a Helm chart, and no container image" in [
        ruling.sentence for ruling in verdict.against
    ]


def test_a_chart_by_helm_is_followed_where_it_is_named(scene, registry, tmp_path_factory):
    helm, name = Helm(tmp_path_factory.mktemp("helm"), registry), f"{OWNER}/charts/shop"
    application = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source: {{chart: shop, repoURL: ghcr.io/{OWNER}/charts, targetRevision: 1.0.0}}
"""
    scene.hub.commit(scene.repository, "main", {"argocd/shop.yaml": application}, "Apply a chart")
    scene.apps["shop"] |= {"charts": [f"oci://ghcr.io/{name}"], "environments": [STAGING]}
    scene.config["environments"][STAGING]["chart"] = {"path": "argocd/{app}.yaml"}
    for version in ("1.0.0", "1.1.0+build.7"):
        helm.push(name, version)
    well(scene.run())
    written = scene.hub.read(scene.repository, "main", "argocd/shop.yaml").decode()
    assert written == application.replace("1.0.0", "1.1.0+build.7")
    assert reason(well(scene.run()), STAGING, "shop.chart")[0] == "up_to_date"


@pytest.mark.soak
@pytest.mark.parametrize("options", [(), ("--new-bundle-format=false",)], ids=["bundle", "payload"])
def test_production_waits_for_cosign(scene, registry, tmp_path_factory, options):
    cosign = Cosign(tmp_path_factory.mktemp("cosign"), registry)
    keys = {name: cosign.key(name) for name in ("ours", "other")}
    # No gate goes by the time: the registry's clock is not the scene's.
    scene.config["environments"][PRODUCTION]["gates"] = {"signature": {"keys": [str(keys["ours"])]}}
    digests = []
    tag = build(scene, lambda tag: digests.append(registry.push(NAME, tag, b"next")))
    well(scene.run())
    for signing in (lambda: None, lambda: cosign.sign(NAME, *digests, "other", *options)):
        signing()
        code, sentence = reason(well(scene.run()), PRODUCTION)
        assert (code, "is not signed by" in sentence) == ("signature", True)
        assert not scene.pulls()
    cosign.sign(NAME, *digests, "ours", *options)
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"
    assert f"is signed by {keys['ours']} (`signature`)" in scene.pull().body
