"""What the page and the API read: the Reports port, and the keeper the shells hand their reports to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Protocol, TypeVar

from updater.config import Config
from updater.engine import Outage
from updater.model import (
    CommitDraft,
    Condition,
    Decision,
    DeploymentVerdict,
    Placement,
    PushBase,
    PushBranches,
    PushVerdicts,
    RefUpdate,
    Report,
    Step,
    Timeline,
    Verdict,
    Verification,
    WayBack,
)
from updater.views.builds import Builds, BuiltShape, build_of, built_shape
from updater.views.holds_file import HoldsFileShape
from updater.views.orders import OrderShape, orders
from updater.views.passes import PassShape, broken_pass, next_pass, one_pass
from updater.views.status import CellShape
from updater.views.stopped_line import StoppedLineShape, stopped_lines
from updater.web import links
from updater.web.kept_cells import KeptCells, SummedCell

Known = TypeVar("Known")

PASSES = 20
"""How many passes over each repository are remembered."""
BUILDS = 200
"""Of images that nothing shows any more, how many are remembered at least."""
JUDGED = 32
"""Apps in environments whose candidates are remembered with all that is said of them."""


@dataclass(frozen=True)
class ReportSnapshot:
    """What is known at one moment. Whoever holds it sees no change.

    There is a new one after each pass of each repository: what costs as much as there is of all of them is
    made when somebody looks.
    """

    config: Config
    last: Mapping[str, Report] = field(default_factory=dict)
    """The last pass over each repository, without the texts it wrote."""
    read: Mapping[str, Report] = field(default_factory=dict)
    """The last pass that could read the repository."""
    elsewhere: frozenset[str] = frozenset()
    """The repositories whose last pass another process has made."""
    passes: Mapping[str, Sequence[PassShape]] = field(default_factory=dict)
    """The latest first."""
    cells_of: Mapping[str, Mapping[Placement, CellShape]] = field(default_factory=dict)
    """By repository."""
    builds_read: Builds = field(default_factory=dict)
    """Also some that nothing shows any more."""
    rejected: str | None = None
    """What is wrong with a newer config, which is not in use for that."""
    outage: Outage | None = None
    """Why no pass begins here, where that is so."""
    version: str = "0"
    """Changes when something else is shown; a pass that has changed nothing keeps it."""

    @cached_property
    def cells(self) -> Mapping[Placement, CellShape]:
        """In the order of the config."""
        every = {place: cell for cells in self.cells_of.values() for place, cell in cells.items()}
        return {place: every[place] for place in self.config.policies if place in every}

    @cached_property
    def builds(self) -> Builds:
        """From what the tags in the cells were built, as far as a pass has read their images."""
        return _shown(self.builds_read, self.cells_of)

    @property
    def latest_passes(self) -> Sequence[PassShape]:
        """Over all repositories, the latest first."""
        told = [each for passes in self.passes.values() for each in passes]
        return sorted(told, key=lambda each: each.finished, reverse=True)

    def last_whole_pass(self, repository: str) -> PassShape | None:
        """What comes for a hook's images alone is no poll."""
        return next((each for each in self.passes.get(repository, ()) if not each.images), None)

    @property
    def next_passes(self) -> Mapping[str, datetime]:
        """By repository, when the next one begins at the latest; none while no pass begins here."""
        if self.outage is not None:
            return {}
        lasts = {name: self.last_whole_pass(name) for name in self.config.repositories}
        every = self.config.poll.every
        return {name: next_pass(last, every) for name, last in lasts.items() if last is not None}

    def decision(self, placement: Placement) -> Decision | None:
        policy = self.config.policies.get(placement)
        report = self.last.get(policy.repository) if policy else None
        decisions = report.decisions if report else ()
        return next((decision for decision in decisions if decision.placement == placement), None)

    def orders(self, placement: Placement) -> Sequence[OrderShape]:
        """What a person may order there."""
        deliver = self.config.policies[placement].deliver
        return orders(self.decision(placement), self.timeline(placement), deliver)

    def holds_file(self, placement: Placement) -> HoldsFileShape | None:
        """As last read; None where others write, or nobody has read yet whether it is there."""
        policy = self.config.policies[placement]
        report = self.read.get(policy.repository)
        if policy.deliver == "none" or report is None:
            return None
        return links.holds_file(self.config, placement, exists=report.holds_file)

    def builds_of(self, placement: Placement) -> Mapping[str, BuiltShape]:
        """By tag: of what runs there, and of what comes."""
        cell, images = self.cells.get(placement), self.config.policies[placement].images
        tags = [tag for tag in (cell.tag, cell.candidate) if tag] if cell else []
        found = {tag: build_of(tag, images, self.builds) for tag in tags}
        return {
            tag: built_shape(build, links.source(self.config, build.commit))
            for tag, build in found.items()
            if build is not None
        }

    def conditions(self, placement: Placement) -> Sequence[Condition]:
        """As last found, for as long as nobody can say otherwise."""
        report = self.last.get(self.config.policies[placement].repository)
        return report.conditions if report else ()

    def ways_back(self, placement: Placement) -> Sequence[WayBack]:
        """As last decided."""
        report = self.last.get(self.config.policies[placement].repository)
        return report.ways_back if report else ()

    @property
    def stopped_lines(self) -> Sequence[StoppedLineShape]:
        """As last read, in the order of the config."""
        read = (self.read.get(name) for name in self.config.repositories)
        return stopped_lines(report for report in read if report is not None)

    def verification(self, placement: Placement) -> Verification | None:
        report = self.last.get(self.config.policies[placement].repository)
        return report.verifications.get(placement) if report else None

    def deployment_verdicts(self, placement: Placement) -> Sequence[DeploymentVerdict]:
        """As last read; oldest first."""
        repository = self.config.policies[placement].repository
        report = self.read.get(repository) or self.last.get(repository)
        return report.verdicts.get(placement, ()) if report else ()

    def timeline(self, placement: Placement) -> Timeline | None:
        """As last read."""
        repository = self.config.policies[placement].repository
        report = self.read.get(repository) or self.last.get(repository)
        return report.timelines.get(placement) if report else None


