"""What several workers have in common: one truth, told once, and none of it in the database alone."""

import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from cluster.conftest import DSN
from cluster.engines import engines
from world.postgres import PASSWORD, started
from world.scene import STAGING
from world.service import within
from world.wire import Wire

from updater.config import load
from updater.engine.cluster import migration
from updater.engine.cluster.migration import migrate
from updater.errors import Refused
from updater.sandbox.world import FIRST_TAG, HOST, OWNER
from updater.service.engines import database_at
from updater.service.notifier import Notifier
from updater.service.worker import Worker
from updater.web.hooks import WebhookTarget
from updater.wiring import Updater

pytestmark = pytest.mark.real


def written(scene):
    """All that anybody could see of a write."""
    refs = scene.hub.find(scene.repository).git.text("for-each-ref", "--format=%(refname) %(objectname)")
    return refs, [(pull.number, pull.title, pull.body) for pull in scene.pulls("all")]


@contextmanager
def workers(scene, count, told, *, every="1s"):
    """As `updater worker` builds them, each with a cache of its own, and the clock of the world."""
    scene.config["engine"] = {"procrastinate": {"dsn_env": DSN, "dead_after": "3s"}}
    scene.config["poll"] = {"every": every}
    folder = scene.configure()
    with ExitStack() as open_:
        made = []
        for number in range(count):
            cache = scene.folder / f"cache-{number}"
            worker = Worker(
                load(folder),
                lambda settings, cache=cache: Updater(settings, cache, clock=scene.world.clock),
                lambda settings, cache=cache: Notifier(settings, cache, lambda *words: told.append(words[1])),
            )
            made.append(worker)
            worker.start()
            open_.callback(worker.stop)
        yield made


def own_passes(worker):
    return sum(
        sample.value
        for metric in worker.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "updater_passes_total"
    )


def test_news_are_told_once_whoever_makes_the_pass_and_nobody_takes_the_others_for_strangers(
    scene, dsn, monkeypatch
):
    monkeypatch.setenv("UPDATER_STORY_NOTIFY", "json://localhost")
    scene.config["notifications"] = {"routes": [{"to_env": "UPDATER_STORY_NOTIFY"}]}
    scene.config["environments"][STAGING]["tags"]["forbid"] = [FIRST_TAG]
    migrate(database_at(dsn, "the test"))
    told = []
    with workers(scene, 2, told) as both:
        within(60, lambda: min(map(own_passes, both)) >= 3)
        tag = scene.build()
        within(60, lambda: scene.pinned("shop", STAGING) == tag)
        seen = [own_passes(each) for each in both]
        within(60, lambda: all(own_passes(each) > was + 1 for each, was in zip(both, seen, strict=True)))
        for each in both:
            assert each.reports.snapshot().last["deploy"].another is None
            assert each.ready() is None
            explained = each.reports.verdicts(next(iter(each.config.policies)), None)
            assert isinstance(explained, tuple)
    assert len(told) == len(set(told)), told
    assert [title for title in told if "forbid" in title or "violat" in title]


def test_while_the_database_is_away_the_page_of_each_worker_says_so(scene, monkeypatch):
    with started() as server:
        monkeypatch.setenv(DSN, server.dsn)
        migrate(database_at(server.dsn, "the test"))
        with workers(scene, 1, []) as [worker]:
            within(60, lambda: worker.ready() is None)
            assert worker.reports.snapshot().outage is None
            server.stop()
            outage = within(60, lambda: worker.reports.snapshot().outage)
            assert "engine.procrastinate: the database does not answer: " in outage.why
            assert "updater doctor" in outage.then
            assert PASSWORD not in repr(outage)
            time.sleep(3)  # other attempts fail otherwise, and it is the same outage
            assert worker.reports.snapshot().outage.since == outage.since
            assert _away_since(worker) == outage.since.timestamp()
            server.start()
            within(60, lambda: worker.reports.snapshot().outage is None)
            assert _away_since(worker) == 0


def _away_since(worker):
    return worker.metrics.registry.get_sample_value("updater_outage_timestamp_seconds")


