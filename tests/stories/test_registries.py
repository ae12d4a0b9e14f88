"""A registry that says less, or repeats itself: nothing is believed at once, nobody is stuck for good. I8."""

import json

import pytest
from world.scene import decided, reason, well

from updater.model import Placement, Promote
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

LISTS = "/v2/acme/shop/tags/list"


def listing(*tags, **more):
    return {"status": 200, "body": json.dumps({"name": "acme/shop", "tags": tags}), **more}


def held(scene, code, *, updater="first"):
    """A pass that holds shop everywhere it would move, writes nothing, and lets blog go on."""
    before, blog = scene.everything()[1], scene.build("blog")
    pinned = {place: scene.pinned("shop", place) for place in (STAGING, PRODUCTION)}
    report = scene.run(updater)
    told, sentence = reason(report, STAGING)
    assert told == code, sentence
    assert "acme/shop" in sentence
    assert {place: scene.pinned("shop", place) for place in pinned} == pinned
    assert scene.everything()[1] == before
    assert scene.pinned("blog", STAGING) == blog
    return sentence


def promotes(report, environment):
    return isinstance(decided(report)[Placement(environment, "shop")], Promote)


def test_i8_a_list_that_has_lost_its_newest_tags_changes_nothing_until_it_lasts(scene):
    """As after a restore from a backup, or the first page of several."""
    first, shown = scene.proposed()[0], scene.pull()
    newest = scene.build()
    scene.run()
    assert scene.pinned("shop", STAGING) == newest
    scene.registry.fault(LISTS, **listing(FIRST_TAG))

    for _ in range(2):
        assert "listed" in held(scene, "listing_shrunken")
    code, _ = reason(scene.run(), STAGING)

    assert code == "not_newer", "it is believed now, and there is nothing newer in it"
    assert scene.pinned("shop", STAGING) == newest
    assert (scene.pull().number, first) == (shown.number, scene.pinned("shop", PRODUCTION, ref=shown.head))


def test_i8_a_list_that_comes_back_is_believed_at_once(scene):
    scene.run()
    tag = scene.build()
    fault = scene.registry.fault(LISTS, **listing())
    held(scene, "listing_empty")

    scene.registry.lift(fault)
    well(scene.run())

    assert scene.pinned("shop", STAGING) == tag


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_i8_a_list_without_the_tag_that_runs_changes_nothing_until_it_lasts(scene, memory):
    """Old enough to be cleaned up, or a list with a hole: a newer tag in it is no proof."""
    current = scene.build()
    scene.run()
    assert scene.pinned("shop", STAGING) == current
    newest = scene.build()
    scene.registry.fault(LISTS, **listing(FIRST_TAG, newest))
    updater = "first" if memory == "kept" else "second"

    for _ in range(2):
        assert current in held(scene, "current_not_listed", updater=updater)
    well(scene.run(updater))

    assert scene.pinned("shop", STAGING) == newest, "it is gone, and nobody is stuck on it"


def test_a_list_that_was_short_for_one_process_is_short_for_the_next(scene):
    """`updater once` from a timer remembers by a file in its cache."""
    scene.build()
    for _ in range(2):
        assert scene.command("once").returncode == 0
    scene.registry.fault(LISTS, **listing(FIRST_TAG))

    codes = [scene.command("once").returncode for _ in range(3)]

    assert codes == [1, 1, 0]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(
            listing("1", headers={"Link": f"<{LISTS}?n=1000>; rel=next"}), "endless_listing", id="again"
        ),
        pytest.param(
            listing("1", headers={"Link": "<http://127.0.0.1:1/>; rel=next"}), "foreign_link", id="elsewhere"
        ),
        pytest.param(listing("1", content_type="image/png"), "not_json", id="a picture"),
        pytest.param(
            listing("1", content_type="text/html; charset=utf-8"), "not_json", id="HTML in name only"
        ),
    ],
)
def test_i8_a_page_that_cannot_be_right_holds_its_app_and_no_other(scene, fault, code):
    scene.run()
    scene.build()
    scene.registry.fault(LISTS, **fault)

    held(scene, code)
    scene.registry.lift()
    assert promotes(well(scene.run()), STAGING)


def test_a_tag_that_was_deleted_from_the_registry_can_still_be_left_by_name(scene):
    bad = scene.proven()
    scene.registry.delete("acme/shop", bad)
    scene.run()

    back = scene.command("rollback", "shop", STAGING, "--to", FIRST_TAG, "--why", "it leaks")

    assert ": done" in back.stdout, back.stderr
    assert scene.pinned("shop", STAGING) == FIRST_TAG
