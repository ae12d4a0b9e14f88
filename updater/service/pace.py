"""How much of the time those who ask may have: what they ask for waits its turn, the passes do not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHARE = 0.1
"""Of one core, in the long run. Python runs one thread at a time: what answers, takes from the passes."""
BURST = 2.0
"""Seconds that may be used at once, after some quiet: nobody who looks at a page waits."""
PROBES = 100
"""Answers to Kubernetes in a second. They cost next to nothing, and wait for no page."""
WAITING = 50
"""Requests that wait their turn; one more is refused, so that connections stay for others."""
_TICK = 0.02
"""Seconds between two looks of who waits."""
_ALIVE = b"ok, and too busy to look closer\n"
"""For /livez: a refusal would cost as much, and whoever floods it would have the process killed by it."""
_BUSY = b"this updater is ending or too busy to answer: ask again in a moment\n"

Clock = Callable[[], float]


class Rate:
    """So many a second, and a second's worth at once."""

    def __init__(self, each_second: float, now: Clock = time.monotonic) -> None:
        self._each_second, self._now = each_second, now
        self._left, self._seen = each_second, now()

    def take(self) -> bool:
        """Whether one more may be; it then counts."""
        now = self._now()
        self._left = min(self._each_second, self._left + (now - self._seen) * self._each_second)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Share:
    """What is left of the part of a core that answers may take; for the thread that answers to ask."""

    def __init__(self, used: Clock = time.thread_time, now: Clock = time.monotonic) -> None:
        """`used`: the seconds of processor time that this thread has had."""
        self._used, self._now = used, now
        self._left, self._seen, self._had = BURST, now(), used()

    def take(self) -> bool:
        """Whether something is left of it."""
        now, used = self._now(), self._used()
        self._left = min(BURST, self._left + (now - self._seen) * SHARE - (used - self._had))
        self._seen, self._had = now, used
        return self._left > 0


class Turns:
    """A line of those who wait until something may be taken; first come, first served."""

    def __init__(self, take: Callable[[], bool]) -> None:
        self._take, self._line, self.ended = take, asyncio.Lock(), False
        self._waiting = 0

    def end(self) -> None:
        """Let everybody go who waits, with nothing."""
        self.ended = True

    async def wait(self) -> bool:
        """False where too many wait, or there is none to be had any more: all has an end."""
        if self._waiting >= WAITING:
            return False
        self._waiting += 1
        try:
            return await self._turn()
        finally:
            self._waiting -= 1

    async def _turn(self) -> bool:
        async with self._line:  # who goes has done its work when the next one looks: handlers do not pause
            while not self.ended:
                if self._take():
                    return True
                await asyncio.sleep(_TICK)
        return False


class Paced:
    """ASGI middleware, the outermost: each request waits its turn, and so does each part of a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages, self._probes = Turns(Share().take), Turns(Rate(PROBES).take)

    def end(self) -> None:
        self._pages.end()
        self._probes.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        turns = self._probes if scope["path"] in {"/livez", "/readyz"} else self._pages
        if not await turns.wait():
            await _refuse(send, alive=scope["path"] == "/livez" and not turns.ended)
            return

        async def received() -> Message:
            message = await receive()
            if message.get("more_body"):
                await turns.wait()
            return message

        try:
            await self._app(scope, received, send)
        except ClientDisconnect:
            return  # who has left needs no answer, and is no fault of ours


async def _refuse(send: Send, *, alive: bool) -> None:
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"5"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200 if alive else 503, "headers": headers})
    await send({"type": "http.response.body", "body": _ALIVE if alive else _BUSY})
