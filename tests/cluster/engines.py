"""Engines over one database, in the test's own process: what they would make passes of is up to the test."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

from updater.engine.cluster.cluster_engine import ClusterEngine, ClusterSettings
from updater.engine.cluster.migration import migrate
from updater.service.engines import database_at


class Passes:
    """What has run, by whom; each pass waits for `gate`."""

    def __init__(self, seconds=0.0):
        self.seen, self.images, self.gate, self.seconds = [], [], threading.Event(), seconds
        self.gate.set()
        self._now, self.most = {}, {}

    def of(self, worker):
        def run(name, images=()):
            self._now[name] = self._now.get(name, 0) + 1
            self.most[name] = max(self.most.get(name, 0), self._now[name])
            self.seen.append((worker, name))
            self.images.append(frozenset(images))
            time.sleep(self.seconds)
            self.gate.wait(60)
            self._now[name] -= 1

        return run

    def count(self, name, worker=None):
        return sum(1 for who, what in self.seen if what == name and worker in {None, who})


@contextmanager
def engines(
    dsn,
    run,
    count=1,
    names=("deploy",),
    *,
    every=3600.0,
    migrated=True,
    shared=(),
    heard=(),
    prefix="w",
    **settings,
):
    """Started, and in the end stopped. `heard`: lists, one for each, of the reports that others have made.

    `dsn`: an address, or who tells the database.
    """
    if migrated:
        migrate(dsn() if callable(dsn) else database_at(dsn, "the test"))
    settings = {"dead_after": timedelta(seconds=3), "every": timedelta(seconds=every), **settings}
    database = dsn if callable(dsn) else lambda: database_at(dsn, "the test")
    told = ClusterSettings(database, "acme", **settings)
    made = [
        ClusterEngine(told, run(number), told_to.append, list(names), f"{prefix}{number}")
        for number, told_to in zip(range(count), heard or [[] for _ in range(count)], strict=False)
    ]
    for each, limits in zip(made, shared, strict=False):
        each.share(limits)
    for each in made:
        each.start()
    try:
        yield made
    finally:
        for each in made:
            each.stop(20)
