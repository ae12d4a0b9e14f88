"""A machine whose clock is wrong: what goes by the time waits, all else goes on."""

from datetime import timedelta

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
