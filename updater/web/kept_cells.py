"""Cells of one repository, from pass to pass: what shows the same is neither made nor summed up anew.

It saves work and never changes a cell: kept is only what a decision and a timeline alone have made, and only
for as long as both are the same objects.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from updater.model import Decision, Hold, Placement, Report, Timeline
from updater.views.status import CellShape, ReportCells, age_of


class SummedCell(NamedTuple):
    cell: CellShape
    sum: int
    """Of all that it shows, but for how old that is."""


class _Kept(NamedTuple):
    decision: Decision
    timeline: Timeline | None
    made: SummedCell


class KeptCells:
    """It may vanish at any time."""

    def __init__(self) -> None:
        self._kept: dict[Placement, _Kept] = {}

    def of(self, report: Report, read: Report | None) -> Sequence[SummedCell]:
        """As `status.cells`."""
        told, before, self._kept = ReportCells.of(report), self._kept, {}
        seen = read if report.base is None else None
        return [self._cell(before.get(each.placement), told, each, seen) for each in report.decisions]

    def _cell(
        self, before: _Kept | None, told: ReportCells, decision: Decision, seen: Report | None
    ) -> SummedCell:
        placement, report = decision.placement, told.report
        timeline, plain = report.timelines.get(placement), seen is None and told.is_plain(placement)
        if plain and before and before.decision is decision and before.timeline is timeline:
            made = _aged(before.made, timeline, report)
        else:
            made = _summed(told.cell(decision, seen))
        if plain and not _is_timed(decision):
            self._kept[placement] = _Kept(decision, timeline, made)
        return made


def _aged(made: SummedCell, timeline: Timeline | None, report: Report) -> SummedCell:
    stay = timeline.current if timeline else None
    age = age_of(stay.since, report.finished) if stay else None
    return made if age == made.cell.age else made._replace(cell=replace(made.cell, age=age))


def _summed(cell: CellShape) -> SummedCell:
    return SummedCell(cell, zlib.crc32(repr(replace(cell, age=None, seen=None)).encode()))


def _is_timed(decision: Decision) -> bool:
    """An instant at which it goes on is shown until it has passed."""
    return isinstance(decision, Hold) and any(each.until is not None for each in decision.reasons)
