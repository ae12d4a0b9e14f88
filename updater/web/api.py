"""`/api/…`: what the page shows, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from updater import times
from updater.model import Placement, Timeline
from updater.views import effective_config, explanation
from updater.views.pass_report import VERSION
from updater.web.problems import INVALID, NOT_FOUND
from updater.web.report_store import PassSummary, ReportReader, ReportSnapshot
from updater.web.schemas import AppShape, Explanation, Passes, Policies, Status

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

    @api.get("/status", response_model=Status, summary="Apps x environments")
    def status() -> dict[str, Any]:
        return {"version": VERSION, "placements": list(reports.snapshot().cells.values())}

    @api.get("/apps/{app}", response_model=AppShape, responses=NOT_FOUND | INVALID, summary="One app")
    def app(app: str) -> dict[str, Any]:
        return _app(reports.snapshot(), app)

    @api.get(
        "/apps/{app}/{environment:path}",
        response_model=Explanation,
        responses=NOT_FOUND | INVALID,
        summary="Why it is not there yet",
    )
    def explain(app: str, environment: str, tag: Tag = None) -> dict[str, Any]:
        return explained(reports, Placement(environment, app), tag)

    @api.get("/policies", response_model=Policies, summary="What holds for each app in each environment")
    def policies() -> dict[str, Any]:
        return {"version": VERSION, "policies": effective_config.as_json(reports.snapshot().config)}

    @api.get("/passes", response_model=Passes, summary="The last passes over each repository")
    def passes() -> dict[str, Any]:
        notes = [note for notes in reports.snapshot().passes.values() for note in notes]
        notes.sort(key=lambda note: note.finished, reverse=True)
        return {"version": VERSION, "passes": [_pass(note) for note in notes]}

    return api


def explained(reports: ReportReader, placement: Placement, tag: str | None) -> dict[str, Any]:
    """Raises HTTPException where the config does not know it, or nothing is known yet."""
    snapshot = reports.snapshot()
    if placement not in snapshot.config.policies:
        raise HTTPException(404, f"the config has no app {placement}")
    decision = snapshot.decision(placement)
    if decision is None:
        raise HTTPException(404, f"no pass has decided about {placement} yet: ask again in a moment")
    return explanation.as_json(decision, reports.verdicts(placement, tag))


def _app(snapshot: ReportSnapshot, app: str) -> dict[str, Any]:
    placements = [placement for placement in snapshot.config.policies if placement.app == app]
    if not placements:
        raise HTTPException(404, f"the config has no app {app}")
    environments = {placement.environment: _placed(snapshot, placement) for placement in placements}
    return {"version": VERSION, "app": app, "environments": environments}


def _placed(snapshot: ReportSnapshot, placement: Placement) -> Mapping[str, Any]:
    timeline = snapshot.timeline(placement)
    return {
        "cell": snapshot.cells.get(placement),
        "stays": _stays(timeline) if timeline else [],
        "rolled_back": dict(timeline.rolled_back) if timeline else {},
        "holds": _holds(timeline) if timeline else [],
    }


def _holds(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "since": times.to_iso(each.since),
            "until": times.to_iso(each.until) if each.until else None,
            "why": each.why,
            "by": each.by,
        }
        for each in timeline.hold_periods
    ]


def _stays(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "tag": stay.tag,
            "since": times.to_iso(stay.since),
            "until": times.to_iso(stay.until) if stay.until else None,
            "ended": stay.ended,
            "by": stay.by,
            "ended_by": stay.ended_by,
            "ours": stay.ours,
        }
        for stay in timeline.stays
    ]


def _pass(note: PassSummary) -> dict[str, Any]:
    return {
        "repository": note.repository,
        "started": times.to_iso(note.started),
        "finished": times.to_iso(note.finished),
        "seconds": round((note.finished - note.started).total_seconds(), 3),
        "base": note.base,
        "result": note.result,
        "to_promote": note.to_promote,
        "held": note.held,
        "done": list(note.done),
        "failed": [{"step": title, "why": why} for title, why in note.failed],
        "unreadable": [{"code": code, "why": why} for code, why in note.unreadable],
    }
