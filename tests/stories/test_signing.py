"""Signed by a key of the config and verified by git, or made and signed by GitHub."""

import subprocess

import pytest
from world.scene import MAIL, well

from updater.sandbox.world import PRODUCTION, STAGING

real = pytest.mark.real


@pytest.fixture
def key(scene, tmp_path):
    key = tmp_path / "signing"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    scene.config["commit"]["signing"] = {"format": "ssh", "key_file": str(key)}
    (tmp_path / "allowed").write_text(f"{MAIL} {key.with_suffix('.pub').read_text()}")
    return key


@real
def test_staging_and_the_proposal_for_production_are_signed(scene, key, tmp_path):
    tag, pull = scene.proposed()
    clone = tmp_path / "verified"
    url = scene.world.url.replace("://", f"://human:{scene.hub.human_token}@")
    subprocess.run(["git", "clone", "-q", "--mirror", url, str(clone)], check=True)
    settings = ["-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'allowed'}"]
    for revision in ("main", pull.head):
        subprocess.run(["git", *settings, "-C", str(clone), "verify-commit", revision], check=True)
    assert scene.pinned("shop", STAGING) == tag
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before
    scene.merge(pull)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


@real
def test_a_key_that_is_gone_stops_the_push_and_is_named(scene, key):
    key.unlink()
    scene.build()
    before = scene.everything()
    (outcome,) = [outcome for outcome in scene.run().outcomes if outcome.error]
    assert str(key) in outcome.error
    assert scene.everything() == before


@pytest.fixture
def github(scene):
    """GitHub makes the commits; they bear the address it gives the bot."""
    mail = scene.hub.forge.tokens[scene.hub.bot_token].person.email
    scene.config["commit"] = {"email": mail, "signing": {"format": "github"}}


def verified(scene, ref="main"):
    return scene.hub.head(scene.repository, ref) in scene.hub.find(scene.repository).verified


def test_what_github_made_is_signed_and_known_again_as_ours(scene, github):
    tag, pull = scene.proposed()
    assert verified(scene)
    assert verified(scene, pull.head)
    for _ in range(2):
        before, count = scene.everything(), len(scene.hub.requests)
        well(scene.run())
        assert scene.everything() == before
        assert scene.writes(count) == []
    newer = scene.proven()
    well(scene.run())
    assert (scene.pull().number, scene.pull().title) == (pull.number, f"production: shop {newer}")
    assert verified(scene, pull.head)
    scene.merge(scene.pull())
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == newer
    assert scene.branches() == set()
    assert tag != newer


def test_two_apps_are_two_commits_and_one_can_be_reverted(scene, github):
    first = scene.pinned("blog", STAGING)
    tags = {app: scene.build(app) for app in ("shop", "blog")}
    well(scene.run())
    subjects = {commit.subject: commit.sha for commit in scene.log()[:2]}
    assert set(subjects) == {f"chore({app}): bump staging to {tag}" for app, tag in tags.items()}
    scene.world.revert(subjects[f"chore(blog): bump staging to {tags['blog']}"])
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tags["shop"]
    assert scene.pinned("blog", STAGING) == first


def test_an_address_that_is_not_the_bots_is_named_before_anything_is_pushed(scene, github):
    scene.config["commit"]["email"] = MAIL
    scene.build()
    before = scene.everything()
    (outcome,) = [outcome for outcome in scene.run().outcomes if outcome.error]
    assert "commit: {email: " in outcome.error
    assert scene.everything() == before