class ReportReader(Protocol):
    """All that the web sees of the updater."""

    def snapshot(self) -> ReportSnapshot:
        """What is known now."""

    def now(self) -> datetime:
        """By the clock the passes go by."""

    def verdicts(self, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        """What the last pass can say of the candidates, or of one tag."""

    def listen(self, heard: Callable[[], None]) -> None:
        """Call this, from any thread, after each pass."""


class ReportStore:
    """Keeps the last reports. Passes write from their threads, requests read from theirs."""

    def __init__(
        self,
        config: Config,
        now: Callable[[], datetime],
        verdicts: Callable[[str, Placement, str | None], tuple[Verdict, ...]],
    ) -> None:
        self.now = now
        self._verdicts = verdicts
        self._board = ReportSnapshot(config)
        self._sums: dict[str, int] = {}
        self._kept: dict[str, KeptCells] = {}
        self._enough_builds = BUILDS
        self._judged: dict[Placement, tuple[Report | None, tuple[Verdict, ...]]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._writing = Lock()

    def snapshot(self) -> ReportSnapshot:
        return self._board

    def verdicts(self, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        snapshot = self._board
        policy = snapshot.config.policies.get(placement)
        if policy is None or policy.repository not in snapshot.read:
            return ()
        if tag is not None:
            return self._verdicts(policy.repository, placement, tag)
        return self._of_all(snapshot.last.get(policy.repository), policy.repository, placement)

    def _of_all(self, report: Report | None, repository: str, placement: Placement) -> tuple[Verdict, ...]:
        """Of every candidate: judged once after each pass, for all who ask."""
        kept = self._judged.get(placement)
        if kept is None or kept[0] is not report:
            kept = (report, self._verdicts(repository, placement, None))
            others = self._judged if len(self._judged) < JUDGED else {}
            self._judged = {**others, placement: kept}
        return kept[1]

    def listen(self, heard: Callable[[], None]) -> None:
        self._listeners.append(heard)

    def keep(self, report: Report, *, elsewhere: bool = False) -> None:
        """After a pass. `elsewhere`: another process has made it."""
        report = light(report)
        with self._writing:
            others = self._board.elsewhere - {report.repository}
            if elsewhere:
                others |= {report.repository}
            self._board = replace(self._with(report), elsewhere=others)
        self._tell()

    def broke(self, repository: str, started: datetime) -> None:
        """A pass ended by a fault of our own: what was last known stays, and this is said beside it."""
        told = broken_pass(repository, started, self.now())
        with self._writing:
            self._sums[repository] = ~self._sums.get(repository, 0)
            self._board = replace(self._board, passes=self._noted(told), version=self._version())
        self._tell()

    def configure(self, config: Config) -> None:
        """What the config no longer names is forgotten."""
        self._take(config, accepted=True)
        self._tell()

    def complete(self, config: Config) -> None:
        """The same config, with what a pass has read of it since."""
        self._take(config, accepted=False)

    def _take(self, config: Config, *, accepted: bool) -> None:
        with self._writing:
            rejected = None if accepted else self._board.rejected
            outage = self._board.outage if config.engine.procrastinate else None
            board = self._board
            cells = {name: _named_by(config, name, cells) for name, cells in _of(config, board.cells_of)}
            self._kept = dict(_of(config, self._kept))
            self._sums = {**dict(_of(config, self._sums)), "": self._sums.get("", 0) + 1}
            self._board = replace(
                board,
                config=config,
                last=dict(_of(config, board.last)),
                read=dict(_of(config, board.read)),
                elsewhere=board.elsewhere.intersection(config.repositories),
                passes=dict(_of(config, board.passes)),
                cells_of=cells,
                rejected=rejected,
                outage=outage,
                version=self._version(),
            )

    def reject(self, why: str) -> None:
        """A newer config is wrong; the one in use stays."""
        with self._writing:
            self._sums[""] = self._sums.get("", 0) + 1
            self._board = replace(self._board, rejected=why, version=self._version())
        self._tell()

    def stand(self, outage: Outage | None) -> None:
        """No pass begins here, or one can again."""
        with self._writing:
            self._sums[""] = self._sums.get("", 0) + 1
            self._board = replace(self._board, outage=outage, version=self._version())
        self._tell()

    def _version(self) -> str:
        return f"{zlib.crc32(repr(sorted(self._sums.items())).encode()):08x}"

    def _tell(self) -> None:
        for heard in self._listeners:
            heard()

    def _with(self, report: Report) -> ReportSnapshot:
        snapshot, name = self._board, report.repository
        read = {**snapshot.read, name: report} if report.base is not None else snapshot.read
        told = self._kept.setdefault(name, KeptCells()).of(report, read.get(name))
        self._sums[name] = _sum(report, told)
        mine = {**snapshot.cells_of.get(name, {}), **{each.cell.placement: each.cell for each in told}}
        cells = {**snapshot.cells_of, name: _named_by(snapshot.config, name, mine)}
        return replace(
            snapshot,
            last={**snapshot.last, name: report},
            read=read,
            passes=self._noted(one_pass(report)),
            builds_read=self._builds(report, cells) if report.builds else snapshot.builds_read,
            cells_of=cells,
            version=self._version(),
        )

    def _builds(self, report: Report, cells: Mapping[str, Mapping[Placement, CellShape]]) -> Builds:
        """Those that nothing shows are forgotten now and then: to look for them is to look at every cell."""
        builds: Builds = {**self._board.builds_read, **report.builds}
        if len(builds) > self._enough_builds:
            builds = _shown(builds, cells)
            self._enough_builds = 2 * len(builds) + BUILDS
        return builds

    def _noted(self, told: PassShape) -> Mapping[str, Sequence[PassShape]]:
        before = self._board.passes.get(told.repository, ())
        return {**self._board.passes, told.repository: (told, *before[: PASSES - 1])}


def _shown(builds: Builds, cells_of: Mapping[str, Mapping[Placement, CellShape]]) -> Builds:
    cells = (cell for cells in cells_of.values() for cell in cells.values())
    shown = {tag for cell in cells for tag in (cell.tag, cell.candidate)}
    return {key: build for key, build in builds.items() if key[1] in shown}


def _of(config: Config, known: Mapping[str, Known]) -> Iterator[tuple[str, Known]]:
    """What is known of the repositories that the config has."""
    return ((name, each) for name, each in known.items() if name in config.repositories)


def _named_by(
    config: Config, repository: str, cells: Mapping[Placement, CellShape]
) -> Mapping[Placement, CellShape]:
    """Those that the config still has, and has there."""
    named = ((config.policies.get(place), place, cell) for place, cell in cells.items())
    return {place: cell for policy, place, cell in named if policy and policy.repository == repository}


def _sum(report: Report, told: Sequence[SummedCell]) -> int:
    """Of all that is shown, except how old it is."""
    shown: list[Any] = [each.sum for each in told]
    shown += [(reading.code, reading.why) for reading in report.unreadable]
    shown += [*report.warnings, report.line]
    for decision in report.decisions:
        for verdict in decision.considered:
            shown.append(
                (
                    verdict.tag,
                    [
                        (ruling.code, ruling.passes, ruling.proposable, ruling.until)
                        for ruling in verdict.rulings
                    ],
                )
            )
    return zlib.crc32(repr(shown).encode())


def light(report: Report) -> Report:
    """Without the texts of files, which nobody is shown and which may be large."""
    outcomes = tuple(replace(outcome, step=_without_texts(outcome.step)) for outcome in report.outcomes)
    return replace(report, steps=(), outcomes=outcomes)


def _without_texts(step: Step) -> Step:
    match step:
        case PushBase(update=update) | PushVerdicts(update=update):
            return replace(step, update=_bare(update))
        case PushBranches(updates=updates):
            return replace(step, updates=tuple(map(_bare, updates)))
        case _:
            return step


def _bare(update: RefUpdate) -> RefUpdate:
    drafts = tuple(CommitDraft(draft.placement, draft.message, {}) for draft in update.drafts)
    return replace(update, drafts=drafts)
