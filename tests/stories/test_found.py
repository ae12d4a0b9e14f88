"""Apps and environments that nobody has written down: they come and go with the files of the repository."""

import pytest
from prometheus_client import generate_latest
from world.scene import HOST, OWNER, TOKEN, decided, promoted, reason, well
from world.service import answers, ended, running, within

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay
from updater.service.metrics import Metrics


@pytest.fixture
def previews(scene):
    """Each folder `pr-…` is an environment; both apps may be in it."""
    scene.config["environments"]["pr-*"] = {
        "repository": "deploy",
        "path": "infra/k8s/overlays/{environment}",
        "tags": {"follow": "timestamp"},
        "deliver": "push",
    }
    for app in scene.apps.values():
        app["environments"].append("pr-*")
    return scene


def add(scene, environment, *apps):
    images = "".join(f"  - name: {HOST}/{OWNER}/{app}\n    newTag: {FIRST_TAG}\n" for app in apps)
    text = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n{images}"
    scene.hub.commit(scene.repository, "main", {overlay(environment): text}, f"Preview {environment}")


def remove(scene, environment):
    scene.hub.commit(scene.repository, "main", {overlay(environment): None}, f"Close {environment}")


def declared(app):
    return {"app": app, "images": [f"{HOST}/{OWNER}/*"], "environments": [STAGING, PRODUCTION]}


def environments(report):
    return {placement.environment for placement in decided(report)}


def test_a_new_overlay_is_an_environment_in_the_next_pass_and_gone_with_it(previews):
    scene = previews
    assert environments(well(scene.run())) == {STAGING, PRODUCTION}

    tag = scene.build("shop")
    add(scene, "pr-7", "shop")
    report = well(scene.run())
    assert promoted(report, "pr-7") == tag
    assert Placement("pr-7", "blog") not in decided(report)
    assert scene.pinned("shop", "pr-7") == tag
    assert f"chore(shop): bump pr-7 to {tag}" in [commit.subject for commit in scene.log()]

    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before

    remove(scene, "pr-7")
    scene.build("shop")
    report = well(scene.run())
    assert environments(report) == {STAGING, PRODUCTION}
    assert not report.warnings


def test_a_hold_over_a_preview_holds_it_and_is_over_with_it(previews):
    scene = previews
    add(scene, "pr-7", "shop")
    scene.run()
    assert scene.command("hold", "shop", "pr-7", "--why", "A demo is on").returncode == 0
    scene.build("shop")
    assert reason(well(scene.run()), "pr-7")[0] == "held"
    remove(scene, "pr-7")
    assert not well(scene.run()).warnings


@pytest.mark.parametrize("edited", [False, True], ids=["ours", "edited by a person"])
def test_the_pull_request_of_a_preview_that_is_gone_is_closed_unless_a_person_worked_on_it(previews, edited):
    scene = previews
    scene.config["environments"]["pr-*"]["deliver"] = "pull-request"
    add(scene, "pr-7", "shop")
    scene.build("shop")
    scene.run()
    pull = scene.pull()
    assert pull.head == "updater/app/pr-7--shop"
    if edited:
        scene.hub.commit(scene.repository, pull.head, {"notes.txt": "mine"}, "My own")
    remove(scene, "pr-7")
    for _ in range(2):
        report = well(scene.run())
    assert not report.warnings
    assert scene.hub.pull(scene.repository, pull.number).state == ("open" if edited else "closed")
    assert (pull.head in scene.branches()) is edited
    said = scene.hub.pull(scene.repository, pull.number).body
    assert ("the environment pr-7 is gone" in said) is not edited
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before


def test_a_preview_stays_while_its_repository_cannot_be_read(previews):
    scene = previews
    add(scene, "pr-7", "shop")
    scene.run()
    scene.hub.fault("git-upload-pack", 503)
    report = scene.run()
    assert report.unreadable
    assert Placement("pr-7", "shop") in decided(report)


def test_an_app_is_made_of_each_image_and_a_named_one_is_none_of_them(scene):
    """A new image in an overlay needs no new config."""
    del scene.apps["blog"]
    scene.apps["each"] = declared("{image}")
    report = well(scene.run())
    both = {Placement(name, app) for name in (STAGING, PRODUCTION) for app in ("shop", "blog")}
    assert set(decided(report)) == both
    tag = scene.build("blog")
    assert promoted(well(scene.run()), STAGING, "blog") == tag

    entry = f"  - name: {HOST}/{OWNER}/blog\n"
    scene.registry.push(f"{OWNER}/cart", FIRST_TAG)
    for environment in (STAGING, PRODUCTION):
        scene.rewrite(environment, entry, f"  - name: {HOST}/{OWNER}/cart\n    newTag: {FIRST_TAG}\n{entry}")
    tag = scene.build("cart")
    assert promoted(well(scene.run()), STAGING, "cart") == tag


def test_one_app_of_three_images_moves_them_together(scene):
    scene.apps = {"all": declared("all")}
    scene.registry.push(f"{OWNER}/cart", FIRST_TAG)
    entry = f"  - name: {HOST}/{OWNER}/blog\n"
    scene.rewrite(STAGING, entry, f"  - name: {HOST}/{OWNER}/cart\n    newTag: {FIRST_TAG}\n{entry}")
    tag = scene.build("shop")
    for app in ("blog", "cart"):
        report = well(scene.run())
        assert decided(report)[Placement(STAGING, "all")].current == FIRST_TAG
        scene.registry.push(f"{OWNER}/{app}", tag)
    assert promoted(well(scene.run()), STAGING, "all") == tag
    assert {scene.pinned(app, STAGING) for app in ("shop", "blog", "cart")} == {tag}


