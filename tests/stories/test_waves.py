"""Three clusters in two waves: what has baked in the first, by Argo CD, goes to both of the second."""

import pytest
from world.scene import ARGOCD_TOKEN, SOAK, promoted, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, folder, overlay

A, B, C = (f"cluster-{letter}/production" for letter in "abc")
D = "cluster-d/production"
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


def add_cluster(scene, argocd, name, text):
    scene.hub.commit(scene.repository, "main", {overlay(name): text}, "Another cluster")
    scene.config["environments"][name] = scene.config["environments"][A] | {"path": folder(name)}
    scene.apps["shop"]["environments"].append(name)
    argocd.add(f"shop-{name.replace('/', '-')}", scene.repository, folder(name))


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


def everywhere(scene, argocd):
    """A build that has gone through all waves, and is verified; answers its tag."""
    tag = proven(scene, argocd)
    for _ in range(3):
        pass_by(scene, argocd)
        argocd.poll()
        scene.world.clock.forward(minutes=31)
    assert {*runs(scene).values(), scene.pinned("shop", D)} == {tag}
    pass_by(scene, argocd)
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
    add_cluster(scene, argocd, new, scene.text(PRODUCTION).replace(FIRST_TAG, "placeholder"))
    scene.config["waves"]["production"][0].append(new)
    tag = proven(scene, argocd)
    report = pass_by(scene, argocd)
    assert (promoted(report, A), promoted(report, new)) == (tag, FIRST_TAG)
    assert reason(report, B)[0] == "after"


def test_a_failure_in_one_holds_those_beside_it_and_every_wave_after(scene, argocd):
    """It goes back where it failed; who was late to take it never does; the next build goes all the way."""
    prometheus, _ = scene.with_prometheus()
    prometheus.load("HighErrorRate", severity="critical")
    add_cluster(scene, argocd, D, scene.text(PRODUCTION))
    scene.config["waves"] = {"production": [[A], [B, C], [D]], "bake": "30m"}
    for name in (A, B, C, D):
        scene.config["environments"][name] |= {
            "alerts": {"match": 'app="{app}", cluster="{cluster}"'},
            "verify": {"for": "20m", "with": ["alerts"], "then": "rollback"},
        }
    first = everywhere(scene, argocd)
    bad = proven(scene, argocd)
    pass_by(scene, argocd)
    argocd.poll()
    held = "holds:\n  - {app: shop, environment: cluster-c/production, why: stocktaking, by: kim}\n"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold one cluster")
    scene.world.clock.forward(minutes=31)  # it bakes in the first
    pass_by(scene, argocd)
    assert runs(scene) == {"a": bad, "b": bad, "c": first}
    argocd.poll()
    pass_by(scene, argocd)
    scene.world.clock.forward(minutes=3)
    prometheus.fire("HighErrorRate", app="shop", cluster="cluster-b")
    scene.world.clock.forward(minutes=1)
    pass_by(scene, argocd)
    assert runs(scene) == {"a": bad, "b": first, "c": first}
    prometheus.resolve("HighErrorRate", app="shop", cluster="cluster-b")
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "holds: []\n"}, "Let it go on")
    scene.world.clock.forward(minutes=BAKE + 1)
    report = pass_by(scene, argocd)
    assert (reason(report, C)[0], reason(report, D)[0]) == ("failed_beside", "rolled_back")
    assert scene.pinned("shop", D) == first
    assert everywhere(scene, argocd) != bad
