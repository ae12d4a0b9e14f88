"""What runs is judged, too: what is true of it is said everywhere for as long as it is true."""

import json

import pytest
from world.scene import OWNER, decided, well

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

SHOP = f"{OWNER}/shop"


def conditions(report):
    return {(each.placement.environment, each.kind.code) for each in report.conditions}


def one(report):
    (condition,) = report.conditions
    return condition


def heads(scene, since):
    """What was asked of the registry, tag lists aside."""
    return [each.path for each in scene.registry.requests[since:] if "/manifests/" in each.path]


@pytest.fixture
def live(scene):
    """A tag that both environments run, brought by us; answers it."""
    tag, pull = scene.proposed()
    scene.merge(pull)
    well(scene.run())
    return tag


def test_production_runs_what_staging_rolled_back_until_it_follows(scene, live):
    scene.set(STAGING, "shop", FIRST_TAG)
    for _ in range(3):
        told = one(scene.run())
        assert (told.placement, told.tag, told.kind.code) == (
            Placement(PRODUCTION, "shop"),
            live,
            "behind_a_rollback",
        )
        assert f"it runs {live}, which was rolled back in staging by commit" in told.sentence
        assert told.command == "updater rollback shop production"
    scene.set(PRODUCTION, "shop", FIRST_TAG)
    assert conditions(scene.run()) == set()


def test_a_tag_that_was_moved_is_said_within_the_hour_and_asked_no_more_often(scene, live):
    scene.world.clock.forward(minutes=2)
    scene.registry.push(SHOP, live)
    assert conditions(scene.run()) == set(), "it was just read"
    scene.world.clock.forward(minutes=61)
    told = scene.run()
    assert conditions(told) == {(STAGING, "moved"), (PRODUCTION, "moved")}
    assert "points to another image" in told.conditions[0].sentence
    since = len(scene.registry.requests)
    for _ in range(3):
        assert conditions(scene.run()) == {(STAGING, "moved"), (PRODUCTION, "moved")}
    assert heads(scene, since) == []
    assert len(scene.run("another").conditions) == 2, "who starts anew asks by itself"


def test_a_tag_that_is_gone_from_the_registry_is_said(scene, live):
    scene.build()
    scene.registry.delete(SHOP, live)
    scene.config["environments"][STAGING]["gates"] = {"soak": "5h"}
    for _ in range(4):
        told = scene.run()
    assert (PRODUCTION, "gone") in conditions(told)
    gone = next(each for each in told.conditions if each.placement.environment == PRODUCTION)
    assert "no longer in the registry" in gone.sentence


def test_a_forbidden_tag_that_runs_is_said_where_nothing_else_could_be_decided(scene):
    scene.config["environments"][PRODUCTION]["tags"]["forbid"] = ["dev"]
    scene.set(PRODUCTION, "shop", "dev")
    told = one(scene.run())
    assert (told.placement.environment, told.kind.code, told.tag) == (PRODUCTION, "forbidden", "dev")
    assert "production forbids tags like dev" in told.sentence


def test_a_registry_that_does_not_answer_ends_no_condition(scene, live):
    scene.world.clock.forward(minutes=61)
    scene.registry.push(SHOP, live)
    before = conditions(scene.run())
    assert before
    scene.world.clock.forward(minutes=61)
    scene.registry.fault(status=500)
    told = scene.run()
    assert conditions(told) == before
    scene.registry.lift()
    scene.hub.fault(status=500)
    told = scene.run()
    assert told.base is None
    assert {place for place, _ in told.unjudged} == set(decided(told)), "nobody knows what runs"


def test_what_runs_is_asked_the_longest_unasked_first_and_a_few_in_a_pass(scene, live):
    """Both apps' tags are a question each; each is asked once an hour, whoever runs it."""
    scene.world.clock.forward(minutes=61)
    since = len(scene.registry.requests)
    for _ in range(5):
        scene.run()
    assert heads(scene, since) == [f"/v2/{SHOP}/manifests/{live}"]


def test_it_is_said_by_every_command_with_the_command_that_helps(scene, live):
    scene.set(STAGING, "shop", FIRST_TAG)
    scene.run()
    way = "updater rollback shop production"
    for words in (["status"], ["plan"], ["once"], ["explain", "shop", "production"]):
        text = scene.command(*words)
        assert "was rolled back in staging by commit" in text.stdout, words
        assert way in text.stdout, words
        told = json.loads(scene.command(*words, "--output", "json").stdout)
        (condition,) = _of_production(told)
        assert (condition["condition"], condition["tag"]) == ("behind_a_rollback", live)
        assert condition["command"] == way


def test_a_stamp_in_utc_is_called_so_by_who_is_asked_why(scene):
    """Nine hours behind what runs: a pass can only say that nothing is newer."""
    tag = scene.proven()
    created = scene.world.clock()
    scene.registry.push(SHOP, f"{created:%Y%m%d-%H%M%S}", created=created)
    scene.run()
    assert scene.pinned("shop", STAGING) == tag
    text = scene.command("explain", "shop", STAGING).stdout
    assert f"your tags look like UTC: {created:%Y%m%d-%H%M%S} is read as" in text
    told = json.loads(scene.command("explain", "shop", STAGING, "--output", "json").stdout)
    assert [one["code"] for one in told["remarks"]] == ["looks_like_utc"]


def _of_production(told):
    if "repositories" in told:
        return told["repositories"][0]["conditions"]
    if "placements" in told:
        return [one for cell in told["placements"] for one in cell["conditions"]]
    return told["conditions"]
