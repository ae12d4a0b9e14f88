"""What the matrix page shows: rows, filters, and what needs somebody first. Pure."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from string import ascii_uppercase
from typing import get_args

from updater.model import Placement
from updater.value_class import value_class
from updater.views.passes import PassShape
from updater.views.status import URGENT, CellShape, CellState
from updater.web import wording
from updater.web.report_store import ReportSnapshot

STATES: tuple[CellState, ...] = get_args(CellState)
"""The worst first."""
MEANING: Mapping[CellState, str] = {
    "failing": "could not be read or written",
    "blocked": "somebody has to mend something",
    "held": "somebody has decided so",
    "proposed": "a pull request awaits a merge",
    "waiting": "goes on by itself",
    "moving": "on its way",
    "current": "nothing newer",
}
MOST = 2_000
"""Rows on one page; beyond it, those with something to look at come first, and a search finds the others."""
LISTED = 6
"""Troubles, places or pull requests that are named, before it says how many more there are."""
LATE = 3
"""Polls without a pass after which that is said."""


@value_class
class Filter:
    """What somebody asks for, as it stands in the address."""

    q: str = ""
    state: str = ""
    environment: str = ""

    def shows(self, row: MatrixRow) -> bool:
        cells = [cell for cell in row.cells if cell and self.environment in {"", cell.environment}]
        if not cells or (self.state and all(cell.condition != self.state for cell in cells)):
            return False
        return all(word in row.text for word in self.q.lower().split())


@value_class
class MatrixRow:
    """One app."""

    app: str
    cells: Sequence[CellShape | None]
    text: str
    """What a search looks through."""
    sum: str
    """Changes when something else is shown, but not with its age."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """A letter for each tag that runs: the same letter is the same tag."""

    @property
    def worst(self) -> int:
        return min((STATES.index(cell.condition) for cell in self.cells if cell), default=len(STATES))


@value_class
class Trouble:
    """What needs mending, once: one outage may be a thousand cells."""

    condition: CellState
    code: str
    sentences: Sequence[str]
    """The first few; they may name different things."""
    cells: Sequence[CellShape]


@value_class
class Matrix:
    environments: Sequence[str]
    rows: Sequence[MatrixRow]
    """All, or the first MOST that the filter shows."""
    shown: frozenset[str]
    """The apps the filter shows, of these rows."""
    matching: int
    total: int
    counts: Mapping[str, int]
    """Cells by condition."""
    troubles: Sequence[Trouble]
    proposed: Sequence[CellShape]
    filter: Filter = field(default_factory=Filter)

    @property
    def whole(self) -> bool:
        return len(self.rows) == self.total

    def headline(self, *, trouble: bool) -> str:
        """What is wrong, in two seconds. `trouble` may also be none of a cell's: a config, a late pass."""
        said = [f"{self.counts[name]} {name}" for name in URGENT if self.counts.get(name)]
        return ", ".join(said) or ("Something needs mending" if trouble else "Nothing needs mending")


def matrix(snapshot: ReportSnapshot, rows: Sequence[MatrixRow], wanted: Filter) -> Matrix:
    cells = snapshot.cells.values()
    matching = [row for row in rows if wanted.shows(row)]
    kept = rows if len(rows) <= MOST else sorted(matching, key=lambda row: row.worst)[:MOST]
    return Matrix(
        environments=environments(snapshot),
        rows=kept,
        shown=frozenset(row.app for row in matching),
        matching=len(matching),
        total=len(rows),
        counts=Counter(cell.condition for cell in cells),
        troubles=troubles(cells),
        proposed=[cell for cell in cells if cell.proposals],
        filter=wanted,
    )


def troubles(cells: Iterable[CellShape]) -> list[Trouble]:
    """The worst first, then the widest."""
    found = defaultdict[tuple[CellState, str], list[CellShape]](list)
    for cell in cells:
        if cell.condition in URGENT:
            found[cell.condition, next(iter(wording.codes(cell)), "")].append(cell)
    told = [Trouble(*key, _sentences(those), those) for key, those in found.items()]
    return sorted(told, key=lambda one: (URGENT.index(one.condition), -len(one.cells)))


def _sentences(cells: Iterable[CellShape]) -> list[str]:
    return list(dict.fromkeys(wording.sentences(cell)[0] for cell in cells))[:3]


def environments(snapshot: ReportSnapshot) -> list[str]:
    return list(dict.fromkeys(placement.environment for placement in snapshot.config.policies))


