"""What the engine over PostgreSQL promises, and what it does when the database does not."""

import asyncio
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest
from cluster.engines import Passes, engines
from structlog.testing import capture_logs
from world.postgres import PASSWORD, started
from world.service import within
from world.wire import Wire

from updater.config import ProcrastinateSettings
from updater.engine.cluster import report_exchange
from updater.engine.cluster.migration import migrate
from updater.engine.cluster.report_codec import unpacked
from updater.engine.cluster.shared_state import SharedState, task_address
from updater.errors import Unavailable
from updater.model import Report
from updater.service.engines import database_at, database_of

pytestmark = pytest.mark.real


def ask(dsn, query, *values):
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(query, values)
        return found.fetchall() if found.description else []


def nothing_waits(dsn):
    return not ask(dsn, "select 1 from procrastinate_jobs")


def test_knocks_for_a_pass_that_waits_are_one_and_for_one_that_runs_another(dsn):
    passes = Passes()
    passes.gate.clear()
    with engines(dsn, passes.of) as [engine]:
        within(20, lambda: passes.count("deploy") == 1)  # the first poll
        for _ in range(50):
            engine.trigger("deploy")
        engine.trigger("nobody")
        within(20, lambda: len(ask(dsn, "select 1 from procrastinate_jobs where status = 'todo'")) == 1)
        engine.trigger("deploy")
        time.sleep(0.5)
        passes.gate.set()
        within(20, lambda: nothing_waits(dsn))
    assert passes.count("deploy") == 2
    assert ask(dsn, "select count(*) from procrastinate_events") == [(0,)]


def test_a_knock_while_another_is_told_is_a_pass_of_its_own(dsn, monkeypatch):
    """The pass that was told of may have read everything before."""
    passes, knocked = Passes(), []

    async def slowly(state, names):
        await knock(state, names)
        if names and not knocked:
            await asyncio.to_thread(within, 20, lambda: passes.count("deploy") == 1)
            knocked.append(names)
            engine.trigger("deploy")

    knock = SharedState.knock
    monkeypatch.setattr(SharedState, "knock", slowly)
    with engines(dsn, passes.of) as [engine]:
        within(20, lambda: passes.count("deploy") == 2)


def test_workers_share_the_repositories_and_none_has_two_at_a_time(dsn):
    passes, names = Passes(seconds=0.1), [f"r{number}" for number in range(8)]
    with engines(dsn, passes.of, 3, names, every=1.0) as made:
        within(60, lambda: all(passes.count(name) >= 3 for name in names))
        within(10, lambda: len(made[0].workers()) == 3)
    assert set(passes.most.values()) == {1}
    assert len({who for who, _ in passes.seen}) == 3


def test_a_poll_comes_once_however_many_workers_there_are(dsn):
    passes = Passes()
    with engines(dsn, passes.of, 3, every=3600.0):
        within(20, lambda: passes.count("deploy") == 1)
        time.sleep(3)
    assert passes.count("deploy") == 1


def test_what_was_knocked_for_waits_for_another_where_a_worker_is_stopped(dsn):
    passes = Passes()
    passes.gate.clear()
    with engines(dsn, passes.of, every=3600.0) as [engine]:
        within(20, lambda: passes.count("deploy") == 1)
        engine.trigger("deploy")
        within(20, lambda: ask(dsn, "select 1 from procrastinate_jobs where status = 'todo'"))
        assert engine.stop(0.5) == ["deploy"]  # cut off: the process would end now
        engine.close()
        second = Passes()
        with engines(dsn, second.of, every=3600.0):
            within(20, lambda: second.count("deploy") >= 1)
        passes.gate.set()


