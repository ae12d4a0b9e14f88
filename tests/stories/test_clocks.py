"""A machine whose clock is wrong: what goes by the time waits, all else goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from world.scene import reason, well

from updater.sandbox.world import PRODUCTION, STAGING
from updater.wiring import Updater


class Wrong:
    """The clock of a machine that is off by so much."""

    def __init__(self, clock, **off):
        self.clock, self.off = clock, timedelta(**off)

    def __call__(self):
        return self.clock() + self.off


def with_clock(scene, **off):
    from updater.config import load

    wired = Updater(load(scene.configure()), scene.folder / "wrong", clock=Wrong(scene.world.clock, **off))
    scene._updaters["wrong"] = scene._open.enter_context(wired)


@pytest.mark.parametrize(("off", "way"), [({"hours": 9}, "ahead of"), ({"minutes": -5}, "behind")])
def test_a_soak_does_not_pass_by_a_wrong_clock(scene, off, way):
    tag = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    scene.soak()
    with_clock(scene, **off)
    code, sentence = reason(well(scene.run("wrong")), PRODUCTION)
    assert code in {"clock_skew", "soak"}
    if code == "clock_skew":
        assert f"{way} that of ghcr.io" in sentence
    assert not scene.pulls()


def test_staging_which_asks_no_clock_goes_on(scene):
    with_clock(scene, hours=9)
    tag = scene.build()
    scene.run("wrong")
    assert scene.pinned("shop", STAGING) == tag


def test_two_minutes_are_nobodys_fault(scene):
    scene.proven()
    with_clock(scene, seconds=110)
    well(scene.run("wrong"))
    assert scene.pulls()


def test_a_person_may_pass_over_it_by_name(scene):
    tag = scene.proven()
    with_clock(scene, hours=9)
    from updater.model import Placement, Request

    placement = Placement(PRODUCTION, "shop")
    overrides = {"clock_skew": "the registry's clock is wrong"}
    request = Request("promote", placement, tag, by="kim", why="now", overrides=overrides)
    scene._updaters["wrong"].run("deploy", act=True, request=request)
    assert scene.pulls()


# --- what a clock that is known to be wrong must not do ---------------------------------------------------

OFF = {"minutes behind": {"minutes": -6}, "years behind": {"days": -3650}, "years ahead": {"days": 3650}}


@pytest.mark.parametrize("off", OFF.values(), ids=[*OFF])
def test_no_open_pull_request_loses_its_evidence_to_a_wrong_clock(scene, off):
    scene.proposed()
    well(scene.run())
    pull, before = scene.pull(), scene.everything()
    status = scene.hub.statuses(scene.repository, scene.branch_head(pull))
    with_clock(scene, **off)
    for _ in range(2):
        scene.run("wrong")
    assert not pull.comments
    assert scene.hub.statuses(scene.repository, scene.branch_head(pull)) == status
    assert scene.everything() == before


@pytest.mark.parametrize("off", OFF.values(), ids=[*OFF])
def test_what_was_rolled_back_turns_it_red_all_the_same(scene, off):
    scene.proposed()
    scene.world.revert(scene.ours()[0].sha)
    with_clock(scene, **off)
    scene.run("wrong")
    (newest, *_) = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
    assert newest.state == "failure"


@pytest.mark.parametrize("off", OFF.values(), ids=[*OFF])
def test_commits_bear_the_time_of_the_servers(scene, off):
    with_clock(scene, **off)
    tag = scene.build()
    scene.run("wrong")
    scene.run("wrong")
    if scene.pinned("shop", STAGING) == tag:
        (newest, *_) = scene.ours()
        assert abs(datetime.fromisoformat(newest.committed_at) - scene.world.clock()) < timedelta(
            minutes=2
        ), newest.committed_at


def test_a_stamp_is_not_called_one_of_the_future_by_a_clock_that_is_behind(scene):
    scene.build()
    with_clock(scene, days=-3650)
    code, _ = reason(scene.run("wrong"), STAGING)
    assert code == "clock_skew"
    assert not scene.ours()


def test_a_hold_does_not_end_by_a_clock_that_is_ahead(scene):
    held = "holds:\n  - {app: shop, environment: staging, why: a sale, by: kim, until: 2026-03-01}\n"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold it")
    tag = scene.build()
    with_clock(scene, days=3650)
    assert reason(scene.run("wrong"), STAGING)[0] == "held"
    assert scene.pinned("shop", STAGING) != tag


@pytest.mark.parametrize("dated", [datetime(2036, 1, 1, tzinfo=UTC), None], ids=["of the future", "of now"])
def test_what_a_commit_of_the_future_says_does_not_tick(scene, dated):
    """A person's machine, or this one before somebody set its clock."""
    scene.proposed()
    tag = scene.build()
    text = scene.text(STAGING).replace(scene.pinned("shop", STAGING), tag)
    from updater.sandbox.world import overlay

    scene.hub.commit(scene.repository, "main", {overlay(STAGING): text}, "By hand", date=dated)
    for _ in range(3):
        well(scene.run())
    before, writes = scene.everything(), len(scene.writes())
    for _ in range(3):
        well(scene.run())
    assert scene.everything() == before
    assert len(scene.writes()) == writes


def test_once_the_clock_is_right_again_an_unchanged_world_stays_unchanged(scene):
    """I5, also after what a wrong clock may have written."""
    with_clock(scene, days=3650)
    scene.build()
    scene.run("wrong")
    scene.run("wrong")
    for _ in range(3):
        well(scene.run())
    before, writes = scene.everything(), len(scene.writes())
    for _ in range(3):
        well(scene.run())
    assert scene.everything() == before
    assert len(scene.writes()) == writes
