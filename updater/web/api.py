"""`/api/…`: what the page shows, as JSON."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from updater.config import Config
from updater.config.not_known import not_known
from updater.model import Placement
from updater.views import effective_config
from updater.views.app import AppShape, placed
from updater.views.effective_config import Policies
from updater.views.explanation import Explanation, explanation
from updater.views.passes import Passes
from updater.views.shape import VERSION, Shape, as_json
from updater.views.status import Status
from updater.web.kept import Kept
from updater.web.problems import INVALID, NOT_FOUND
from updater.web.report_store import ReportReader, ReportSnapshot

Tag = Annotated[
    str | None,
    Query(
        description="only this tag; else every candidate",
        max_length=128,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$",
    ),
]


def router(reports: ReportReader) -> APIRouter:
    api = APIRouter(prefix="/api", tags=["what is known"])
    known_status, known_policies = Kept(_status), Kept(_policies)

    @api.get("/status", response_model=Status, summary="Apps x environments")
    async def status() -> Response:
        return _json(known_status.of(reports.snapshot()))

    @api.get("/apps/{app}", response_model=AppShape, responses=NOT_FOUND | INVALID, summary="One app")
    async def app(app: str) -> Response:
        return _answer(_app(reports.snapshot(), app))

    @api.get(
        "/apps/{app}/{environment:path}",
        response_model=Explanation,
        responses=NOT_FOUND | INVALID,
        summary="Why it is not there yet",
    )
    async def explain(app: str, environment: str, tag: Tag = None) -> Response:
        return _answer(_explanation(reports, Placement(environment, app), tag))

    @api.get("/policies", response_model=Policies, summary="What holds for each app in each environment")
    async def policies() -> Response:
        return _json(known_policies.of(reports.snapshot().config))

    @api.get("/passes", response_model=Passes, summary="The last passes over each repository")
    async def passes() -> Response:
        snapshot = reports.snapshot()
        return _answer(Passes(VERSION, snapshot.latest_passes, snapshot.next_passes))

    return api


def _explanation(reports: ReportReader, placement: Placement, tag: str | None) -> Explanation:
    """Raises HTTPException where the config does not know it, or nothing is known yet."""
    snapshot = reports.snapshot()
    if placement not in snapshot.config.policies:
        known = snapshot.config.policies
        raise HTTPException(404, not_known(placement.app, placement.environment, known))
    decision = snapshot.decision(placement)
    if decision is None:
        raise HTTPException(404, f"no pass has decided about {placement} yet: ask again in a moment")
    timeline, said = snapshot.timeline(placement), reports.verdicts(placement, tag)
    stay = timeline.current if timeline else None
    verification = snapshot.verification(placement)
    conditions, back = snapshot.conditions(placement), snapshot.ways_back(placement)
    return explanation(decision, said, conditions, stay, verification=verification, ways_back=back)


def _app(snapshot: ReportSnapshot, app: str) -> AppShape:
    placements = [placement for placement in snapshot.config.policies if placement.app == app]
    if not placements:
        raise HTTPException(404, not_known(app, None, snapshot.config.policies))
    told = {
        each.environment: placed(
            snapshot.cells.get(each),
            snapshot.timeline(each),
            snapshot.deployment_verdicts(each),
            orders=snapshot.orders(each),
            holds_file=snapshot.holds_file(each),
            builds=snapshot.builds_of(each),
        )
        for each in placements
    }
    return AppShape(VERSION, app, told)


def _status(snapshot: ReportSnapshot) -> bytes:
    return _text(Status(VERSION, list(snapshot.cells.values()), snapshot.stopped_lines))


def _policies(config: Config) -> bytes:
    return _text(effective_config.policies(config))


def _answer(view: Shape) -> Response:
    return _json(_text(view))


def _text(view: Shape) -> bytes:
    """Written out as it is: it need not be checked against its own description. ASCII holds any text."""
    return json.dumps(as_json(view), separators=(",", ":")).encode()


def _json(text: bytes) -> Response:
    return Response(text, media_type="application/json")