def test_what_a_dead_worker_had_begun_is_given_to_another(dsn):
    passes, address = Passes(), task_address("acme", "deploy")
    migrate(database_at(dsn, "the test"))
    ask(dsn, "insert into updater_polls values ('acme', 'deploy', now())")
    dead = (
        "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 minute') returning id"
    )
    [(worker,)] = ask(dsn, dead)
    for status, number in (("doing", worker), ("todo", None)):
        ask(
            dsn,
            "insert into procrastinate_jobs"
            " (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            " values (%s, 'updater.pass', %s, %s, '{\"repository\": \"deploy\"}', %s, %s)",
            *(address.queue, address.lock, address.lock, status, number),
        )
    with capture_logs() as logs, engines(dsn, passes.of):
        within(20, lambda: passes.count("deploy") == 1)
        within(20, lambda: nothing_waits(dsn))
    assert "pass_given_away" in {each["event"] for each in logs}


def test_a_pass_whose_end_was_not_written_down_keeps_no_other_away(dsn):
    """The worker lives, so nobody else would give away what it had begun."""
    passes, address = Passes(), task_address("acme", "deploy")
    with engines(dsn, passes.of) as [engine]:
        within(20, lambda: passes.count("deploy") == 1 and nothing_waits(dsn))
        [(worker,)] = ask(dsn, "select id from procrastinate_workers")
        ask(
            dsn,
            "insert into procrastinate_jobs (queue_name, task_name, lock, status, worker_id) "
            "values (%s, 'updater.pass', %s, 'doing', %s)",
            *(*address, worker),
        )
        engine.trigger("deploy")
        within(20, lambda: passes.count("deploy") >= 2)
        within(20, lambda: nothing_waits(dsn))


def test_a_pass_that_takes_long_is_not_given_away_by_who_makes_it(dsn):
    passes = Passes()
    passes.gate.clear()
    with engines(dsn, passes.of), capture_logs() as logs:
        within(20, lambda: passes.count("deploy") == 1)
        time.sleep(4)
        passes.gate.set()
        within(20, lambda: nothing_waits(dsn))
    assert passes.count("deploy") == 1
    assert not [each for each in logs if each["event"] == "pass_given_away"]


def test_a_task_that_nobody_takes_for_a_day_is_forgotten(dsn):
    passes, gone = Passes(), task_address("acme", "gone")
    migrate(database_at(dsn, "the test"))
    for lock in (gone.lock, "other/gone"):
        ask(
            dsn,
            "insert into procrastinate_jobs (queue_name, task_name, lock) values (%s, 'updater.pass', %s)",
            *(gone.queue, lock),
        )
    ask(dsn, "update procrastinate_events set at = now() - interval '25 hours'")
    with engines(dsn, passes.of):
        within(20, lambda: ask(dsn, "select lock from procrastinate_jobs") == [("other/gone",)])


def test_what_another_version_says_beside_a_task_is_passed_over(dsn):
    passes, address = Passes(), task_address("acme", "deploy")
    migrate(database_at(dsn, "the test"))
    ask(dsn, "insert into updater_polls values ('acme', 'deploy', now())")
    for args in (
        '{"repository": "deploy", "colour": "green"}',
        '{"repository": ["deploy"]}',
        '{"colour": 1}',
    ):
        ask(
            dsn,
            "insert into procrastinate_jobs (queue_name, task_name, lock, args)"
            " values (%s, 'updater.pass', %s, %s)",
            *(address.queue, address.lock, args),
        )
    with engines(dsn, passes.of):
        within(20, lambda: nothing_waits(dsn))
    assert passes.count("deploy") == 1


def test_without_its_tables_it_says_what_to_do_and_begins_once_they_are_there(dsn):
    passes = Passes()
    with capture_logs() as logs, engines(dsn, passes.of) as [engine]:
        within(20, lambda: passes.count("deploy") == 1)
        engine.stop(10)
        ask(dsn, "drop table updater_migrations")
        with ExitStack() as again:
            other = type(engine)(engine.settings, passes.of("late"), lambda _: None, ["deploy"], "late")
            other.start()
            again.callback(other.stop, 10)
            within(20, lambda: [each for each in logs if "--migrate" in str(each.get("why"))])
            assert other.alive()


