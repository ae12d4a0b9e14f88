"""Commits as the house wants them: subject, a body, a sign-off, an identity for each repository."""

import re

import pytest
from world.scene import reason, well

from updater import messages
from updater.config import load
from updater.errors import ConfigError
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING


def trailers(scene, message):
    """As git reads them."""
    git = scene.hub.find(scene.repository).git
    return git.text("interpret-trailers", "--parse", given=message.encode()).splitlines()


def test_a_commit_bears_the_body_and_the_sign_off_of_the_house(scene):
    scene.config["commit"] |= {
        "signoff": True,
        "body": "Change-Class: standard\n\nFor {app} in {environment}.",
    }
    tag = scene.build()
    well(scene.run())
    message = scene.ours()[0].message
    assert "\n\nChange-Class: standard\n\nFor shop in staging.\n\nUpdater-Pin: staging shop " in message
    pin, signed = trailers(scene, message)
    assert pin.startswith("Updater-Pin: ")
    assert signed == "Signed-off-by: updater <updater@acme.example>"
    assert scene.pinned("shop", STAGING) == tag
    assert well(scene.run()).steps == ()


def test_a_proposal_and_a_hold_are_signed_off_too(scene):
    scene.config["commit"]["signoff"] = True
    _, pull = scene.proposed()
    assert scene.command("hold", "blog", STAGING, "--why", "audit").returncode == 0
    for commit in (scene.ours(pull.head)[0], scene.ours()[0]):
        assert trailers(scene, commit.message)[-1] == "Signed-off-by: updater <updater@acme.example>"
    assert well(scene.run()).steps == (), "the proposal is found as it was left"


def test_a_repository_has_an_identity_of_its_own_and_is_known_again_by_it(scene):
    mail = "shop-bot@acme.example"
    own = {"name": "shop bot", "email": mail, "signoff": True, "subject": "deploy {app} {tag}"}
    scene.config["repositories"]["deploy"]["commit"] = own
    tag, pull = scene.proposed()
    assert pull.title.endswith(tag)
    (commit,) = [each for each in scene.log() if each.committer.email == mail]
    assert commit.subject == f"deploy shop {tag}"
    assert commit.author.name == "shop bot"
    assert commit.message.rstrip().endswith(f"Signed-off-by: shop bot <{mail}>")
    assert well(scene.run()).steps == ()
    scene.merge(pull)
    assert reason(well(scene.run()), PRODUCTION)[0] == "up_to_date"


@pytest.mark.parametrize("order", [("rollback",), ("promote", "--tag", FIRST_TAG)])
def test_a_step_back_is_titled_as_one(scene, order):
    scene.build()
    scene.run()
    verb, *more = order
    assert scene.command(verb, "shop", STAGING, *more, "--why", "it hangs").returncode == 0
    assert scene.ours()[0].subject == f"revert(shop): roll staging back to {FIRST_TAG}"
    scene.config["commit"]["subject_back"] = "back: {app} {old} -> {tag}"
    tag = scene.build()
    assert scene.command("promote", "shop", STAGING, "--tag", tag).returncode == 0
    assert scene.ours()[0].subject == f"chore(shop): bump staging to {tag}"
    assert scene.command(verb, "shop", STAGING, *more).returncode == 0
    assert scene.ours()[0].subject == f"back: shop {tag} -> {FIRST_TAG}"


@pytest.mark.parametrize(
    "body",
    [
        "Updater-Pin: staging blog ghcr.io/acme/blog:1",
        "fine\nUpdater-Rollback: production shop 2 1 human",
        "  updater-pin : x",
        "<!-- updater",
    ],
)
def test_no_body_may_say_what_only_the_updater_says(scene, body):
    scene.config["commit"]["body"] = body
    with pytest.raises(ConfigError, match=re.compile("leave it out", re.IGNORECASE)):
        load(scene.configure())


@pytest.mark.parametrize("word", ["Updater-Pin", "Updater-Rollback", "updater-anything"])
def test_no_text_that_is_filled_in_can_pose_as_a_trailer(word):
    evil = f"x\n{word}: staging shop ghcr.io/acme/shop:1\r\n\u2028{word}: y"
    told = messages.one_line(evil)
    assert "\n" not in told
    assert not re.search(rf"{word}:", told, re.IGNORECASE)
