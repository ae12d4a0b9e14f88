"""The database that workers share: its address, what stands between, and what is said where it fails. I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from updater.errors import ConfigError
from updater.printable import excerpt
from updater.value_class import value_class

_LONGEST = 300
"""Characters of what a server says."""
_LOOKS = 5
"""One look finds nothing where other clients have just given connections back: it gets one of theirs."""
_CONNECTING: Mapping[str, Any] = {
    "connect_timeout": 5,  # seconds, as the next two
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
    "application_name": "updater",
    "client_encoding": "utf8",  # whatever the database was made with
}
"""So that a network that swallows everything is noticed well before others take us for dead."""


@value_class
class Database:
    """Where it is. The address holds a password, and is shown nowhere."""

    dsn: str = field(repr=False)
    user: str
    """Who names it, for sentences: `engine.procrastinate`, a variable."""

    @property
    def connecting(self) -> dict[str, Any]:
        """What each connection is opened with; what the address says of it counts."""
        said = self._parts()
        return {name: value for name, value in _CONNECTING.items() if name not in said}

    def check(self) -> None:
        """Raises ConfigError where it is no address at all."""
        self._parts()

    def _parts(self) -> Mapping[str, Any]:
        """What the library says of a wrong address repeats parts of it, which may be the password."""
        try:
            return conninfo_to_dict(self.dsn)
        except psycopg.Error:
            raise ConfigError(
                f"{self.user}: this is no address of a PostgreSQL database: "
                "write it like postgresql://user:password@host:5432/name"
            ) from None

    def why(self, error: BaseException) -> str:
        """What went wrong, in a line without the password."""
        while error.__cause__ is not None and not isinstance(error, psycopg.Error):
            error = error.__cause__
        said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
        password = str(self._parts().get("password") or "")
        if password:
            said = said.replace(password, "***")
        return excerpt(said.strip().partition("\n")[0] or type(error).__name__, _LONGEST)


async def is_shared_by_transaction(database: Database) -> bool:
    """Whether a pooler stands between that gives each transaction another connection of the server.

    Nothing can be listened for then. One that keeps a connection as long as we do does no harm.
    """
    async with await _connected(database) as first:
        told = await _pid(first)
        if first.info.backend_pid == told:
            return False  # a pooler tells a number of its own
        async with await _connected(database) as second:
            return any([await _is_moved(first, told, second) for _ in range(_LOOKS)])


async def _is_moved(first: psycopg.AsyncConnection[Any], told: int, by: psycopg.AsyncConnection[Any]) -> bool:
    """Whether a transaction of another connection keeps the first from what it had."""
    async with by.transaction():
        await _pid(by)
        return await _pid(first) != told


async def _connected(database: Database) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(
        database.dsn, autocommit=True, prepare_threshold=None, **database.connecting
    )


async def _pid(connection: psycopg.AsyncConnection[Any]) -> int:
    row = await (await connection.execute("select pg_backend_pid()")).fetchone()
    assert row is not None, "it always answers"
    return int(row[0])