def test_memories_are_shared_and_a_database_that_is_away_has_none(dsn):
    with engines(dsn, Passes().of, 2) as [first, second]:
        within(20, lambda: first.workers() and second.workers())
        first.keep("deploy", "told")
        assert second.recall("deploy") == "told"
        assert second.recall("other") is None
        ask(dsn, "truncate updater_memories")
        assert first.recall("deploy") is None


# --- faults of the database -------------------------------------------------------------------------------


def test_a_database_that_is_started_again_is_found_again_and_no_knock_is_lost():
    passes = Passes()
    with started() as server, capture_logs() as logs, engines(server.dsn, passes.of) as [engine]:
        within(20, lambda: passes.count("deploy") == 1)
        server.stop()
        engine.trigger("deploy")
        within(30, lambda: [each for each in logs if each["event"] == "database_away"])
        server.start()
        within(90, lambda: passes.count("deploy") == 2)
        assert engine.alive()
        within(20, lambda: nothing_waits(server.dsn))
    assert PASSWORD not in str(logs)


def test_a_password_that_was_renewed_is_read_without_a_restart(tmp_path):
    passes, file = Passes(), tmp_path / "dsn"
    settings = ProcrastinateSettings(dsn_file=str(file))
    with started() as server, capture_logs() as logs:
        file.write_text(server.dsn)
        with engines(lambda: database_of(settings), passes.of) as [engine]:
            within(20, lambda: passes.count("deploy") == 1)
            server.ask("alter role updater password 'another'")
            server.dsn = server.dsn.replace(PASSWORD, "another")
            file.unlink()  # as it is for a moment while it is renewed
            end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'updater'"
            server.ask(end)
            [told] = within(60, lambda: [each for each in logs if str(file) in str(each.get("why"))])
            assert told["why"].startswith("engine.procrastinate: the file ")
            assert told["then"] == "passes begin again by themselves once that is mended"
            file.write_text(server.dsn)
            engine.trigger("deploy")
            within(60, lambda: passes.count("deploy") == 2)
    assert PASSWORD not in str(logs)
    assert "'another'" not in str(logs)


def test_while_the_database_is_away_nobody_counts_as_alive_for_longer_than_was_heard():
    def alive():
        return [each.alive for each in engine.workers()]

    with started() as server, engines(server.dsn, Passes().of) as [engine]:
        within(20, lambda: alive() == [True])
        server.stop()
        within(10, lambda: alive() == [False])
        server.start()
        within(30, lambda: alive() == [True])


def test_where_the_database_has_no_connection_left_it_says_so_and_waits():
    passes = Passes()
    with started("max_connections=8", "superuser_reserved_connections=0") as server:
        migrate(database_at(server.dsn, "the test"))
        taken = [psycopg.connect(server.dsn) for _ in range(8)]
        with capture_logs() as logs, engines(server.dsn, passes.of, migrated=False) as [engine]:
            within(30, lambda: [each for each in logs if "too many" in str(each.get("why"))])
            assert (passes.seen, engine.alive()) == ([], True)
            for each in taken:
                each.close()
            within(30, lambda: passes.count("deploy") == 1)
    assert PASSWORD not in str(logs)


@pytest.mark.soak
def test_a_worker_that_is_cut_off_for_longer_than_its_heartbeat_goes_on_beside_the_other(server, dsn):
    """Its lock is gone then: Git's push is what keeps the two apart (I7)."""
    slow, quick = Passes(), Passes()
    slow.gate.clear()
    with Wire(server.address) as wire, capture_logs() as logs:
        cut = dsn.replace(server.address, wire.address)
        with engines(cut, lambda _: slow.of("slow")) as [far]:
            within(20, lambda: slow.count("deploy") == 1)
            wire.cut()
            with engines(dsn, lambda _: quick.of("quick")) as [near]:
                within(30, lambda: quick.count("deploy") == 1)  # given away, while the first goes on
                assert far.busy() == ["deploy"]
                slow.gate.set()
                wire.mend()
                within(60, lambda: far.busy() == [])
                within(20, lambda: nothing_waits(dsn))
                far.trigger("deploy")
                within(60, lambda: slow.count("deploy") + quick.count("deploy") == 3)
                assert near.alive()
                assert far.alive()
    assert "pass_given_away" in {each["event"] for each in logs}


