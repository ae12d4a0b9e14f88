"""The pages for people: rendered here, with or without JavaScript there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from updater.config.not_known import not_known
from updater.web import app_page, passes_page
from updater.web.matrix_page import MatrixPage
from updater.web.matrix_rows import Filter
from updater.web.policies_page import PoliciesPage
from updater.web.report_store import ReportReader

_READ = ["GET", "HEAD"]
"""Who only asks whether it is there asks by HEAD."""


def router(reports: ReportReader) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    matrix_page, policies_page = MatrixPage(reports), PoliciesPage(reports)

    @web.api_route("/", methods=_READ)
    async def matrix(
        q: Annotated[str, Query(max_length=200)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        environment: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        return HTMLResponse(matrix_page.html(Filter(q, state, environment)))

    @web.api_route("/apps/{app}", methods=_READ)
    async def app(app: str) -> Response:
        page = app_page.html(reports, app)
        if page is None:
            raise HTTPException(404, not_known(app, None, reports.snapshot().config.policies))
        return HTMLResponse(page)

    @web.api_route("/policies", methods=_READ)
    async def policies() -> Response:
        return HTMLResponse(policies_page.html())

    @web.api_route("/passes", methods=_READ)
    async def passes(repository: Annotated[str, Query(max_length=200)] = "") -> Response:
        return HTMLResponse(passes_page.html(reports, repository))

    return web
