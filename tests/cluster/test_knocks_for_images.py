"""A knock that names images is a pass for these, where its worker has made the last one; else a whole one."""

import psycopg
import pytest
from cluster.engines import Passes, engines
from cluster.test_cluster_engine import ask, nothing_waits, told
from world.service import within

from updater.engine.cluster.knock_box import MOST

pytestmark = pytest.mark.real
SHOP, BLOG = "ghcr.io/org/shop", "ghcr.io/org/blog"


class Told(Passes):
    """Passes that say what they have found, as those of a worker do."""

    def __init__(self):
        super().__init__()
        self.engines = {}

    def of(self, worker):
        run = super().of(worker)

        def telling(name, images=()):
            run(name, images)
            within(20, lambda: worker in self.engines)
            self.engines[worker].publish(told("It is so."))

        return telling


def done(dsn, passes, count, worker=0):
    """So many passes, all of it told to the database."""
    within(20, lambda: len(passes.seen) == count)
    row = (
        "select 1 from updater_reports r join updater_knocks k using (instance, repository) "
        "where r.worker = k.worker and r.worker = %s and cardinality(k.images) = 0"
    )
    within(20, lambda: nothing_waits(dsn) and ask(dsn, row, f"w{worker}"))


def test_a_knock_for_images_is_a_pass_for_these(dsn):
    passes = Told()
    with engines(dsn, passes.of) as [engine]:
        passes.engines[0] = engine
        done(dsn, passes, 1)
        for images in ({SHOP}, {SHOP, BLOG}):
            engine.trigger("deploy", images)
            done(dsn, passes, len(passes.images) + 1)
        engine.trigger("deploy", {SHOP})
        engine.trigger("deploy")
        done(dsn, passes, 4)
    assert passes.images == [set(), {SHOP}, {SHOP, BLOG}, set()]


def test_knocks_for_images_while_a_pass_runs_are_one_more_for_all_of_them(dsn):
    passes = Told()
    with engines(dsn, passes.of) as [engine]:
        passes.engines[0] = engine
        done(dsn, passes, 1)
        passes.gate.clear()
        engine.trigger("deploy", {SHOP})
        within(20, lambda: len(passes.seen) == 2)
        for image in (SHOP, BLOG):
            engine.trigger("deploy", {image})
            within(
                20,
                lambda image=image: [
                    1 for (noted,) in ask(dsn, "select images from updater_knocks") if image in noted
                ],
            )
        within(20, lambda: ask(dsn, "select 1 from procrastinate_jobs where status = 'todo'"))
        passes.gate.set()
        done(dsn, passes, 3)
    assert passes.images == [set(), {SHOP}, {SHOP, BLOG}]


def test_who_has_not_made_the_last_pass_makes_a_whole_one(dsn):
    passes = Told()
    with engines(dsn, passes.of) as [first]:
        passes.engines[0] = first
        done(dsn, passes, 1)
        assert first.stop(20) == []
        passes.engines[1] = other = type(first)(
            first.settings, passes.of(1), lambda _: None, ["deploy"], "w1"
        )
        other.start()
        other.trigger("deploy", {SHOP})
        done(dsn, passes, 2, worker=1)
        other.trigger("deploy", {SHOP})
        done(dsn, passes, 3, worker=1)
        ask(dsn, "update updater_reports set worker = 'of an older version'")
        other.trigger("deploy", {SHOP})
        done(dsn, passes, 4, worker=1)
        other.stop(20)
    assert passes.images == [set(), set(), {SHOP}, set()]


def test_more_images_than_one_pass_is_for_are_a_whole_one(dsn):
    passes = Told()
    with engines(dsn, passes.of) as [engine]:
        passes.engines[0] = engine
        done(dsn, passes, 1)
        engine.trigger("deploy", {f"{SHOP}-{number}" for number in range(MOST + 1)})
        done(dsn, passes, 2)
        ask(
            dsn,
            "update updater_knocks set images = (select array_agg('i' || n) from generate_series(1, 100) n)",
        )
        engine.trigger("deploy", {SHOP})
        done(dsn, passes, 3)
    assert passes.images == [set(), set(), set()]


def test_what_was_knocked_for_of_a_worker_that_died_is_a_whole_pass(dsn):
    """It had taken the names with it."""
    passes = Told()
    with engines(dsn, passes.of) as [engine]:
        passes.engines[0] = engine
        done(dsn, passes, 1)
        passes.gate.clear()
        engine.trigger("deploy", {SHOP})
        within(20, lambda: len(passes.seen) == 2)
        assert engine.stop(0.2) == ["deploy"]  # cut off: the process would end now
        engine.close()
        second = Told()
        with engines(dsn, second.of, prefix="late") as [other]:
            second.engines[0] = other
            within(20, lambda: second.images)
        passes.gate.set()
    assert second.images[0] == set()


def test_a_flood_of_knocks_for_an_image_keeps_no_poll_away(dsn):
    passes = Told()
    with engines(dsn, passes.of, every=1.0) as [engine]:
        passes.engines[0] = engine
        within(20, lambda: passes.images)

        def knocked():
            engine.trigger("deploy", {SHOP})
            return passes.images.count(frozenset()) >= 4

        within(30, knocked)


def test_a_version_that_knows_no_names_makes_whole_passes_of_all_and_its_knocks_are_whole(dsn):
    passes = Told()
    passes.gate.clear()
    with engines(dsn, passes.of) as [engine]:
        passes.engines[0] = engine
        within(20, lambda: len(passes.seen) == 1)
        engine.trigger("deploy", {SHOP})
        within(20, lambda: ask(dsn, "select 1 from procrastinate_jobs where status = 'todo'"))
        with psycopg.connect(dsn, autocommit=True) as old:  # as it defers
            lock, queue = old.execute("select lock, queue_name from procrastinate_jobs limit 1").fetchone()
            old.execute(
                "insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)"
                " values (%s, 'updater.pass', %s, %s, '{\"repository\": \"deploy\"}')",
                (queue, lock, lock),
            )
        passes.gate.set()
        within(20, lambda: nothing_waits(dsn))
    assert passes.images[-1] == set()