def test_who_cannot_make_the_tables_is_told_why_without_the_password(server):
    wrong = server.dsn.replace(PASSWORD, "geheim")
    with pytest.raises(Unavailable) as told:
        migrate(database_at(wrong, "UPDATER_DSN"))
    assert "password authentication failed" in told.value.sentence
    assert "geheim" not in told.value.sentence


def test_rows_that_no_worker_writes_keep_nobody_from_hearing_the_others(dsn):
    """A time beyond all calendars, a report that is none: all else is told and heard."""
    passes = Passes()
    migrate(database_at(dsn, "the test"))
    for name, body in (("endless", b""), ("none", b"<script>")):
        ask(
            dsn,
            "insert into updater_reports values ('acme', %s, 1, 'other', %s, 'infinity', 'x', %s)",
            *(name, "-infinity" if name == "endless" else "2026-01-01", body),
        )
    ask(
        dsn,
        "insert into updater_workers values ('acme', 'endless', '9', null, '-infinity', 'infinity', '{}')",
    )
    ask(dsn, "insert into updater_writes values (99, 'acme', 'other', 'github.com', 'infinity')")
    names = ("deploy", "endless", "none")
    with capture_logs() as logs, engines(dsn, passes.of, 2, names) as made:
        within(20, lambda: {each.name for each in made[0].workers()} >= {"w0", "w1"})
        made[0].trigger("deploy")
        within(20, lambda: passes.count("deploy") >= 2)
    assert "database_away" not in {each["event"] for each in logs}


def test_a_fault_while_the_others_are_heard_ends_neither_the_telling_nor_the_stopping(dsn):
    """Say, memory runs out on a report, or a bug: it is logged, and the next knock is told all the same."""
    passes = Passes()

    class Broken:
        def writes(self):
            raise ArithmeticError("a bug")

    with capture_logs() as logs, engines(dsn, passes.of, shared=[Broken()]) as [engine]:
        within(20, lambda: passes.count("deploy") == 1)
        engine.trigger("deploy")
        within(20, lambda: passes.count("deploy") == 2)
        began = time.monotonic()
        assert engine.stop(20) == []
        assert time.monotonic() - began < 15
        assert not engine._thread.is_alive()
    assert [each["why"] for each in logs if each["event"] == "engine_tripped"] == ["ArithmeticError"]


def test_a_server_whose_clock_was_set_back_polls_on(dsn):
    passes = Passes()
    migrate(database_at(dsn, "the test"))
    ask(dsn, "insert into updater_polls values ('acme', 'deploy', now() + interval '1 year')")
    with engines(dsn, passes.of):
        within(20, lambda: passes.count("deploy") == 1)


def test_a_report_that_says_the_same_is_read_once_whoever_says_it(dsn, monkeypatch):
    """And where the database has lost it, it is told whole again."""
    read, heard = [], ([], [])
    monkeypatch.setattr(report_exchange, "unpacked", lambda body: read.append(body) or unpacked(body))
    with engines(dsn, Passes().of, 2, heard=heard) as made:
        for number in range(6):
            at = datetime(2026, 2, 2, number, tzinfo=UTC)
            report = Report("deploy", at, at, "1" * 40, (), (), (), (), warnings=("It is so.",))
            made[number % 2].publish(report)
            within(20, lambda number=number, report=report: report in heard[1 - number % 2])
        assert len(read) == 1
        ask(dsn, "truncate updater_reports")
        made[0].publish(report)
        [body] = within(20, lambda: [body for (body,) in ask(dsn, "select body from updater_reports")])
    assert unpacked(body).warnings == ("It is so.",)


def told(said):
    at = datetime(2026, 2, 2, tzinfo=UTC)
    return Report("deploy", at, at, "1" * 40, (), (), (), (), warnings=(said,))


