"""`updater status`: apps x environments, with tag, age and state."""

from __future__ import annotations

import json
import sys

from rich import box
from rich.console import Console
from rich.table import Table

from updater.commands.matrix import Cell, as_json
from updater.commands.passing import Exit, Output, passes, verdict
from updater.model import Placement
from updater.wiring import Wired


def status(wired: Wired, repository: str | None, output: Output) -> Exit:
    reports = list(passes(wired, repository, act=False))
    told = as_json(reports)
    if output == "json":
        json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        _show({Placement(cell["environment"], cell["app"]): cell for cell in told["placements"]})
    for report in reports:
        sys.stderr.writelines(f"{reading.why}\n" for reading in report.unreadable)
        sys.stderr.writelines(f"warning: {warning}\n" for warning in report.warnings)
    return verdict(reports)


def _show(cells: dict[Placement, Cell]) -> None:
    environments = list(dict.fromkeys(placement.environment for placement in cells))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["app", *environments]:
        table.add_column(name, overflow="fold")
    for app in dict.fromkeys(placement.app for placement in cells):
        row = [_words(cells.get(Placement(environment, app))) for environment in environments]
        table.add_row(app, *row)
    Console(highlight=False, markup=False, soft_wrap=False).print(table)


def _words(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    state = cell["code"] if cell["state"] == "hold" else f"-> {cell['candidate']}"
    since = f", set {cell['age']} ago" if cell["age"] else ""
    pulls = "".join(f", #{proposal['number']}" for proposal in cell["proposals"])
    return f"{cell['tag'] or 'nothing'}{since}\n{state}{pulls}"
