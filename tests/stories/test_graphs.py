"""Environments as a graph: several clusters, several repositories, predecessors nobody writes here."""

import re

from world.scene import reason, well

from updater.sandbox.world import FIRST_TAG, HOST, OWNER, PRODUCTION, STAGING, overlay


def environment(scene, name, **changed):
    scene.config["environments"][name] = {**scene.config["environments"][PRODUCTION], **changed}
    for app in scene.apps.values():
        app["environments"] = [*dict.fromkeys([*app["environments"], name])]


def without(scene, name):
    for app in scene.apps.values():
        app["environments"] = [each for each in app["environments"] if each != name]


def add_overlay(scene, path, source=PRODUCTION):
    files = {f"{path}/kustomization.yaml": scene.text(source)}
    scene.hub.commit(scene.repository, "main", files, f"Add {path}")


def pinned(scene, path, app="shop"):
    text = scene.hub.read(scene.repository, "main", f"{path}/kustomization.yaml").decode()
    return re.search(rf"name: {HOST}/{OWNER}/{app}\n\s+newTag: \"?([^\s\"]+)", text)[1]


def test_waves_over_clusters(scene):
    """cluster-b's production comes after cluster-a's; `{cluster}` says where they stand."""
    for cluster in ("cluster-a", "cluster-b"):
        add_overlay(scene, f"clusters/{cluster}/production")
    path, push = "clusters/{cluster}/production", {"deliver": "push", "gates": {}}
    environment(scene, "cluster-a/production", after=STAGING, path=path, **push)
    environment(scene, "cluster-b/production", after="cluster-a/production", path=path, **push)
    without(scene, PRODUCTION)
    tag = scene.build()
    reached = []
    for _ in range(4):
        well(scene.run())
        places = [overlay(STAGING).rpartition("/")[0], *(f"clusters/cluster-{x}/production" for x in "ab")]
        reached.append([pinned(scene, place) == tag for place in places])
    assert reached == [[True, False, False], [True, True, False], [True, True, True], [True, True, True]]


def test_after_several_waits_for_all_of_them(scene):
    add_overlay(scene, "overlays/qa")
    environment(scene, "qa", after=STAGING, path="overlays/qa", deliver="none")
    environment(scene, PRODUCTION, after=[STAGING, "qa"], gates={}, deliver="push")
    tag = scene.build()
    scene.run()
    assert reason(well(scene.run()), PRODUCTION)[0] == "after"
    text = scene.hub.read(scene.repository, "main", "overlays/qa/kustomization.yaml").decode()
    scene.hub.commit(
        scene.repository, "main", {"overlays/qa/kustomization.yaml": text.replace(FIRST_TAG, tag)}, "QA"
    )
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


def test_after_any_is_content_with_one(scene):
    add_overlay(scene, "overlays/qa")
    environment(scene, "qa", after=STAGING, path="overlays/qa", deliver="none")
    environment(scene, PRODUCTION, after={"any": [STAGING, "qa"]}, gates={}, deliver="push")
    tag = scene.build()
    scene.run()
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


def test_what_others_write_is_held_with_that_reason_and_serves_as_a_predecessor(scene):
    environment(scene, STAGING, after=[], deliver="none", path=f"infra/k8s/overlays/{STAGING}", gates={})
    environment(scene, PRODUCTION, after=STAGING, gates={}, deliver="push")
    tag = scene.build()
    assert reason(well(scene.run()), STAGING)[0] == "not_delivered"
    scene.set(STAGING, "shop", tag)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


def test_production_in_another_repository_follows_staging_in_this_one(scene):
    other = scene.hub.create_repository(OWNER, "live", {overlay(PRODUCTION): scene.text(PRODUCTION)})
    scene.config["repositories"]["live"] = {"url": scene.hub.clone_url(other)}
    environment(scene, PRODUCTION, repository="live", deliver="push", gates={})
    tag = scene.build()
    updater = scene.updater()

    def live():
        text = scene.hub.read(other, "main", overlay(PRODUCTION)).decode()
        return tag in text

    assert reason(updater.run("live", act=True), PRODUCTION)[0] == "predecessor_unknown"
    well(scene.run())
    well(scene.run())
    well(updater.run("live", act=True))
    assert live()


def test_another_repository_that_was_not_read_lately_does_not_count(scene):
    other = scene.hub.create_repository(OWNER, "live", {overlay(PRODUCTION): scene.text(PRODUCTION)})
    scene.config["repositories"]["live"] = {"url": scene.hub.clone_url(other)}
    scene.config["poll"] = {"every": "60s"}
    environment(scene, PRODUCTION, repository="live", deliver="push", gates={})
    scene.build()
    updater = scene.updater()
    well(scene.run())
    well(scene.run())
    scene.world.clock.forward(minutes=4)
    assert reason(updater.run("live", act=True), PRODUCTION)[0] == "predecessor_unknown"


def test_the_command_reads_first_what_a_repository_comes_after(scene):
    other = scene.hub.create_repository(OWNER, "live", {overlay(PRODUCTION): scene.text(PRODUCTION)})
    scene.config["repositories"]["live"] = {"url": scene.hub.clone_url(other)}
    environment(scene, PRODUCTION, repository="live", deliver="push", gates={})
    tag = scene.build()
    scene.run()
    shown = scene.command("plan", "--repository", "live")
    assert f"chore(shop): bump production to {tag}" in shown.stdout


def test_an_app_of_two_images_moves_them_together_in_one_commit(scene):
    images = [f"{HOST}/{OWNER}/shop", f"{HOST}/{OWNER}/worker"]
    scene.apps["shop"]["images"] = images
    scene.registry.push(f"{OWNER}/worker", FIRST_TAG)
    for name in (STAGING, PRODUCTION):
        text = scene.text(name) + f"  - name: {images[1]}\n    newTag: {FIRST_TAG}\n"
        scene.hub.commit(scene.repository, "main", {overlay(name): text}, "Add the worker")
    tag = scene.build()
    code, sentence = reason(well(scene.run()), STAGING)
    assert code == "images_missing"
    assert "worker has no" in sentence
    told = scene.command("explain", "shop", STAGING, "--tag", tag).stdout
    assert f"- not_listed: the registry lists no {tag} of {images[1]}\n" in told
    scene.registry.push(f"{OWNER}/worker", tag)
    well(scene.run())
    assert scene.pinned("shop", STAGING) == scene.pinned("worker", STAGING) == tag
    assert scene.log()[0].message.count("Updater-Pin:") == 2


def test_an_image_may_come_from_another_registry_in_one_environment(scene):
    """`newName`: production runs the mirrored image, so that is the one that has to be there."""
    mirrored = scene.world.registry.host + "/mirror/shop"
    scene.rewrite(
        PRODUCTION, f"name: {HOST}/{OWNER}/shop\n", f"name: {HOST}/{OWNER}/shop\n    newName: {mirrored}\n"
    )
    scene.apps["shop"]["environments"] = {STAGING: {}, PRODUCTION: {"image": mirrored}}
    scene.registry.push("mirror/shop", FIRST_TAG)
    tag = scene.proven()
    assert reason(well(scene.run()), PRODUCTION)[0] != "soak"
    assert not scene.pulls()
    scene.registry.push("mirror/shop", tag)
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"
