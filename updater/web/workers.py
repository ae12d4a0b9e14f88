"""`/workers` and `/api/workers`: who shares the work."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from updater.engine import WorkerState
from updater.views.shape import VERSION, as_json, read_off
from updater.views.workers import OutageShape, Workers, WorkerShape
from updater.web import matrix_rows, rendering
from updater.web.report_store import ReportReader

AskWorkers = Callable[[], Sequence[WorkerState]]


def router(reports: ReportReader, workers: AskWorkers) -> APIRouter:
    web = APIRouter()

    @web.get(
        "/api/workers",
        response_model=Workers,
        tags=["what is known"],
        summary="Who shares the work",
    )
    async def known() -> Response:
        outage = reports.snapshot().outage
        told = Workers(
            VERSION,
            [read_off(WorkerShape, each) for each in workers()],
            read_off(OutageShape, outage) if outage else None,
        )
        return Response(json.dumps(as_json(told), separators=(",", ":")), media_type="application/json")

    @web.api_route("/workers", methods=["GET", "HEAD"], include_in_schema=False)
    async def page() -> Response:
        shown, snapshot = workers(), reports.snapshot()
        html = rendering.page(
            "workers.html",
            snapshot,
            reports.now(),
            here="workers",
            workers=shown,
            workers_sum=matrix_rows.sum_of(
                [snapshot.outage, *((each.name, each.alive, each.running) for each in shown)]
            ),
        )
        return HTMLResponse(html)

    return web
