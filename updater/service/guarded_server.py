"""An HTTP server that nobody can fill up: uvicorn, with a bound on all that strangers may take."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from updater.service.connections import Acceptor, Connection, most
from updater.service.pace import Paced

GRACE = 1
"""Seconds that answers have to be taken when the server ends."""


class GuardedServer(uvicorn.Server):
    """Accepts by itself, as asyncio knows no bound; ends in time, whoever still wants something."""

    def __init__(self, app: ASGIApp, ending: Callable[[], None] = lambda: None) -> None:
        """`ending` is called when it begins to end: whoever would listen for ever is let go."""
        self._paced, self._ending = Paced(app), ending
        super().__init__(
            uvicorn.Config(
                self._paced,
                http=Connection,
                ws="none",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        # It warns of each request that is none: whoever sends those would fill the log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        opened = self.server_state.connections
        self._acceptors = [
            Acceptor(each, self._connection, cast("set[Any]", opened), most()) for each in sockets or []
        ]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for acceptor in self._acceptors:
            acceptor.end()
        self._ending()
        self._paced.end()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)
