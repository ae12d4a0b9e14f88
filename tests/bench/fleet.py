"""Workers that share one PostgreSQL, and what they cost it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from itertools import cycle

import psycopg
from bench.measure import UPDATER, Sample, run_python, used
from bench.world import SECRET, free_address, package_hook
from world.postgres import started

COUNT, WARM = 2, 3
DSN, TOKEN = "UPDATER_BENCH_DSN", "UPDATER_BENCH_TOKEN"
PATIENCE = 1_200
"""Seconds that anything may take, on a machine that others use, too."""


class Fleet:
    """`count` workers that have all repositories in their caches, over a PostgreSQL that counts."""

    def __init__(self, bench):
        self.count = int(os.environ.get("BENCH_WORKERS", COUNT))
        self._world, self._opened = bench.world, ExitStack()
        self._folder = bench.fresh("fleet")
        self._env = {**bench.env, TOKEN: SECRET}

    def __enter__(self):
        with ExitStack() as opened:
            server = opened.enter_context(started("shared_preload_libraries=pg_stat_statements"))
            self._database = opened.enter_context(Database(server))
            self._env |= {DSN: self._database.dsn}
            self._workers = [
                FleetWorker(self._world, self._folder / str(n), self._env) for n in range(self.count)
            ]
            run_python(UPDATER, ["worker", "--migrate", "--config", self._workers[0].config], self._env)
            self.cold = [self._taught(worker) for worker in self._workers]
            for worker in self._workers:
                opened.enter_context(worker)
            for _ in range(WARM):  # what a worker has in its cache it has in memory, too, nearly always
                self.passes(self.poll)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_):
        self._opened.close()

    def _taught(self, worker):
        """What it takes one, all alone, to see every repository for the first time."""
        with worker:
            return self.passes(worker.poll, of=[worker])

    # --- what is done to them -----------------------------------------------------------------------------

    def poll(self):
        """At one of them; all share the work."""
        self._workers[0].poll()

    def hooks(self, apps):
        """One for each app, at whichever worker."""
        for app, worker in zip(apps, cycle(self._workers), strict=False):
            worker.hook(app)

    def idle(self, seconds):
        return self._measured(lambda: time.sleep(seconds), self._workers)

    def passes(self, act, until=lambda: True, of=None):
        """From an act to the end of the last pass that it makes necessary."""
        workers = of or self._workers
        wanted = sum(each.passes() for each in workers) + self._world.load.repositories

        def all_done():
            act()
            _within(
                lambda: (
                    sum(each.passes() for each in workers) >= wanted and self._database.rests() and until()
                ),
                workers,
            )

        return self._measured(all_done, workers)

    def _measured(self, act, workers):
        before = [used(each.pid) for each in workers]
        self._world.requests()
        self._database.queries()
        began = time.perf_counter()
        act()
        wall = time.perf_counter() - began
        queries, requests = self._database.queries(), self._world.requests()
        after = [used(each.pid) for each in workers]
        own, children = (
            sum(now[which] - then[which] for then, now in zip(before, after, strict=True)) for which in (0, 1)
        )
        return Sample(
            wall, own, children, max(mib for _, _, mib in after), requests=requests, queries=queries
        )


def _within(happened, workers):
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, "".join(each.tail() for each in workers)
        time.sleep(0.2)


class Database:
    """A database of its own in a server, which counts the statements that it is given."""

    def __init__(self, server):
        self.dsn = server.database("fleet")
        self._server = server

    def __enter__(self):
        self._connection = psycopg.connect(self.dsn, autocommit=True)
        self._ask("create extension pg_stat_statements")
        return self

    def __exit__(self, *_):
        self._connection.close()

    def rests(self):
        return self._ask("select count(*) = 0 as bench from procrastinate_jobs")

    def queries(self):
        """How many there were since that was last asked; ours are not among them."""
        found = self._ask(
            "select coalesce(sum(calls), 0)::bigint as bench from pg_stat_statements "
            "where query not like '%as bench%' and query not like '%pg_stat_statements%'"
        )
        if os.environ.get("BENCH_PROFILE"):
            self._profile()
        self._ask("select pg_stat_statements_reset() is not null as bench")
        return found

    def _profile(self):
        """To stderr, what it was asked most."""
        rows = self._connection.execute(
            "select calls, total_exec_time::int as bench, rows, "
            "left(regexp_replace(query, '\\s+', ' ', 'g'), 110) "
            "from pg_stat_statements order by calls desc limit 25"
        )
        for row in rows:
            sys.stderr.write(f"{row}\n")

    def _ask(self, query):
        found = self._connection.execute(query)
        return found.fetchone()[0] if found.description else None


class FleetWorker:
    """`updater worker`, with a page, a cache and a log of its own."""

    def __init__(self, world, folder, env):
        self._world, self._folder, self._env = world, folder, env
        self.config = self._configured()
        self._log, self._read, self._passes = folder / "log", 0, 0

    def _configured(self):
        """An address that is free now may be another's when it is needed."""
        self._address = free_address()
        secrets = {"webhook_secret_env": "UPDATER_BENCH_HOOK", "token_env": TOKEN}
        return self._world.configured(
            self._folder / "config",
            engine={"procrastinate": {"dsn_env": DSN}},
            service={"listen": self._address, **secrets},
        )

    def __enter__(self):
        self._configured()
        words = [sys.executable, "-c", UPDATER, "worker", "--config", str(self.config)]
        words += ["--log-format", "json", "--cache-dir", str(self._folder / "cache")]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, env=self._env)
        _within(self._answers, [self])
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    @property
    def pid(self):
        return self._process.pid

    def passes(self):
        """How many it has made in all."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        self._passes += whole.count(b'"event": "pass_finished"')
        return self._passes

    def tail(self):
        return self._log.read_text()[-2_000:]

    def poll(self):
        self._post("/api/poll", b"", {"Authorization": f"Bearer {SECRET}"})

    def hook(self, app):
        self._post("/webhooks/github", *package_hook(app))

    def _post(self, path, body, headers):
        asked = urllib.request.Request(f"http://{self._address}{path}", body, headers)
        urllib.request.urlopen(asked, timeout=60).close()  # noqa: S310 - ours

    def _answers(self):
        assert self._process.poll() is None, self.tail()
        try:
            urllib.request.urlopen(f"http://{self._address}/livez", timeout=5).close()
        except OSError:
            return False
        return True
