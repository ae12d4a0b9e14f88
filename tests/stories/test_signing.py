"""Signed by a key of the config, and verified by git."""

import subprocess

import pytest
from world.scene import MAIL, well

from updater.sandbox.world import PRODUCTION, STAGING

pytestmark = pytest.mark.real


@pytest.fixture
def key(scene, tmp_path):
    key = tmp_path / "signing"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    scene.config["commit"]["signing"] = {"format": "ssh", "key_file": str(key)}
    (tmp_path / "allowed").write_text(f"{MAIL} {key.with_suffix('.pub').read_text()}")
    return key


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


def test_a_key_that_is_gone_stops_the_push_and_is_named(scene, key):
    key.unlink()
    scene.build()
    before = scene.everything()
    (outcome,) = [outcome for outcome in scene.run().outcomes if outcome.error]
    assert str(key) in outcome.error
    assert scene.everything() == before
