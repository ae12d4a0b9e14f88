"""`/passes`: the last passes over each deploy repository, and what each of them did."""

from __future__ import annotations

from updater.web import matrix_rows, rendering
from updater.web.report_store import ReportReader

MOST = 100
"""Passes on one page; the API has all that are remembered."""


def html(reports: ReportReader, repository: str) -> str:
    """`repository`: only those over this one; empty: over all."""
    snapshot = reports.snapshot()
    told = [each for each in snapshot.latest_passes if repository in {"", each.repository}]
    return rendering.page(
        "passes.html",
        snapshot,
        reports.now(),
        here="passes",
        passes=told[:MOST],
        more=max(len(told) - MOST, 0),
        only=repository,
        repositories=list(snapshot.config.repositories),
        zone_of=lambda name: rendering.zone_of(snapshot, name),
        passes_sum=matrix_rows.sum_of([(each.repository, each.finished) for each in told]),
    )
