"""Connections on which every answer has an end: its headers too, however slowly they come. I/O.

A timeout of sockets is for silence alone: whoever sends a byte a second keeps a reader for hours.
"""

from __future__ import annotations

from functools import cache
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import Any, Protocol

from urllib3 import PoolManager

HEADERS = 2
"""All headers may take so many times as long as a server may be silent."""
WHOLE = 6
"""And all of an answer so many times."""
_UNSAID = 15.0
"""Seconds of silence where nobody says how many."""


class _TimedSocket(RawIOBase):
    """What a socket receives, until an instant of the monotonic clock."""

    def __init__(self, source: RawIOBase, sock: socket) -> None:
        self._source, self._sock = source, sock
        self._silence, self._began = sock.gettimeout() or _UNSAID, monotonic()
        self._until = self._began + HEADERS * self._silence

    def allow_body(self) -> None:
        self._until = self._began + WHOLE * self._silence

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._source.fileno()

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401 - as inherited
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not come to its end in time")
        self._sock.settimeout(min(left, self._silence))
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class TimedAnswer(HTTPResponse):
    """As the library reads it, from a socket that gives up."""

    def __init__(self, sock: socket, *words: Any, **named: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(sock, *words, **named)
        self._timed = _TimedSocket(self.fp.detach(), sock)
        self.fp = BufferedReader(self._timed)

    def begin(self) -> None:
        super().begin()
        self._timed.allow_body()


class _PoolClass(Protocol):
    ConnectionCls: Any


def timed(manager: PoolManager) -> PoolManager:
    """The same, which makes such connections from now on."""
    made = {scheme: _timed_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    manager.pool_classes_by_scheme = made
    return manager


@cache
def _timed_pool(pool: type[_PoolClass]) -> type[Any]:
    """Derived, for there are some of each library: plain, TLS, SOCKS."""
    known = pool.ConnectionCls
    if issubclass(known.response_class, TimedAnswer):
        return pool
    connection = type(known.__name__, (known,), {"response_class": TimedAnswer})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
