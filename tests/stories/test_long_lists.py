"""A list of more tags than anybody looks at: the newest are, and it is said where that may decide."""

from datetime import timedelta

from world.scene import decided, reason, well

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, STAGING


def many(scene, count):
    """So many newer builds, a minute apart; their tags, oldest first."""
    now = scene.world.clock() - timedelta(minutes=count)
    tags = [f"{now + timedelta(hours=9, minutes=number):%Y%m%d-%H%M%S}" for number in range(count)]
    for tag in tags:
        scene.registry.push("acme/shop", tag)
    return tags


def remarks(report, app="shop"):
    return {ruling.code: ruling.sentence for ruling in decided(report)[Placement(STAGING, app)].remarks}


def test_that_only_the_newest_are_looked_at_is_said_while_all_of_them_are_candidates(scene):
    scene.config["environments"][STAGING]["gates"] = {"age": {"min": "30d"}}
    tags = many(scene, 1_100)
    told = well(scene.run())
    assert reason(told, STAGING)[0] == "age"
    assert remarks(told)["listing_cut"] == (
        "the registry lists 1,101 tags of ghcr.io/acme/shop, and the newest 1,000 that timestamp reads are "
        "looked at: an older one takes `updater promote --tag`"
    )
    said = scene.command("explain", "shop", STAGING).stdout
    assert "the newest 1,000 that timestamp reads are looked at" in said
    del scene.config["environments"][STAGING]["gates"]
    scene._updaters.clear()
    after = well(scene.run("another"))
    assert scene.pinned("shop", STAGING) == tags[-1]
    assert "listing_cut" not in remarks(well(scene.run("another"))), "none of the others can be promoted now"
    assert "listing_cut" not in remarks(after, "blog")


def test_an_older_one_that_is_asked_for_by_name_is_there(scene):
    tags = many(scene, 1_100)
    done = scene.command("promote", "shop", STAGING, "--tag", tags[3], "--why", "to compare")
    assert done.returncode == 0, done.stderr
    assert scene.pinned("shop", STAGING) == tags[3] != FIRST_TAG
