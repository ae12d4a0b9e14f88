"""Three clusters in two waves: what has baked in the first, by Argo CD, goes to both of the second."""

import pytest
from world.scene import ARGOCD_TOKEN, SOAK, promoted, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, folder, overlay

A, B, C = (f"cluster-{letter}/production" for letter in "abc")
NAMES = {name: f"shop-{name.replace('/', '-')}" for name in (A, B, C)}
BAKE = 120


@pytest.fixture
def argocd(scene, monkeypatch):
    """Production is three clusters, each with an Application of its own."""
    argocd = scene.with_argocd()
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    clusters = {overlay(name): scene.text(PRODUCTION) for name in NAMES}
    scene.hub.commit(scene.repository, "main", clusters, "Three clusters")
    production = scene.config["environments"].pop(PRODUCTION)
    for name, application in NAMES.items():
        scene.config["environments"][name] = production | {"path": folder(name), "deliver": "push"}
        argocd.add(application, scene.repository, folder(name))
    scene.config["waves"] = {"production": [[A], [B, C]], "bake": f"{BAKE}m"}
    scene.apps = {"shop": scene.apps["shop"] | {"environments": [STAGING, A, B, C]}}
    return argocd


def pass_by(scene, argocd):
    """Argo CD looks, and then the updater does."""
    argocd.poll()
    return well(scene.run())


def proven(scene, argocd):
    """Argo CD has synced it to staging, and it has soaked there; answers its tag."""
    tag = scene.build()
    pass_by(scene, argocd)
    assert scene.pinned("shop", STAGING) == tag
    argocd.poll()
    scene.soak()
    return tag


def runs(scene):
    return {name[8]: scene.pinned("shop", name) for name in NAMES}


def test_a_build_goes_from_wave_to_wave_by_when_argo_cd_deployed_it(scene, argocd):
    argocd.application(NAMES[A]).auto = False
    tag = proven(scene, argocd)
    assert promoted(pass_by(scene, argocd), A) == tag
    scene.world.clock.forward(minutes=BAKE + 1)
    report = pass_by(scene, argocd)
    assert reason(report, B)[0] == reason(report, C)[0] == "soak"
    assert f"{NAMES[A]} has not synced {tag}" in reason(report, B)[1]
    argocd.sync(NAMES[A])
    scene.world.clock.forward(minutes=BAKE - 1)
    code, sentence = reason(pass_by(scene, argocd), C)
    assert (code, f"Argo CD deployed it to {A} at" in sentence) == ("soak", True)
    assert runs(scene) == {"a": tag, "b": FIRST_TAG, "c": FIRST_TAG}
    scene.world.clock.forward(minutes=1)
    report = pass_by(scene, argocd)
    assert (promoted(report, B), promoted(report, C)) == (tag, tag)
    assert runs(scene) == {"a": tag, "b": tag, "c": tag}
    before = scene.log()
    pass_by(scene, argocd)
    assert scene.log() == before


def test_what_a_person_takes_back_in_the_first_wave_reaches_no_other(scene, argocd):
    tag = proven(scene, argocd)
    pass_by(scene, argocd)
    scene.set(A, "shop", FIRST_TAG)
    scene.world.clock.forward(minutes=BAKE + SOAK)
    report = pass_by(scene, argocd)
    assert {reason(report, name)[0] for name in (A, B, C)} == {"rolled_back"}
    newer = proven(scene, argocd)
    assert promoted(pass_by(scene, argocd), A) == newer != tag
    argocd.poll()
    scene.world.clock.forward(minutes=BAKE + 1)
    pass_by(scene, argocd)
    assert runs(scene) == {"a": newer, "b": newer, "c": newer}


def test_an_app_that_is_not_in_the_first_wave_goes_by_its_own_after(scene, argocd):
    scene.apps["shop"]["environments"] = [STAGING, B, C]
    tag = proven(scene, argocd)
    report = pass_by(scene, argocd)
    assert (promoted(report, B), promoted(report, C)) == (tag, tag)


def test_a_new_cluster_of_the_first_wave_begins_with_what_the_last_one_runs(scene, argocd):
    new = "cluster-n/production"
    text = scene.text(PRODUCTION).replace(FIRST_TAG, "placeholder")
    scene.hub.commit(scene.repository, "main", {overlay(new): text}, "A new cluster")
    scene.config["environments"][new] = scene.config["environments"][A] | {"path": folder(new)}
    scene.config["waves"]["production"][0].append(new)
    scene.apps["shop"]["environments"].append(new)
    argocd.add("shop-cluster-n-production", scene.repository, folder(new))
    tag = proven(scene, argocd)
    report = pass_by(scene, argocd)
    assert (promoted(report, A), promoted(report, new)) == (tag, FIRST_TAG)
    assert reason(report, B)[0] == "after"
