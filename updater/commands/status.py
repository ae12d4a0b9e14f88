"""`updater status`: apps x environments, with tag, age and state."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from updater import instants
from updater.commands.passing import Exit, Output, passes, verdict
from updater.commands.transcript import VERSION
from updater.model import Decision, Hold, Placement, Report
from updater.wiring import Wired


def status(wired: Wired, repository: str | None, output: Output) -> Exit:
    reports = list(passes(wired, repository, act=False))
    cells = {
        decision.placement: _cell(report, decision) for report in reports for decision in report.decisions
    }
    if output == "json":
        json.dump(
            {"version": VERSION, "placements": list(cells.values())}, sys.stdout, indent=2, ensure_ascii=False
        )
        sys.stdout.write("\n")
    else:
        _show(cells)
    for report in reports:
        sys.stderr.writelines(f"{reading.why}\n" for reading in report.unreadable)
    return verdict(reports)


def _cell(report: Report, decision: Decision) -> dict[str, Any]:
    timeline = report.timelines.get(decision.placement)
    stay = timeline.current if timeline else None
    held = isinstance(decision, Hold)
    return {
        "app": decision.placement.app,
        "environment": decision.placement.environment,
        "tag": decision.current,
        "since": instants.machine(stay.since) if stay else None,
        "age": _age(stay.since, report.finished) if stay else None,
        "state": "hold" if held else "promote",
        "code": decision.reasons[0].code if isinstance(decision, Hold) else None,
        "why": decision.reasons[0].sentence if isinstance(decision, Hold) else None,
        "candidate": decision.candidate if isinstance(decision, Hold) else decision.tag,
    }


def _age(since: datetime, now: datetime) -> str:
    """The two largest units are enough for a glance."""
    words = instants.spoken(max(now - since, now - now))
    units = [index for index, letter in enumerate(words) if letter.isalpha()]
    return words[: units[min(1, len(units) - 1)] + 1]


def _show(cells: dict[Placement, dict[str, Any]]) -> None:
    environments = list(dict.fromkeys(placement.environment for placement in cells))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ["app", *environments]:
        table.add_column(name, overflow="fold")
    for app in dict.fromkeys(placement.app for placement in cells):
        row = [_words(cells.get(Placement(environment, app))) for environment in environments]
        table.add_row(app, *row)
    Console(highlight=False, markup=False, soft_wrap=False).print(table)


def _words(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return "-"
    state = cell["code"] if cell["state"] == "hold" else f"-> {cell['candidate']}"
    return f"{cell['tag'] or 'nothing'}\n{state}" + (f", for {cell['age']}" if cell["age"] else "")
