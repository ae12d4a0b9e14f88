"""To put together what is served over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from updater.engine import WorkerState
from updater.value_class import value_class
from updater.web import api, error_page, live_updates, pages, polling, probes, problems, workers
from updater.web.base_path import BelowBase
from updater.web.headers import Addressed, Guarded
from updater.web.hooks import WebhookReceiver, routes
from updater.web.live_updates import Broadcast
from updater.web.polling import Poll, Token
from updater.web.probes import HealthProbe
from updater.web.report_store import ReportReader
from updater.web.workers import AskWorkers

DESCRIPTION = (
    "What runs where, since when, and why not something newer: the same as the page and the commands."
)
COMPRESSION = 5
"""More takes twice as long for a few per cent."""


def _alone() -> Sequence[WorkerState]:
    return ()


@value_class
class WebDependencies:
    """What the shell hands to the web."""

    health: HealthProbe
    metrics: CollectorRegistry
    reports: ReportReader
    broadcast: Broadcast
    poll: Poll
    token: Token
    hooks: WebhookReceiver | None = None
    """None: nobody may knock."""
    hosts: Collection[str] = frozenset()
    """The names that what is asked for may be asked of; none: any."""
    probes_elsewhere: bool = False
    """Probes and metrics have a server of their own."""
    workers: AskWorkers = _alone
    """All that share the work."""


def web_application(dependencies: WebDependencies) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        async with dependencies.broadcast.running():
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
    if dependencies.hosts:
        web.add_middleware(Addressed, hosts=dependencies.hosts)
    web.add_middleware(Guarded)
    web.add_middleware(BelowBase, base=lambda: dependencies.reports.snapshot().config.service.base_path)
    problems.install(web, partial(error_page.html, dependencies.reports))
    if not dependencies.probes_elsewhere:
        web.include_router(probes.router(dependencies.health, dependencies.metrics))
    web.include_router(live_updates.router(dependencies.broadcast))
    web.include_router(api.router(dependencies.reports))
    if dependencies.hooks is not None:
        web.include_router(routes(dependencies.hooks))
    web.include_router(polling.router(dependencies.poll, dependencies.token, dependencies.reports))
    web.include_router(pages.router(dependencies.reports))
    web.include_router(workers.router(dependencies.reports, dependencies.workers))
    web.mount("/static", StaticFiles(packages=[("updater.web", "static")]))
    return web


def probe_application(health: HealthProbe, metrics: CollectorRegistry) -> FastAPI:
    """Only what Kubernetes and Prometheus ask for."""
    web = FastAPI(title="updater", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    web.add_middleware(Guarded)
    problems.install(web)
    web.include_router(probes.router(health, metrics))
    return web
