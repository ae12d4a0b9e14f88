"""Only images are promoted, whatever the tag is called: charts and signatures stand beside them."""

import json

import pytest
from world.scene import decided, reason, well

from updater.model import Placement, Promote
from updater.sandbox.images import CONFIG, INDEX, LAYER, MANIFEST
from updater.sandbox.world import OWNER, PRODUCTION, STAGING

NAME = f"{OWNER}/shop"
HELM = "application/vnd.cncf.helm.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json"


def described(registry, kind, content=b"{}"):
    digest = registry.put_blob(NAME, content, kind)
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def manifest(registry, config, *layers, **more):
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described(registry, config),
        "layers": [described(registry, layer, layer.encode()) for layer in layers],
        **more,
    }


def attested(registry):
    inner = registry.put_manifest(
        NAME, None, json.dumps(manifest(registry, CONFIG, LAYER)).encode(), MANIFEST
    )
    platform = {"os": "unknown", "architecture": "unknown"}
    return [{"mediaType": MANIFEST, "digest": inner, "size": 2, "platform": platform}]


OTHERS = {
    "a Helm chart": lambda r: manifest(r, HELM, "application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
    "an SBOM": lambda r: manifest(r, EMPTY, EMPTY, artifactType="application/spdx+json"),
    "a signature": lambda r: manifest(r, CONFIG, SIGNATURE),
    "an artifact of the type application/vnd.acme.model": lambda r: manifest(
        r, EMPTY, artifactType="application/vnd.acme.model"
    ),
    "an artifact of no type that is known": lambda r: manifest(r, EMPTY, artifactType="<img src=x>\n@all"),
    "an index without any image": lambda r: {"schemaVersion": 2, "mediaType": INDEX, "manifests": []},
    "an index of attestations alone": lambda r: {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": attested(r),
    },
}


def push(scene, make, tag):
    content = make(scene.registry)
    kind = content["mediaType"]
    scene.registry.put_manifest(NAME, tag, json.dumps(content).encode(), kind)


def next_tag(scene):
    """As CI would call a build of now."""
    from datetime import timedelta

    scene.world.clock.forward(seconds=2)
    return f"{scene.world.clock() + timedelta(hours=9):%Y%m%d-%H%M%S}"


@pytest.mark.parametrize("make", OTHERS.values(), ids=[*OTHERS])
def test_what_is_no_image_is_passed_over_and_named(scene, make, request):
    older = scene.build()
    tag = next_tag(scene)
    push(scene, make, tag)
    well(scene.run())
    assert scene.pinned("shop", STAGING) == older
    what = request.node.callspec.id
    what = "an index without any image" if what.startswith("an index") else what
    (verdict,) = scene.updater().verdicts("deploy", Placement(STAGING, "shop"), tag)
    said = [ruling.sentence for ruling in verdict.against]
    assert f"{tag} of ghcr.io/{NAME} is {what}, and no container image" in said


def test_a_chart_beside_images_is_no_newer_version(scene):
    """One name has images 1.0.0 and 1.1.0, and a chart 1.2.0."""
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["tags"] = {"follow": "semver"}
        scene.set(environment, "shop", "1.0.0")
    scene.apps.pop("blog")
    scene.registry.push(NAME, "1.0.0")
    scene.registry.push(NAME, "1.1.0")
    push(scene, OTHERS["a Helm chart"], "1.2.0")
    well(scene.run())
    assert scene.pinned("shop", STAGING) == "1.1.0"
    well(scene.run())
    assert scene.pinned("shop", STAGING) == "1.1.0"


def test_where_only_a_chart_is_newer_it_is_said_what_it_is(scene):
    tag = next_tag(scene)
    push(scene, OTHERS["a Helm chart"], tag)
    told = well(scene.run())
    assert reason(told, STAGING)[0] == "up_to_date"
    for environment in (STAGING, PRODUCTION):
        (remark,) = decided(told)[Placement(environment, "shop")].remarks
        assert remark.code == "not_an_image"
        assert f"{tag}: " in remark.sentence
        assert "is a Helm chart" in remark.sentence


def test_a_name_does_not_make_it_one(scene):
    """By name people may ask for much, and not for a chart."""
    from updater.model import Request

    tag = next_tag(scene)
    push(scene, OTHERS["a Helm chart"], tag)
    request = Request("promote", Placement(STAGING, "shop"), tag, by="kim", why="now")
    (decision,) = decided(scene.updater().run("deploy", act=True, request=request)).values()
    assert not isinstance(decision, Promote)
    assert decision.reasons[0].code == "not_an_image"