def test_what_a_pass_has_found_waits_until_what_was_heard_before_is_shown(dsn):
    """Else the page would show the older of the two."""
    shown, hearing, go_on = [], threading.Event(), threading.Event()

    class Slow:
        def append(self, report):
            hearing.set()
            go_on.wait(20)
            shown.append(*report.warnings)

    with engines(dsn, Passes().of, 2, heard=([], Slow())) as made:
        made[0].publish(told("Old."))
        assert hearing.wait(20)
        ours = threading.Thread(target=lambda: (made[1].publish(told("New.")), shown.append("New.")))
        ours.start()
        ours.join(1)
        go_on.set()
        ours.join(20)
    assert shown == ["Old.", "New."]


def test_what_stands_in_the_database_is_of_the_pass_that_began_last(dsn):
    bodies = "select number, body from updater_reports"
    with engines(dsn, Passes().of) as [engine]:
        engine.run = lambda name: engine.publish(told("Found by the later one."))
        for least in (1, 2):
            engine.trigger("deploy")
            within(20, lambda least=least: [1 for number, _ in ask(dsn, bodies) if number >= least])
        engine._reports.tell(told("Found by the first one."), 1)
        engine._wake()
        within(20, lambda: not engine._reports._fresh)
        [(number, body)] = ask(dsn, bodies)
    assert number > 1
    assert unpacked(body).warnings == ("Found by the later one.",)


@pytest.mark.soak
def test_the_report_of_an_older_pass_that_comes_late_replaces_none_of_a_newer_one(server, dsn):
    """Its worker was cut off from the database when it ended; another has made the next pass since."""
    made, reached, gate = {}, threading.Event(), threading.Event()

    def run(who):
        def make(name):
            if who == "far":
                reached.set()
                gate.wait(60)
            made[who].publish(told(f"Found by the {who} one."))

        return make

    far_heard, near_heard = [], []
    with Wire(server.address) as wire:
        cut = dsn.replace(server.address, wire.address)
        with engines(cut, lambda _: run("far"), heard=[far_heard], prefix="far") as [made["far"]]:
            assert reached.wait(20)
            wire.cut()
            with engines(dsn, lambda _: run("near"), heard=[near_heard], prefix="near") as [made["near"]]:
                standing = "select worker from updater_reports"
                within(30, lambda: ask(dsn, standing) == [("near0",)])  # given away to it
                gate.set()
                within(20, lambda: not made["far"].busy())
                wire.mend()
                within(60, lambda: far_heard)
                assert ask(dsn, standing) == [("near0",)]
    assert [each.warnings for each in far_heard] == [("Found by the near one.",)]
    assert near_heard == []


def test_a_report_whose_number_this_database_never_gave_stands_in_nobody_s_way(dsn):
    """Say, a database was lost, and a worker had that still to tell."""
    with engines(dsn, Passes().of) as [engine]:
        engine.run = lambda name: engine.publish(told("It is so."))
        within(20, lambda: nothing_waits(dsn))
        engine.publish(told("It was so."))
        within(20, lambda: ask(dsn, "update updater_reports set number = 1000000 returning 1"))
        engine.trigger("deploy")
        within(20, lambda: ask(dsn, "select 1 from updater_reports where number < 1000000"))


def test_what_another_had_found_is_not_shown_over_what_was_found_here_meanwhile(dsn, monkeypatch):
    """A large report takes long to unpack, and a pass of ours may end before it is."""
    heard, reading, go_on = ([], []), threading.Event(), threading.Event()

    def slowly(body):
        reading.set()
        go_on.wait(20)
        return unpacked(body)

    monkeypatch.setattr(report_exchange, "unpacked", slowly)
    at = datetime(2026, 2, 2, tzinfo=UTC)
    theirs, ours = (
        Report("deploy", at, at, "1" * 40, (), (), (), (), warnings=(said,)) for said in ("Old.", "New.")
    )
    with engines(dsn, Passes().of, 2, heard=heard) as made:
        made[0].publish(theirs)
        assert reading.wait(20)
        made[1].publish(ours)
        go_on.set()
        within(20, lambda: ours in heard[0])
    assert heard[1] == []
