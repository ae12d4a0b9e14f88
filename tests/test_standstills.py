"""Holds of the past, as the history of the holds file tells them."""

from datetime import UTC, datetime, timedelta

import pytest

from updater.holds import Everything, HoldEntry
from updater.interpret.hold_history import HoldHistory
from updater.model import Placement
from updater.sandbox.world import PRODUCTION, STAGING

START = datetime(2026, 2, 2, 5, tzinfo=UTC)
SHOP = Placement(PRODUCTION, "shop")
PATH = ".updater/holds.yaml"


def at(minutes):
    return START + timedelta(minutes=minutes)


def told(versions, placement=SHOP, now=100):
    found = HoldHistory(at(now))
    for minutes, holds in versions:
        found.take(at(minutes), holds)
    return [(each.since, each.until, each.why) for each in found.of(placement)]


def held(why="audit", until=None, **about):
    about = {"app": "shop", "environment": PRODUCTION, **about}
    hold = HoldEntry(why=why, until=None if until is None else at(until), **about)
    return {(hold.app, hold.environment): hold}


def test_a_hold_lasts_until_it_is_lifted():
    assert told([(1, held()), (5, {})]) == [(at(1), at(5), "audit")]


def test_one_that_is_on_has_no_end():
    assert told([(1, held())]) == [(at(1), None, "audit")]


@pytest.mark.parametrize(("lifted", "end"), [(9, 4), (3, 3), (None, 4)])
def test_it_ends_by_itself_where_that_comes_first(lifted, end):
    versions = [(1, held(until=4))] + ([(lifted, {})] if lifted else [])
    assert told(versions) == [(at(1), at(end), "audit")]


def test_one_that_was_over_when_it_was_written_never_held():
    assert told([(5, held(until=4))]) == []


def test_a_commit_that_leaves_it_alone_changes_nothing():
    other = {**held(), **held(app="blog")}
    assert told([(1, held()), (3, other), (7, {})]) == [(at(1), at(7), "audit")]


def test_another_reason_is_another_hold():
    assert told([(1, held()), (3, held("fire"))]) == [(at(1), at(3), "audit"), (at(3), None, "fire")]


def test_a_hold_over_all_is_over_each():
    everything = {(None, None): Everything(why="moving house")}
    assert told([(1, everything), (2, held(environment=None)), (4, {})]) == [
        (at(1), at(2), "moving house"),
        (at(2), at(4), "audit"),
    ]
    assert told([(1, held(environment=None))], Placement(STAGING, "shop")) == [(at(1), None, "audit")]
    assert told([(1, held())], Placement(STAGING, "shop")) == []


def record(scene, text):
    scene.world.clock.forward(minutes=10)
    scene.hub.commit(scene.repository, "main", {PATH: text}, "Holds")


def test_of_a_real_repository_holds_that_were_lifted_are_known(scene):
    record(scene, "holds: [{app: shop, environment: production, why: audit, by: kim}]\n")
    record(scene, "holds: [")  # nobody can read that: it tells of nothing
    record(scene, "holds: []\n")
    record(scene, "all: {why: fire}\n")
    timelines = scene.run().timelines
    first, second = timelines[SHOP].hold_periods
    assert (first.why, first.by, first.until - first.since) == ("audit", "kim", timedelta(minutes=20))
    assert (second.why, second.until) == ("fire", None)
    assert [each.why for each in timelines[Placement(STAGING, "shop")].hold_periods] == ["fire"]


def test_also_where_the_file_is_gone(scene):
    record(scene, "holds: [{app: shop, why: audit}]\n")
    scene.run()
    scene.hub.commit(scene.repository, "main", {PATH: None}, "No holds")
    (only,) = scene.updater("second").run("deploy", act=False).timelines[SHOP].hold_periods
    assert only.why == "audit"
    assert only.until is not None


def test_of_a_long_history_of_broken_versions_each_is_read_once_and_not_in_every_pass(scene):
    """What is wrong with the largest takes a second to say, and there may be many."""
    broken = "holds:\n" + "".join(f"- {{app: app{number}, wy: x}}\n" for number in range(4800))
    broken += f"#{'x' * 130_000}\n"
    for number in range(20):
        record(scene, f"{broken}# {number}\n")
    record(scene, "holds: []\n")
    scene.run()
    seconds = scene.run().stages["interpret"]
    assert seconds < 0.5