def rows(snapshot: ReportSnapshot) -> list[MatrixRow]:
    """One for each app, by name."""
    apps, names = {placement.app for placement in snapshot.config.policies}, environments(snapshot)
    return [
        _row(app, {name: snapshot.cells.get(Placement(name, app)) for name in names}) for app in sorted(apps)
    ]


def _row(app: str, by_environment: Mapping[str, CellShape | None]) -> MatrixRow:
    """Its sum changes with the environments, too: previews come and go."""
    cells = list(by_environment.values())
    shown = [(name, _shown(cell) if cell else None) for name, cell in by_environment.items()]
    return MatrixRow(app, cells, _text(app, cells), sum_of(shown), tag_marks(cells))


def tag_marks(cells: Iterable[CellShape | None]) -> Mapping[str, str]:
    """A for what the first environment runs, B for the next other tag; none where there is but one cell."""
    tags = [cell.tag for cell in cells if cell is not None and cell.tag]
    return dict(zip(dict.fromkeys(tags), ascii_uppercase, strict=False)) if len(tags) > 1 else {}


def _text(app: str, cells: Iterable[CellShape | None]) -> str:
    said = [each for cell in cells if cell for each in _searched(cell) if each]
    return " ".join([app, *said, *(word.replace("_", " ") for word in said)]).lower()


def _searched(cell: CellShape) -> Iterator[str | None]:
    yield from (cell.tag, cell.candidate, cell.condition, cell.code, cell.why)
    yield from (each.condition for each in cell.conditions)


def _shown(cell: CellShape) -> CellShape:
    return replace(cell, age=None)


def sum_of(shown: object) -> str:
    """A short sum; ages, which change with every pass, have to be left out by whoever asks."""
    return f"{zlib.crc32(repr(shown).encode()):08x}"


# --- passes ---------------------------------------------------------------------------------------------


@value_class
class Pulse:
    """How the passes over one deploy repository go."""

    repository: str
    last: PassShape | None
    late: bool
    due: float
    """Seconds after which the next pass is late."""
    next: datetime | None
    """When that begins, at the latest."""


def pulses(snapshot: ReportSnapshot, now: datetime) -> list[Pulse]:
    due = max(LATE * snapshot.config.poll.every, timedelta(seconds=30))
    lasts = {name: snapshot.last_whole_pass(name) for name in snapshot.config.repositories}
    following = snapshot.next_passes
    return [
        Pulse(
            name,
            last,
            last is not None and now - last.finished > due,
            due.total_seconds(),
            following.get(name),
        )
        for name, last in lasts.items()
    ]


def worst(snapshot: ReportSnapshot, pulses: Iterable[Pulse]) -> CellState:
    """Of all there is: what a person has to mend, or nothing."""
    standing = snapshot.rejected or snapshot.outage
    if standing or any(pulse.late or (pulse.last and pulse.last.result != "ok") for pulse in pulses):
        return "failing"
    found = {cell.condition for cell in snapshot.cells.values()}
    if snapshot.stopped_lines:
        found.add("blocked")
    return next((name for name in STATES if name in found and name in URGENT), "current")


def faults(snapshot: ReportSnapshot, troubles: Iterable[Trouble]) -> list[tuple[str, str]]:
    """What went wrong in the last passes and is not said of any cell."""
    said = {sentence for trouble in troubles for sentence in trouble.sentences}
    found = [each for name in snapshot.config.repositories for each in _faults(snapshot, name)]
    config = (
        [("config rejected", f"{snapshot.rejected}: the last good one stays")] if snapshot.rejected else []
    )
    return [*config, *((what, why) for what, why in found if why not in said)][:LISTED]


def _faults(snapshot: ReportSnapshot, repository: str) -> Iterator[tuple[str, str]]:
    last = next(iter(snapshot.passes.get(repository, ())), None)
    if last is not None:
        if last.result == "broke":
            yield "pass broke", f"the one over {repository}, by a fault of the updater's own: see its log"
        yield from ((each["code"], each["why"]) for each in last.unreadable)
        yield from ((each["step"], each["why"]) for each in last.failed)


def warnings(snapshot: ReportSnapshot) -> list[str]:
    """What has to be known of the repositories and holds nothing, once."""
    reports = (snapshot.read.get(name) for name in snapshot.config.repositories)
    said = (warning for report in reports if report is not None for warning in report.warnings)
    return [*dict.fromkeys(said)][:LISTED]