def test_an_image_that_the_registry_lacks_holds_alone(scene):
    scene.apps = {"each": declared("{image}")}
    entry = f"  - name: {HOST}/{OWNER}/blog\n"
    scene.rewrite(STAGING, entry, f"  - name: {HOST}/{OWNER}/nowhere\n    newTag: {FIRST_TAG}\n{entry}")
    tag = scene.build("shop")
    report = scene.run()
    assert promoted(report, STAGING, "shop") == tag
    assert decided(report)[Placement(STAGING, "nowhere")].reasons


def test_what_a_person_closed_keeps_no_branch_of_a_preview_that_is_gone(previews):
    scene = previews
    scene.config["environments"]["pr-*"]["deliver"] = "pull-request"
    add(scene, "pr-7", "shop")
    scene.build("shop")
    scene.run()
    pull = scene.pull()
    scene.hub.close(scene.repository, pull.number)
    well(scene.run())
    assert pull.head in scene.branches()
    remove(scene, "pr-7")
    well(scene.run())
    assert pull.head not in scene.branches()


def test_no_series_stays_of_a_preview_that_is_gone(previews):
    scene, metrics = previews, Metrics()
    add(scene, "pr-7", "shop")
    scene.build("shop")
    for _ in range(2):
        metrics.record(scene.run())
    assert "pr-7" in shown(metrics)
    remove(scene, "pr-7")
    for _ in range(2):
        metrics.record(scene.run())
        assert "pr-7" not in shown(metrics)
    assert STAGING in shown(metrics)


def shown(metrics):
    return generate_latest(metrics.registry).decode()


def test_check_and_doctor_tell_what_a_pattern_does_not_find(previews):
    scene = previews
    scene.apps["cart"] = {**declared("all"), "images": [f"{HOST}/{OWNER}/cart-*"]}
    add(scene, "pr-Seven", "shop")
    tree = scene.folder / "tree"
    for environment in (STAGING, PRODUCTION, "pr-Seven"):
        (tree / overlay(environment)).parent.mkdir(parents=True)
        (tree / overlay(environment)).write_text(scene.text(environment))
    said = scene.command("check", "--checkout", str(tree))
    assert said.returncode == 0, said.stderr
    found = scene.command("doctor", environment={TOKEN: scene.hub.bot_token})
    for text in (said.stderr, found.stdout):
        assert (
            f"{HOST}/{OWNER}/cart-* matches no image that stands in a file of staging or production" in text
        )
        assert "'pr-Seven' is no environment" in text
    assert "!!  apps, and environments, in the repository: 'pr-Seven' is no environment" in found.stdout


@pytest.mark.parametrize("words", [("explain", "shop", "pr-7"), ("status",), ("rollback", "shop", "pr-7")])
def test_commands_know_it_by_its_name(previews, words):
    scene = previews
    add(scene, "pr-7", "shop")
    scene.build("shop")
    scene.run()
    said = scene.command(*words, environment={TOKEN: scene.hub.bot_token})
    assert said.returncode == 0, said.stderr
    assert "pr-7" in said.stdout


def test_the_service_shows_a_preview_while_it_is_there(previews):
    scene = previews
    with running(scene) as (process, url):
        within(40, lambda: answers(f"{url}/readyz"))
        add(scene, "pr-7", "shop")
        within(40, lambda: "pr-7" in answers(f"{url}/api/status").text)
        within(40, lambda: "pr-7" in answers(f"{url}/metrics").text)
        assert "pr-7" in answers(f"{url}/").text
        remove(scene, "pr-7")
        within(40, lambda: "pr-7" not in answers(f"{url}/api/status").text)
        within(40, lambda: "pr-7" not in answers(f"{url}/metrics").text)
        assert "pr-7" not in answers(f"{url}/").text
        status, log, _ = ended(process)
    assert status == 0
    assert not [line for line in log if line["level"] in {"error", "warning"}]


def test_a_new_process_does_not_forget_what_a_broken_overlay_named(scene):
    scene.apps = {"each": declared("{image}")}
    scene.proposed()
    scene.rewrite(PRODUCTION, "images:", "images: [")
    report = scene.run("later")
    assert {Placement(PRODUCTION, "shop"), Placement(PRODUCTION, "blog")} <= set(decided(report))
    (comment,) = scene.pull().comments
    assert "is not YAML" in comment.body
    assert "no longer names" not in comment.body


def test_previews_of_an_app_count_as_that_app_where_too_many_go_back_and_not_once_they_are_deleted(previews):
    scene = previews
    scene.config["repositories"]["deploy"]["breaker"] = {"rolled_back": 2, "within": "1h", "for": "4h"}
    for name in ("pr-7", "pr-8"):
        add(scene, name, "shop")
    scene.build("shop")
    scene.build("blog")
    well(scene.run())
    for name in ("pr-7", "pr-8"):
        scene.set(name, "shop", FIRST_TAG)
    new = scene.build("shop")
    assert promoted(scene.run(), STAGING) == new, "two previews of one app are one"
    scene.set(STAGING, "blog", FIRST_TAG)
    scene.build("shop")
    assert reason(scene.run(), STAGING)[0] == "line_stopped"
    for name in ("pr-7", "pr-8"):
        remove(scene, name)
    assert promoted(scene.run(), STAGING)
