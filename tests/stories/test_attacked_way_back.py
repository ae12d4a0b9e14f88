"""What others write, close or break makes nothing go back that should not."""

import re

import pytest
from stories.test_automatic_way_back import deployed, merged, told
from world.scene import ARGOCD_TOKEN, SOAK, TOKEN, well
from world.verdicts import failed_now, record, shop

from updater.messages import verdicts_path, verdicts_ref
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay

IN_STAGING, IN_PRODUCTION = shop(STAGING), shop(PRODUCTION)


@pytest.fixture(autouse=True)
def verified(scene, monkeypatch):
    argocd = scene.with_argocd(gates={"soak": f"{SOAK}m"})
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["verify"] = {"for": "15m", "then": "rollback"}
    return argocd


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_who_copies_the_text_of_our_pull_request_has_brought_it(scene, method):
    record(scene, IN_PRODUCTION, FIRST_TAG, "verified")
    tag, pull = scene.proposed()
    body, head = pull.body, pull.head
    scene.hub.close(scene.repository, pull.number)
    scene.hub.delete_branch(scene.repository, head)
    scene.hub.create_branch(scene.repository, head, "main")
    scene.set(PRODUCTION, "shop", tag, branch=head, message="Bump, as it said")
    own = scene.hub.open(scene.repository, head, base="main", title="Bump", body=body)
    scene.hub.merge(scene.repository, own, method)
    scene.run()
    assert scene.pinned("shop", PRODUCTION) == tag
    failed_now(scene, IN_PRODUCTION)
    result, why = told(scene.run(), IN_PRODUCTION)
    assert result == "told", why
    assert "not ours" in why
    assert not scene.pulls()


def test_a_push_that_was_refused_is_not_pushed_once_a_person_has_said_no(scene):
    bad = deployed(scene)
    scene.hub.protect(scene.repository, "main")
    scene.run()
    pull = scene.pull()
    scene.hub.close(scene.repository, pull.number)
    scene.hub.delete_branch(scene.repository, pull.head)
    scene.hub.unprotect(scene.repository, "main")
    result, why = told(scene.run())
    assert (result, "was closed" in why) == ("told", True), why
    assert scene.pinned("shop", STAGING) == bad


def broken_line(scene):
    record(scene, IN_STAGING, FIRST_TAG, "failed")
    ref, git = verdicts_ref("main"), scene.hub.find(scene.repository).git
    tip, path = git.resolve(ref), verdicts_path(IN_STAGING)
    line = re.sub(rb'"digests":{.*}', b'"digests":[]}', git.read(tip, path))
    made = git.write("odd", tip, {path: line}, "Odd", scene.hub.forge.signature(scene.hub.human))
    git.update_refs({ref: made, "refs/heads/odd": None})


def missing_file(scene):
    scene.hub.commit(scene.repository, "main", {overlay(STAGING): None}, "Away")


@pytest.mark.parametrize("broken", [broken_line, missing_file])
def test_i14_what_is_before_it_has_to_be_read(scene, broken):
    bad = merged(scene)
    failed_now(scene, IN_PRODUCTION)
    broken(scene)
    result, why = told(scene.run(), IN_PRODUCTION)
    assert (result, "could not be read" in why) == ("told", True), why
    assert scene.pinned("shop", PRODUCTION) == bad
    assert not scene.pulls()


def test_without_a_forge_nobody_can_have_said_no(scene):
    del scene.config["forges"], scene.config["environments"][PRODUCTION]
    for app in scene.apps.values():
        app["environments"] = [STAGING]
    scene.config["repositories"]["deploy"]["token_env"] = TOKEN
    deployed(scene)
    assert told(well(scene.run()))[0] == "goes"
    assert scene.pinned("shop", STAGING) == FIRST_TAG
