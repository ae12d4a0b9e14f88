"""`updater status`: apps x environments, with tag, age and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from updater.model import Placement, Report
from updater.printable import printable
from updater.runner import Exit, Output, exit_code, run_all
from updater.terminal import say, say_json, warn
from updater.views import shared_failures
from updater.views.conditions import sentence
from updater.views.shape import as_json
from updater.views.status import CellShape
from updater.views.status import status as status_of
from updater.views.stopped_line import line_sentence
from updater.views.verification import glance
from updater.wiring import Updater


def status(updater: Updater, repository: str | None, output: Output, *, strict: bool = False) -> Exit:
    reports = list(run_all(updater, repository, act=False))
    matrix = status_of(reports)
    if output == "json":
        say_json(as_json(matrix))
    else:
        say(*(f"{each.repository}: {line_sentence(each)}" for each in matrix.stopped_lines))
        _show({cell.placement: cell for cell in matrix.placements})
        say(*_conditions(matrix.placements))
    for report in reports:
        warn(*_troubles(report))
        warn(*(f"warning: {warning}" for warning in report.warnings))
    return exit_code(reports, strict=strict)


def _show(cells: dict[Placement, CellShape]) -> None:
    environments = list(dict.fromkeys(placement.environment for placement in cells))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["app", *environments]:
        table.add_column(name, overflow="fold")
    for app in dict.fromkeys(placement.app for placement in cells):
        row = [_words(cells.get(Placement(environment, app))) for environment in environments]
        table.add_row(app, *row)
    Console(highlight=False, markup=False, soft_wrap=False).print(table)


def _conditions(cells: Iterable[CellShape]) -> Iterator[str]:
    """And what is to be said beside what is decided."""
    for cell in cells:
        yield from (f"{cell.placement}: besides, {remark.sentence}" for remark in cell.remarks)
        yield from (f"{cell.placement}: {sentence(each)}" for each in cell.conditions)
        if cell.way_back is not None:
            yield f"{cell.placement}: {cell.way_back.sentence}"


def _troubles(report: Report) -> Iterator[str]:
    """With whom each hits; then the failed readings that are said of none."""
    said = list(shared_failures.failure_lines(report))
    yield from said
    yield from (reading.why for reading in report.unreadable if not any(reading.why in one for one in said))


def _words(cell: CellShape | None) -> str:
    if cell is None:
        return "-"
    state = cell.code if cell.state == "hold" else f"-> {cell.candidate}"
    since = f", set {cell.age} ago" if cell.age else ""
    pulls = "".join(f", #{proposal.number}" for proposal in cell.proposals)
    besides = [*(each.condition for each in cell.conditions), glance(cell.verification)]
    state = ", ".join([*filter(None, besides), state or ""])
    return f"{printable(cell.tag or 'nothing')}{since}\n{state}{pulls}"