def test_a_hook_that_names_an_image_is_a_pass_for_it_at_the_worker_that_made_the_last(scene, dsn):
    migrate(database_at(dsn, "the test"))
    with workers(scene, 1, [], every="1h") as [worker]:
        within(60, lambda: worker.ready() is None)
        kept = "select 1 from updater_reports"
        with psycopg.connect(dsn, autocommit=True) as connection:
            within(20, lambda: connection.execute(kept).fetchall())
        tag = scene.build()
        worker.wake(WebhookTarget(frozenset({f"{HOST}/{OWNER}/shop"}), frozenset()))
        within(60, lambda: scene.pinned("shop", STAGING) == tag)
        within(60, lambda: worker.reports.snapshot().passes["deploy"][0].images)
        assert list(worker.reports.snapshot().passes["deploy"][0].images) == [f"{HOST}/{OWNER}/shop"]


def test_emptying_the_database_costs_repeats_and_no_write(scene, dsn):
    scene.proposed()
    before, passes = written(scene), []

    def run(name):
        scene.updater().run(name, act=True)
        passes.append(name)

    with engines(dsn, lambda _: run, every=1.0) as [engine]:
        within(60, lambda: len(passes) >= 2)
        with psycopg.connect(dsn, autocommit=True) as connection:
            rows = connection.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            ).fetchall()
            tables = [name for (name,) in rows if name != "updater_migrations"]
            assert len(tables) >= 8
            connection.execute(f"truncate {', '.join(tables)} cascade")
        seen = len(passes)
        within(60, lambda: len(passes) >= seen + 2)
        assert engine.alive()
    assert written(scene) == before


def test_a_pass_that_goes_on_without_the_database_meets_the_push_of_the_other(scene, server, dsn):
    """I7: the lock is a convenience, and Git's push the guard."""
    tag = scene.build()
    before, reached, gate = scene.hub.find(scene.repository).git.text("rev-list", "main").split(), *_events(2)
    slow, sinks = scene.updater("slow"), scene.updater("slow")._sinks

    def waiting(repository):
        """It has read and decided, and is about to push."""
        found = sinks(repository)
        push = found.repository.push

        def pushed(*words, **more):
            reached.set()
            gate.wait(60)
            return push(*words, **more)

        found.repository.push = pushed
        return found

    slow._sinks = waiting
    with Wire(server.address) as wire:
        cut = dsn.replace(server.address, wire.address)
        with engines(cut, lambda _: lambda name: slow.run(name, act=True)) as [far]:
            within(60, reached.is_set)
            wire.cut()
            quick = scene.updater("quick")
            with engines(dsn, lambda _: lambda name: quick.run(name, act=True)):
                within(60, lambda: scene.pinned("shop", STAGING) == tag)
                assert far.busy() == ["deploy"]
                gate.set()
                within(60, lambda: not far.busy())
    after = scene.hub.find(scene.repository).git.text("rev-list", "main").split()
    assert len(after) == len(before) + 1
    assert scene.pinned("shop", STAGING) == tag


def _events(count):
    return [threading.Event() for _ in range(count)]


def test_two_versions_work_side_by_side_while_the_tables_are_renewed(dsn, monkeypatch):
    database = database_at(dsn, "UPDATER_DSN")
    migrate(database)
    newer = (
        ("updater_900_pre_colour", "alter table updater_workers add column colour text"),
        ("updater_900_post_number", "alter table updater_workers drop column number"),
    )
    monkeypatch.setattr(migration, "OURS", (*migration.OURS, *newer))
    old = "insert into updater_workers values ('acme', 'old', '0.0.1', 1, now(), now(), '{}')"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(old)
        assert migrate(database) == (["updater_900_pre_colour"], ["updater_900_post_number"])
        connection.execute("update updater_workers set number = 2, seen = now()")  # as the old one does
        connection.execute("delete from updater_workers")
        assert migrate(database) == (["updater_900_post_number"], [])
        assert migrate(database) == ([], [])


def test_a_worker_of_a_version_whose_tables_are_not_there_yet_waits(dsn, monkeypatch):
    from updater.engine.cluster.inspection import look

    database = database_at(dsn, "UPDATER_DSN")
    migrate(database)
    monkeypatch.setattr(migration, "OURS", (*migration.OURS, ("updater_900_pre_colour", "select 1")))
    import asyncio

    with pytest.raises(Refused, match="--migrate"):
        asyncio.run(look(database))
    monkeypatch.undo()
    assert PASSWORD not in repr(database)
