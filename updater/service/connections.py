"""Connections that strangers open: only so many, only so fast, and none that keeps us waiting for long."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Callable, Collection
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from updater.service.pace import Rate

MOST = 200
"""Connections at a time, where the system allows the process enough open files."""
EACH_SECOND = 400
"""New connections in a second; more wait in the kernel, where they cost nothing."""
ROOM = 0.5
"""Seconds a connection may keep us waiting before it makes room for others, where there is no more of it."""
DEADLINES = {"request": 10.0, "body": 20.0, "answer": 30.0}
"""Seconds we wait for a whole request, a whole body, and until an answer is taken."""
UNSENT = 32 * 2**20
"""Bytes of answers that nobody has taken yet, of all connections together."""
UNREAD = 256 * 2**10
"""Bytes of a body that is thrown away, since its request is answered already."""
LOOK = 0.5
"""Seconds between two looks at all connections."""
BETWEEN = 0.01
"""Seconds from one look at who wants to connect to the next, while many do."""
OUT_OF_FILES = 1.0
"""Seconds until the next try, where the system gives no more connections."""


def most() -> int:
    """A quarter of the files the process may have open: the others are for the passes."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(4, min(MOST, soft // 4))


class Connection(H11Protocol):
    """Uvicorn's own, which knows how long it has been waiting for the other side, and for what."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - uvicorn's, whatever they are
        super().__init__(*args, **more)
        self._seen: tuple[str | None, object] = (None, None)
        self._since = time.monotonic()
        self._unread = 0

    def data_received(self, data: bytes) -> None:
        """Who goes on to send what was refused is cut off, after a while: so it may still read why."""
        cycle = self._cycle
        if cycle is not None and cycle.response_complete and cycle.more_body:
            self._unread += len(data)
            if self._unread > UNREAD:
                self.transport.abort()
                return
        super().data_received(data)

    @property
    def unsent(self) -> int:
        """Bytes of answers that the other side has not taken yet."""
        return self.transport.get_write_buffer_size()

    def waited(self, now: float) -> float:
        """Seconds we have been waiting for the other side; 0 while it waits for us."""
        seen = (self._awaited(), self.cycle)
        if seen != self._seen:
            self._seen, self._since = seen, now
        return now - self._since if seen[0] else 0.0

    def is_late(self, now: float) -> bool:
        waited, awaited = self.waited(now), self._seen[0]
        return awaited is not None and waited > DEADLINES[awaited]

    def _awaited(self) -> str | None:
        """One of DEADLINES."""
        if self.unsent:
            return "answer"
        cycle = self._cycle
        if cycle is None or cycle.response_complete:
            return "request"
        return "body" if cycle.more_body else None

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """Uvicorn's, of the last request; it forgot to say that before the first there is none."""
        return self.cycle


class Acceptor:
    """Takes connections off a listening socket, and cuts off those that keep us waiting."""

    def __init__(
        self, listening: socket.socket, make: Callable[[], Connection], opened: Collection[Any], most: int
    ) -> None:
        """`opened`: the connections there are, kept by those that `make` makes."""
        self._listening, self._make, self._opened, self._most = listening, make, opened, most
        self._loop = asyncio.get_running_loop()
        self._rate, self._made = Rate(EACH_SECOND), set[asyncio.Task[Any]]()
        self._ended = False
        listening.setblocking(False)
        self._listen()
        self._look()

    def end(self) -> None:
        """Accept nobody more, and let go of who keeps us waiting."""
        self._ended = True
        self._loop.remove_reader(self._listening)
        for connection in list(self._opened):
            if connection.waited(time.monotonic()):
                connection.transport.abort()

    def _listen(self) -> None:
        if not self._ended:
            self._loop.add_reader(self._listening, self._accept)

    def _rest(self, seconds: float) -> None:
        """The kernel keeps who comes meanwhile, as far as its queue goes."""
        self._loop.remove_reader(self._listening)
        self._loop.call_later(seconds, self._listen)

    def _accept(self) -> None:
        """As many as there is room for, and as the rate allows; then others have their turn."""
        room = self._most - len(self._opened) - len(self._made)
        if room <= 0:
            self._make_room()
        taken = 0
        while taken < room and self._rate.take():
            if not self._take():
                return
            taken += 1
        self._rest(BETWEEN)

    def _take(self) -> bool:
        """False where nobody is there any more."""
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError:  # out of files, or of memory
            self._rest(OUT_OF_FILES)
            return False
        connection.setblocking(False)
        made = self._loop.create_task(self._loop.connect_accepted_socket(self._make, connection))
        self._made.add(made)
        made.add_done_callback(self._made.discard)
        return True

    def _make_room(self) -> None:
        """Those who keep us waiting longest have to go, some at once; nobody, where all wait for us."""
        now = time.monotonic()
        slow = [connection for connection in self._opened if connection.waited(now) > ROOM]
        slow.sort(key=lambda connection: connection.waited(now), reverse=True)
        for connection in slow[: max(1, self._most // 8)]:
            connection.transport.abort()

    def _look(self) -> None:
        if self._ended:
            return
        now = time.monotonic()
        for connection in list(self._opened):
            if connection.is_late(now):
                connection.transport.abort()
        self._let_go_of_the_unsent(now)
        self._loop.call_later(LOOK, self._look)

    def _let_go_of_the_unsent(self, now: float) -> None:
        """All but one: an answer that is larger than the bound for all must reach who asks alone."""
        slow = sorted((each for each in self._opened if each.unsent), key=lambda each: each.waited(now))
        together = sum(connection.unsent for connection in slow)
        while len(slow) > 1 and together > UNSENT:
            connection = slow.pop()
            together -= connection.unsent
            connection.transport.abort()
