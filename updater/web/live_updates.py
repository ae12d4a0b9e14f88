"""`/events`: what tells an open page that there is something new. Server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.sse import EventSourceResponse, ServerSentEvent

from updater import times
from updater.web.report_store import ReportReader

CLIENTS = 100
"""Open pages at a time; one more is told to come back later, and still shows what it was served."""
RETRY = 3_000
"""Milliseconds after which a browser that was cut off comes back."""
HEARTBEAT = 15.0
"""Seconds between signs of life."""


class Broadcast:
    """Wakes the open pages after each pass. A slow page misses steps between, never the last one."""

    def __init__(self, reports: ReportReader) -> None:
        self._reports = reports
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()
        self._ended = False
        reports.listen(self._heard)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        yield
        self._loop = None

    def end(self) -> None:
        """Let go of all pages: a server that ends waits for them."""
        self._ended = True
        self._heard()

    async def told(self) -> AsyncIterator[ServerSentEvent]:
        """What one page hears: what there is now, and then after each pass."""
        with self._listening() as something:
            while not self._ended:
                something.clear()
                yield ServerSentEvent(event="board", data=self._said(), retry=RETRY)
                await self._until(something)

    def _said(self) -> dict[str, Any]:
        snapshot = self._reports.snapshot()
        passed = {name: times.to_iso(notes[0].finished) for name, notes in snapshot.passes.items() if notes}
        following = {name: times.to_iso(at) for name, at in snapshot.next_passes.items()}
        now = times.to_iso(self._reports.now())
        return {"version": snapshot.version, "passed": passed, "next": following, "now": now}

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Event]:
        something = asyncio.Event()
        self._waiting.add(something)
        try:
            yield something
        finally:
            self._waiting.discard(something)

    async def _until(self, something: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(something.wait(), HEARTBEAT)
        except TimeoutError:
            return

    @property
    def full(self) -> bool:
        return len(self._waiting) >= CLIENTS

    def _heard(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for something in self._waiting:
            something.set()


def router(broadcast: Broadcast) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    async def room() -> None:
        if broadcast.full:
            raise HTTPException(503, "too many pages are open: this one is not kept up to date")

    @web.get("/events", response_class=EventSourceResponse, dependencies=[Depends(room)])
    async def events() -> AsyncIterator[ServerSentEvent]:
        async for event in broadcast.told():
            yield event

    return web
