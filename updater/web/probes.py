"""To answer Kubernetes and Prometheus: /livez, /readyz, /metrics. Reads a port, never the cycle."""

from __future__ import annotations

from typing import Protocol

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Kubernetes and Prometheus ask by the address of the pod."""
_READ = ["GET", "HEAD"]
"""Who only asks whether it is there asks by HEAD."""


class HealthProbe(Protocol):
    def alive(self) -> str | None:
        """What is wrong with the scheduler; None: it turns."""

    def ready(self) -> str | None:
        """What has not happened yet; None: the first pass over every repository is done."""


def router(health: HealthProbe, registry: CollectorRegistry) -> APIRouter:
    web = APIRouter(include_in_schema=False)

    @web.api_route("/livez", methods=_READ)
    async def livez() -> Response:
        return _answer(health.alive())

    @web.api_route("/readyz", methods=_READ)
    async def readyz() -> Response:
        return _answer(health.ready())

    @web.api_route("/metrics", methods=_READ)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return web


def _answer(trouble: str | None) -> Response:
    return Response(f"{trouble or 'ok'}\n", status_code=503 if trouble else 200, media_type="text/plain")
