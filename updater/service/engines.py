"""Which engine a config asks for. The one with a database is imported only then."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from updater.config import Config, ProcrastinateSettings, secret
from updater.engine import Engine, Heard, Run
from updater.engine.embedded import Scheduler
from updater.errors import ConfigError, install_extra

if TYPE_CHECKING:
    from updater.engine.cluster.database import Database

MISSING = "engine.procrastinate: a plain install has neither procrastinate nor psycopg: " + install_extra(
    "cluster"
)


def engine_for(config: Config, run: Run, heard: Heard) -> Engine:
    """As EngineMaker has it. Raises ConfigError."""
    settings = config.engine.procrastinate
    if settings is None:
        return Scheduler(run, list(config.repositories), config.poll.every)
    database_of(settings)  # what is wrong with it now is said now
    from updater.engine.cluster.cluster_engine import ClusterEngine, ClusterSettings  # noqa: PLC0415 - as above

    shared = ClusterSettings(
        partial(database_of, settings),
        config.instance,
        config.poll.every,
        settings.passes_at_once,
        settings.dead_after,
    )
    return ClusterEngine(shared, run, heard, list(config.repositories))


def database_of(settings: ProcrastinateSettings) -> Database:
    """As its variable or file has it now. Raises ConfigError where there is none, or not what it takes."""
    try:
        found = secret(env=settings.dsn_env, file=settings.dsn_file, environ=os.environ)
    except ConfigError as error:
        raise ConfigError(f"engine.procrastinate: {error.sentence}") from None
    assert found is not None, "config has one of the two"
    return database_at(found.get_secret_value(), "engine.procrastinate")


def database_at(dsn: str, user: str) -> Database:
    """Raises ConfigError, as above. `user`: who names it."""
    if not all(map(find_spec, NEEDED)):
        raise ConfigError(MISSING)
    from updater.engine.cluster.database import Database  # noqa: PLC0415 - as above

    database = Database(dsn, user)
    database.check()
    return database


NEEDED: Collection[str] = ("procrastinate", "psycopg", "psycopg_pool")
