"""The tables that workers share, made and renewed by `updater worker --migrate`. I/O.

What a version needs is added before it comes (`pre`); what only the version before needed is taken away once
nobody of it is there any more (`post`). What was applied stands in a table of ours: Procrastinate remembers
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib import resources
from importlib.metadata import version
from typing import Any, LiteralString

import psycopg

from updater.engine.cluster.database import Database
from updater.errors import Unavailable

_LOCK = 7_033_913_220
"""Of PostgreSQL's advisory locks: two who migrate at once wait for each other."""
_APPLIED: LiteralString = """
create table if not exists updater_migrations (
    name text primary key,
    applied timestamptz not null default now()
)"""
OURS: Sequence[tuple[str, LiteralString]] = (
    (
        "updater_001_pre_tables",
        """
        create table updater_polls (
            instance text, repository text, polled timestamptz not null, primary key (instance, repository)
        );
        create table updater_workers (
            instance text, name text, version text not null, number bigint,
            started timestamptz not null, seen timestamptz not null, running text[] not null,
            primary key (instance, name)
        );
        create sequence updater_serials;
        create table updater_reports (
            instance text, repository text, serial bigint not null, worker text not null,
            started timestamptz not null, finished timestamptz not null,
            sum text not null, body bytea not null,
            primary key (instance, repository)
        );
        create table updater_memories (
            instance text, repository text, memory text not null, primary key (instance, repository)
        );
        """,
    ),
    (
        "updater_002_pre_writes",
        """
        create table updater_writes (
            id bigserial primary key, instance text not null, worker text not null,
            host text not null, written timestamptz not null
        );
        """,
    ),
    ("updater_003_pre_numbers", "alter table updater_reports add column number bigint"),
    (
        "updater_004_pre_knocks",
        """
        create table updater_knocks (
            instance text, repository text, images text[] not null default '{}', worker text,
            primary key (instance, repository)
        );
        """,
    ),
)
"""Each once, in this order; a later one only adds, or is called `post`."""
_LATELY = timedelta(minutes=10)
_SCHEMA = "procrastinate.sql"


def migrate(database: Database) -> tuple[list[str], list[str]]:
    """Bring the tables to this version. Returns what was applied, and what waits for others to end.

    Raises ConfigError or Unavailable.
    """
    database.check()
    try:
        with psycopg.connect(database.dsn, prepare_threshold=None, **database.connecting) as connection:
            return _migrate(connection)  # one transaction: all of it, or nothing
    except psycopg.Error as error:
        raise Unavailable(f"{database.user}: the tables cannot be made: {database.why(error)}") from None


def _migrate(connection: psycopg.Connection[Any]) -> tuple[list[str], list[str]]:
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute(_APPLIED)
    had = {name for (name,) in connection.execute("select name from updater_migrations")}
    if not had:
        _begin(connection, had)
    missing = [(name, text) for name, text in (*_theirs(), *OURS) if name not in had]
    waits = _others(connection) if any("_post_" in name for name, _ in missing) else False
    now = [(name, text) for name, text in missing if not (waits and "_post_" in name)]
    for name, text in now:
        connection.execute(text)
        connection.execute("insert into updater_migrations (name) values (%s)", [name])
    return [name for name, _ in now], [
        name for name, _ in missing if (name, "") not in now and name not in dict(now)
    ]


def _begin(connection: psycopg.Connection[Any], had: set[str]) -> None:
    """Where Procrastinate's tables are not there, all of them at once; then its migrations are in them."""
    found = connection.execute("select to_regclass('procrastinate_jobs')").fetchone()
    if found is None or found[0] is None:
        connection.execute((resources.files(_SCHEMA) / "schema.sql").read_text(encoding="utf-8"))
    for name, _ in _theirs():
        connection.execute("insert into updater_migrations (name) values (%s)", [name])
        had.add(name)


def _theirs() -> Iterator[tuple[str, LiteralString]]:
    """Procrastinate's own, which are as trusted as its code."""
    files = (
        each for each in (resources.files(_SCHEMA) / "migrations").iterdir() if each.name.endswith(".sql")
    )
    for each in sorted(files, key=lambda one: one.name):
        yield each.name.removesuffix(".sql"), each.read_text(encoding="utf-8")


def _others(connection: psycopg.Connection[Any]) -> bool:
    """Whether a worker of another version has lately said that it is there."""
    found = connection.execute("select to_regclass('updater_workers')").fetchone()
    if found is None or found[0] is None:
        return False
    return bool(
        connection.execute(
            "select 1 from updater_workers where version <> %s and seen > now() - %s limit 1",
            [version("updater"), _LATELY],
        ).fetchone()
    )


def missing_migrations(had: set[str]) -> list[str]:
    """Which of those this version needs, and that are not applied."""
    return [name for name, _ in (*_theirs(), *OURS) if "_post_" not in name and name not in had]
