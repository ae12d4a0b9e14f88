"""From a new tag to production on forges other than GitHub, through git and their APIs."""

import re

import pytest
from world.scene import TOKEN, Scene, reason, well

from updater.sandbox import Azure, Bitbucket, Gitea, GitLab
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

BRANCH = "updater/app/production--shop"


@pytest.fixture(params=[GitLab, Gitea, Bitbucket, Azure], ids=["gitlab", "gitea", "bitbucket", "azure"])
def scene(request, tmp_path, monkeypatch):
    scene = Scene(tmp_path, forge=request.param)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def test_staging_is_pushed_and_production_proposed_and_merged_by_a_human(scene):
    tag, pull = scene.proposed()
    assert scene.pinned("shop", STAGING) == tag
    assert (pull.title, pull.head, pull.base) == (f"production: shop {tag}", BRANCH, "main")
    (status,) = scene.hub.statuses(scene.repository, pull.head_sha)
    assert (status.context, status.state) == ("updater/gates", "success")

    scene.merge(pull)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    assert scene.branches() == set()


def test_a_quiet_pass_writes_nothing(scene):
    scene.proposed()
    well(scene.run())
    before, count = scene.everything(), len(scene.hub.requests)
    well(scene.run())
    assert scene.everything() == before
    assert scene.writes(count) == []


def test_a_newer_build_takes_the_place_of_the_proposed_one(scene):
    _, pull = scene.proposed()
    new = scene.proven()
    well(scene.run())
    assert (scene.pull().number, scene.pull().title) == (pull.number, f"production: shop {new}")


def test_a_closed_proposal_stays_rejected(scene):
    tag, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    code, _ = reason(scene.run(), PRODUCTION)
    assert code == "rejected"
    assert scene.pulls() == []
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    assert scene.pinned("shop", STAGING) == tag


def test_a_rolled_back_staging_turns_the_proposal_red_with_one_note(scene):
    _, pull = scene.proposed()
    scene.world.revert(scene.world.head())
    for _ in range(2):
        well(scene.run())
    assert scene.hub.statuses(scene.repository, scene.pull().head_sha)[0].state == "failure"
    assert len(scene.hub.pull(scene.repository, pull.number).comments) == 1


def test_auto_merge_merges_what_passes(scene):
    scene.config["environments"][PRODUCTION]["pull_request"] = {"auto_merge": True}
    tag = scene.proven()
    for _ in range(4):
        scene.run()
    assert scene.pinned("shop", PRODUCTION) == tag
    assert [pull.merged_by.login for pull in scene.pulls("all")] == [scene.hub.bot_login]


def test_a_protected_branch_is_named_with_the_setting_to_change(scene):
    scene.hub.protect(scene.repository, "main")
    scene.build()
    (error,) = [outcome.error for outcome in scene.run().outcomes if outcome.error]
    said = r"to update branch|to protected branch|Pushes to this branch are not permitted"
    assert re.search(said, error)
    assert "let the updater push" in error
    assert "deliver: pull-request" in error
