"""The embedded engine, with a real scheduler and real threads."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from updater.engine.embedded import APART, Scheduler

HOUR = timedelta(hours=1)


class Passes:
    """Passes that last until they may end, and know when two of one repository overlap."""

    def __init__(self, *, held=False):
        self.may_end = threading.Event()
        if not held:
            self.may_end.set()
        self.ran = []
        self.images = []
        """What each of them was for; nothing: a whole one."""
        self.overlapped = False
        self._now = set()
        self._changed = threading.Condition()

    def __call__(self, name, images=frozenset()):
        self.overlapped |= name in self._now
        self._now.add(name)
        self.may_end.wait(60)
        self._now.discard(name)
        with self._changed:
            self.ran.append(name)
            self.images.append(set(images))
            self._changed.notify_all()

    def until(self, count, name="deploy", within=30.0):
        with self._changed:
            assert self._changed.wait_for(lambda: self.ran.count(name) >= count, within), self.ran


def until(happened):
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def engine_of():
    engines, held = [], []

    def make(passes, *names, every=HOUR):
        engine = Scheduler(passes, names or ("deploy",), every)
        engines.append(engine)
        held.append(passes)
        engine.start()
        return engine

    yield make
    for passes in held:
        passes.may_end.set()
    for engine in engines:
        if engine.alive():
            engine.stop(5)


def test_every_repository_has_a_pass_at_once(engine_of):
    passes = Passes()
    engine_of(passes, "deploy", "other")
    passes.until(1, "deploy")
    passes.until(1, "other")


def test_a_poll_comes_every_so_often(engine_of):
    passes = Passes()
    engine_of(passes, every=timedelta(seconds=0.2))
    passes.until(4)


def test_a_knock_makes_the_next_pass_come_now(engine_of):
    passes = Passes()
    engine = engine_of(passes)
    passes.until(1)
    engine.trigger("deploy")
    passes.until(2)


def test_a_hundred_knocks_while_a_pass_runs_are_one_more_pass(engine_of):
    passes = Passes(held=True)
    engine = engine_of(passes)
    until(engine.busy)
    for _ in range(100):
        engine.trigger("deploy")
    passes.may_end.set()
    passes.until(2)
    time.sleep(1.2)
    assert len(passes.ran) == 2
    assert not passes.overlapped


def test_a_knock_while_a_pass_runs_is_not_lost(engine_of):
    passes = Passes(held=True)
    engine = engine_of(passes)
    for count in (2, 4, 6):
        passes.may_end.clear()
        engine.trigger("deploy")
        until(engine.busy)
        engine.trigger("deploy")
        passes.may_end.set()
        passes.until(count)
    assert not passes.overlapped


def test_knocks_for_images_while_a_pass_runs_are_one_more_pass_for_all_of_them(engine_of):
    passes = Passes(held=True)
    engine = engine_of(passes)
    until(engine.busy)
    for image in ("a", "b", "a"):
        engine.trigger("deploy", [image])
    passes.may_end.set()
    passes.until(2)
    time.sleep(4 * APART)
    assert passes.images == [set(), {"a", "b"}]


def test_knocks_for_images_that_come_together_are_one_pass(engine_of):
    passes = Passes()
    engine = engine_of(passes)
    passes.until(1)
    time.sleep(2 * APART)
    engine.trigger("deploy", ["a"])
    engine.trigger("deploy", ["b"])
    passes.until(2)
    time.sleep(4 * APART)
    assert passes.images == [set(), {"a", "b"}]


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_knock_for_all_makes_the_pass_for_some_a_whole_one(engine_of, whole_first):
    passes = Passes(held=True)
    engine = engine_of(passes)
    until(engine.busy)
    for images in [[], ["a"]] if whole_first else [["a"], []]:
        engine.trigger("deploy", images)
    passes.may_end.set()
    passes.until(2)
    time.sleep(4 * APART)
    assert passes.images == [set(), set()]


def test_i16_a_flood_of_knocks_for_an_image_keeps_no_poll_away(engine_of):
    passes = Passes()
    engine = engine_of(passes, every=timedelta(seconds=0.5))
    end = time.monotonic() + 3
    while time.monotonic() < end:
        engine.trigger("deploy", ["a"])
        time.sleep(0.002)
    assert passes.images.count(set()) >= 4, passes.images
    assert passes.images.count({"a"}) >= 4, passes.images
    assert not passes.overlapped


def test_a_poll_that_comes_while_a_pass_for_an_image_runs_is_made_after_it(engine_of):
    passes = Passes()
    engine = engine_of(passes, every=timedelta(seconds=1))
    passes.until(1)
    passes.may_end.clear()
    engine.trigger("deploy", ["a"])
    until(engine.busy)
    time.sleep(1.2)
    passes.may_end.set()
    passes.until(3)
    assert passes.images[:3] == [set(), {"a"}, set()]


def test_knocking_for_one_repository_leaves_the_others_alone(engine_of):
    passes = Passes()
    engine = engine_of(passes, "deploy", "other")
    passes.until(1, "other")
    engine.trigger("deploy")
    passes.until(2, "deploy")
    assert passes.ran.count("other") == 1


def test_a_flood_of_knocks_does_not_starve_another_repository_s_poll(engine_of):
    passes = Passes()
    engine = engine_of(passes, "deploy", "other", every=timedelta(seconds=0.3))
    began = time.monotonic()
    while passes.ran.count("other") < 4 and time.monotonic() < began + 20:
        engine.trigger("deploy")
        time.sleep(0.001)
    lasted = time.monotonic() - began
    assert passes.ran.count("other") >= 4
    assert passes.ran.count("deploy") <= lasted / APART + lasted / 0.3 + 2


def test_a_knock_for_nobody_is_nothing(engine_of):
    engine_of(Passes()).trigger("unheard-of")


def test_stopping_waits_for_the_pass_that_runs_and_begins_none(engine_of):
    passes = Passes(held=True)
    engine = engine_of(passes)
    until(engine.busy)
    engine.trigger("deploy")
    threading.Thread(target=_end_when_stopping, args=[engine, passes]).start()
    assert engine.stop(30) == []
    assert passes.ran == ["deploy"]
    engine.trigger("deploy")
    time.sleep(0.3)
    assert passes.ran == ["deploy"]


def _end_when_stopping(engine, passes):
    until(lambda: engine._ending)
    time.sleep(0.1)
    passes.may_end.set()


def test_what_does_not_end_in_time_is_named(engine_of):
    engine = engine_of(Passes(held=True))
    until(engine.busy)
    assert engine.stop(0.1) == ["deploy"]


@pytest.mark.parametrize("days", [-3650, -1, 1, 3650 * 5])
def test_a_clock_that_jumps_delays_no_poll_and_loses_no_knock(engine_of, days):
    """What is planned in it is due: set back, polls came when the old time was reached again."""
    passes = Passes()
    engine = engine_of(passes, every=timedelta(seconds=0.3))
    passes.until(2)
    began, ran = time.monotonic(), len(passes.ran)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
        passes.until(ran + 3)
        engine.trigger("deploy")
        passes.until(ran + 4)
        assert time.monotonic() - began < 15, "nor does it count the polls of the years between"
    passes.until(len(passes.ran) + 2)


def test_nor_is_a_knock_lost_that_comes_first_after_the_jump(engine_of):
    passes = Passes()
    engine = engine_of(passes)
    passes.until(1)
    until(lambda: not engine.busy())
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400)):
        engine.trigger("deploy")
        passes.until(2)
    engine.trigger("deploy")
    passes.until(3)
