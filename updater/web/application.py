"""To put together what is served over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from updater.web import api, live_updates, pages, polling, probes, problems
from updater.web.headers import Guarded
from updater.web.hooks import Door, routes
from updater.web.live_updates import Broadcast
from updater.web.polling import Poll, Token
from updater.web.probes import Health
from updater.web.report_store import Reports

DESCRIPTION = (
    "What runs where, since when, and why not something newer: the same as the page and the commands."
)
COMPRESSION = 5
"""More takes twice as long for a few per cent."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the shell hands to the web."""

    health: Health
    metrics: CollectorRegistry
    reports: Reports
    broadcast: Broadcast
    poll: Poll
    token: Token
    hooks: Door | None = None
    """None: nobody may knock."""


def site(doors: Doors) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        async with doors.broadcast.running():
            yield

    web = FastAPI(
        title="updater",
        description=DESCRIPTION,
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    web.add_middleware(GZipMiddleware, compresslevel=COMPRESSION)
    web.add_middleware(Guarded)
    problems.install(web)
    web.include_router(probes.router(doors.health, doors.metrics))
    web.include_router(live_updates.router(doors.broadcast))
    web.include_router(api.router(doors.reports))
    if doors.hooks is not None:
        web.include_router(routes(doors.hooks))
    web.include_router(polling.router(doors.poll, doors.token))
    web.include_router(pages.router(doors.reports))
    web.mount("/static", StaticFiles(packages=[("updater.web", "static")]))
    return web
