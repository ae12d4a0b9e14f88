"""The reports that workers tell one another: what was found here, and what others have found."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from updater.engine import Heard
from updater.engine.cluster.report_codec import packed, unpacked
from updater.engine.cluster.shared_state import SharedReport, SharedState
from updater.errors import Refused
from updater.model import Report

log = structlog.get_logger()

_NEVER = datetime.fromtimestamp(0, UTC)


class _KnownReport(NamedTuple):
    serial: int
    """The last of another's that was heard."""
    sum: str
    report: Report | None
    """Without its times; None: one that nobody here understands."""


_UNKNOWN = _KnownReport(0, "", None)


@dataclass
class ReportExchange:
    """Passes tell from their threads; what the database has to do with it is done in the engine's loop."""

    worker: str
    heard: Heard
    """Told what others have found."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _showing: threading.Lock = field(default_factory=threading.Lock)
    """What is told from now on comes after what was heard before. Taken before the other one."""
    _fresh: dict[str, tuple[SharedReport, Report]] = field(default_factory=dict)
    """Reports of ours that are not in the database yet, by repository."""
    _known: dict[str, _KnownReport] = field(default_factory=dict)
    """The last one of each repository, of ours or of another."""

    def tell(self, report: Report, number: int | None = None) -> None:
        """From now on nothing is heard that was found before. `number`: of the pass's task, if it is one's.

        What says the same as the last one, by whomever, is not packed: it is as dear as to decide.
        """
        timeless = replace(report, started=_NEVER, finished=_NEVER, stages={})
        known, body = self._known_of(report.repository), None
        total = known.sum
        if timeless != known.report:
            body = packed(timeless)
            total = hashlib.sha256(body).hexdigest()
        times = report.started, report.finished
        shared = SharedReport(report.repository, *times, total, body, worker=self.worker, number=number)
        with self._showing, self._lock:
            self._fresh[report.repository] = shared, timeless
            self._known[report.repository] = self._known_of(report.repository)._replace(
                sum=total, report=timeless
            )

    async def publish(self, state: SharedState) -> None:
        """Write down what was told."""
        with self._lock:
            fresh = list(self._fresh.values())
        for each, report in fresh:
            if not await state.renew(each):  # whose body stands there is another one's, or nobody's
                body = each.body or await asyncio.to_thread(packed, report)
                await state.publish(replace(each, body=body))
            with self._lock:
                if self._fresh.get(each.repository, (None,))[0] is each:
                    del self._fresh[each.repository]

    async def hear(self, state: SharedState) -> None:
        """What a pass of ours has found while another's was unpacked is newer: then that is not shown."""
        for each in await state.reports():
            known = self._known_of(each.repository)
            if each.worker == self.worker or each.serial == known.serial:
                continue
            total, report = known.sum, known.report
            if each.sum != total:
                total, report = await self._unpacked(state, each)
            await asyncio.to_thread(self._show, each, known, _KnownReport(each.serial, total, report))

    def _show(self, told: SharedReport, before: _KnownReport, now: _KnownReport) -> None:
        with self._showing:
            with self._lock:
                ours = told.repository in self._fresh or self._known_of(told.repository) is not before
                if ours:
                    return
                self._known[told.repository] = now
            if now.report is not None:
                self.heard(replace(now.report, started=told.started, finished=told.finished))

    def _known_of(self, repository: str) -> _KnownReport:
        return self._known.get(repository, _UNKNOWN)

    async def _unpacked(self, state: SharedState, told: SharedReport) -> tuple[str, Report | None]:
        """None: one that nobody here understands. Another version wrote it, or another hand."""
        found = await state.body(told.repository)
        if found is None:
            return "", None
        try:
            report = await asyncio.to_thread(unpacked, found[1])
        except Refused as error:
            log.warning("report_not_read", repository=told.repository, worker=told.worker, why=error.sentence)
            return found[0], None
        return found[0], report if report.repository == told.repository else None
