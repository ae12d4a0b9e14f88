"""To look at the database before work is shared: is it there, has it our tables, what is between. I/O."""

from __future__ import annotations

import psycopg

from updater.engine.cluster.database import Database, is_shared_by_transaction
from updater.engine.cluster.migration import missing_migrations
from updater.errors import Refused

NOT_MIGRATED = "the database lacks the tables of this version: run `updater worker --migrate`"
POOLED = (
    "the database is reached through a pooler that shares connections by transaction (PgBouncer: "
    "pool_mode = transaction): nothing can be listened for, so work is looked for every second; "
    "an address past the pooler, or pool_mode = session, is quicker"
)


async def look(database: Database) -> bool:
    """Whether a pooler stands between that shares connections.

    Raises Refused where our tables lack, and psycopg.Error.
    """
    async with await psycopg.AsyncConnection.connect(
        database.dsn, autocommit=True, prepare_threshold=None, **database.connecting
    ) as connection:
        try:
            rows = await (await connection.execute("select name from updater_migrations")).fetchall()
        except psycopg.errors.UndefinedTable:
            rows = []
    if missing_migrations({str(name) for (name,) in rows}):
        raise Refused(f"{database.user}: {NOT_MIGRATED}")
    return await is_shared_by_transaction(database)
