"""`/`: apps x environments. Rendered rows are kept while they show the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from markupsafe import Markup

from updater.web import matrix_rows, rendering
from updater.web.matrix_rows import Filter, Matrix, MatrixRow
from updater.web.report_store import ReportReader, ReportSnapshot

FRESH = timedelta(minutes=1)
"""Rows show ages to the minute; a browser with JavaScript counts on by itself."""
PAGES = 8
"""Whole pages kept, for the many who look at the same."""


class MatrixPage:
    """Requests come from many threads; what they keep for each other is replaced, never changed."""

    def __init__(self, reports: ReportReader) -> None:
        self._reports = reports
        self._rows: tuple[ReportSnapshot, Sequence[MatrixRow]] | None = None
        self._cells: dict[str, tuple[str, datetime, Markup]] = {}
        self._pages: dict[Filter, tuple[ReportSnapshot, datetime, str]] = {}

    def html(self, wanted: Filter) -> str:
        snapshot, now = self._reports.snapshot(), self._reports.now()
        kept = self._pages.get(wanted)
        if kept and kept[0] is snapshot and _fresh(kept[1], now, timedelta(seconds=5)):
            return kept[2]
        page = self._render(snapshot, now, wanted)
        if len(self._pages) >= PAGES:
            self._pages = {}
        self._pages[wanted] = (snapshot, now, page)
        return page

    def _render(self, snapshot: ReportSnapshot, now: datetime, wanted: Filter) -> str:
        told = matrix_rows.matrix(snapshot, self._all(snapshot), wanted)
        return rendering.page(
            "matrix.html",
            snapshot,
            now,
            here="matrix",
            matrix=told,
            cells_of=lambda row: self._cells_of(row, told, snapshot, now),
            query=_query(wanted),
            shown_words=_shown(told),
            faults=matrix_rows.faults(snapshot, told.troubles),
            lines=[(line, rendering.zone_of(snapshot, line.repository)) for line in snapshot.stopped_lines],
            warnings=matrix_rows.warnings(snapshot),
            counts_sum=matrix_rows.sum_of(sorted(told.counts.items())),
            glance_sum=snapshot.version,
            columns_sum=matrix_rows.sum_of(told.environments),
        )

    def _all(self, snapshot: ReportSnapshot) -> Sequence[MatrixRow]:
        if self._rows is None or self._rows[0] is not snapshot:
            kept = self._cells if self._rows and self._rows[0].config is snapshot.config else {}
            self._rows = (snapshot, matrix_rows.rows(snapshot))
            self._cells = {row.app: kept[row.app] for row in self._rows[1] if row.app in kept}
        return self._rows[1]

    def _cells_of(self, row: MatrixRow, told: Matrix, snapshot: ReportSnapshot, now: datetime) -> Markup:
        kept = self._cells.get(row.app)
        if kept and kept[0] == row.sum and _fresh(kept[1], now, FRESH):
            return kept[2]
        text = rendering.part("row.html", snapshot, now, row=row, environments=told.environments)
        html = Markup(text)  # noqa: S704 - autoescaped where it was rendered
        self._cells[row.app] = (row.sum, now, html)
        return html


def _fresh(then: datetime, now: datetime, length: timedelta) -> bool:
    return timedelta() <= now - then < length


def _shown(told: Matrix) -> str:
    total = f"{told.total:,} app{'' if told.total == 1 else 's'}"
    if told.matching == told.total and told.whole:
        return total
    first = (
        ""
        if told.whole or told.matching <= matrix_rows.MOST
        else f", the first {matrix_rows.MOST:,} are shown"
    )
    return f"{told.matching:,} of {total}{first}"


def _query(wanted: Filter) -> Callable[..., str]:
    """The address of the same page with one thing changed; chosen again, it is let go."""

    def query(**changed: str) -> str:
        now = {"q": wanted.q, "state": wanted.state, "environment": wanted.environment}
        chosen = now | {name: "" if now[name] == value else value for name, value in changed.items()}
        return urlencode({name: value for name, value in chosen.items() if value})

    return query
