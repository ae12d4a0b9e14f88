"""What the log says of a pass: one line for it, one for each act, one for each reading that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from updater import times
from updater.model import (
    ClosePullRequest,
    Condition,
    Decision,
    Degraded,
    Hold,
    MergePullRequest,
    OpenPullRequest,
    Outcome,
    Placement,
    PushBase,
    PushVerdicts,
    Report,
    Step,
    StoppedLine,
    UpdatePullRequest,
)
from updater.views.steps import titles
from updater.views.stopped_line import line_words

_EVENTS: Mapping[type[Step], str] = {
    OpenPullRequest: "proposal_opened",
    UpdatePullRequest: "proposal_updated",
    ClosePullRequest: "proposal_closed",
    MergePullRequest: "proposal_merged",
    PushVerdicts: "deployment_judged",
}

log = structlog.get_logger()


class PassLogger:
    """Remembers the reason of each hold, so that only a new one is told."""

    def __init__(self) -> None:
        self._why: dict[Placement, str] = {}
        self._conditions: dict[str, Mapping[tuple[Placement, str], Condition]] = {}
        self._degraded: set[tuple[Placement, str]] = set()
        self._others: set[str] = set()
        self._lines: dict[str, StoppedLine] = {}
        self._ways: dict[str, frozenset[tuple[str, str]]] = {}

    def tell(self, report: Report) -> None:
        """Tell one pass."""
        for reading in report.unreadable:
            log.warning("reading_failed", repository=report.repository, code=reading.code, why=reading.why)
        for outcome in report.outcomes:
            _tell_outcome(outcome, report.repository)
        for hold in report.mistakes:
            log.error("decision_broke", repository=report.repository, **_named(hold))
        for one in report.degraded:
            self._tell_degraded(one, report.repository)
        if report.another is not None and report.another.commit not in self._others:
            self._others.add(report.another.commit)
            log.error("another_updater", repository=report.repository, why=report.another.sentence)
        self._tell_line(report)
        self._tell_ways_back(report)
        self._tell_conditions(report)
        for decision in report.decisions:
            self._tell_hold(decision, report.repository)
        _tell_pass(report)

    def _tell_hold(self, decision: Decision, repository: str) -> None:
        if not isinstance(decision, Hold):
            self._why.pop(decision.placement, None)
            return
        code = decision.reasons[0].code
        if self._why.get(decision.placement) != code:
            self._why[decision.placement] = code
            log.info("app_held", repository=repository, **_named(decision))

    def _tell_line(self, report: Report) -> None:
        """When it is stopped, or for longer, and when it goes on; of what was not read nobody can say."""
        before, now = self._lines.get(report.repository), report.line
        if report.base is None or before == now:
            return
        if now is None:
            del self._lines[report.repository]
            log.info("line_released", repository=report.repository)
            return
        self._lines[report.repository] = now
        by = now.by if now.by_hand else "breaker"
        until = times.to_iso(now.until) if now.until else None
        log.warning("line_stopped", repository=report.repository, by=by, until=until, why=line_words(now))

    def _tell_ways_back(self, report: Report) -> None:
        """What becomes of each that has failed, when that changes."""
        told = self._ways.get(report.repository, frozenset())
        now = {(way.failed.commit, f"{way.placement} {way.result}"): way for way in report.ways_back}
        for name in now.keys() - told:
            way = now[name]
            named = {**way.placement._asdict(), "tag": way.failed.tag, "by": way.by, "result": way.result}
            log.warning("way_back_decided", **named, why=way.sentence, command=way.command)
        self._ways[report.repository] = frozenset(now)

    def _tell_conditions(self, report: Report) -> None:
        """When one begins, and when it ends."""
        before = self._conditions.get(report.repository, {})
        now = {(each.placement, f"{each.kind} {each.key}"): each for each in report.conditions}
        for name in now.keys() - before.keys():
            named = {"condition": now[name].kind.code, "tag": now[name].tag, **name[0]._asdict()}
            log.warning("condition_began", **named, why=now[name].sentence, command=now[name].command)
        for name in before.keys() - now.keys():
            named = {"condition": before[name].kind.code, "tag": before[name].tag, **name[0]._asdict()}
            log.info("condition_ended", **named)
        self._conditions[report.repository] = now

    def _tell_degraded(self, one: Degraded, repository: str) -> None:
        """Once for each merge."""
        if (one.placement, one.tag) in self._degraded:
            return
        self._degraded.add((one.placement, one.tag))
        named = {**one.placement._asdict(), "tag": one.tag, "url": one.url}
        log.error(
            "degraded_after_merge", repository=repository, **named, why=one.sentence, command=one.command
        )


def _named(hold: Hold) -> dict[str, str]:
    """A hold as a line of the log names it."""
    environment, app = hold.placement
    reason = hold.reasons[0]
    return {"environment": environment, "app": app, "code": reason.code, "why": reason.sentence}


def _tell_outcome(outcome: Outcome, repository: str) -> None:
    if outcome.error is not None:
        level = log.error if outcome.failed else log.warning
        for title in titles(outcome.step):
            level("step_failed", repository=repository, step=title, code=outcome.code, error=outcome.error)
        return
    if isinstance(outcome.step, PushBase):
        _tell_promotions(outcome.step, repository)
        return
    for title in titles(outcome.step):
        log.info(_event(outcome.step), repository=repository, step=title, url=outcome.url)


def _event(step: Step) -> str:
    return _EVENTS.get(type(step), "step_done")


def _tell_promotions(step: PushBase, repository: str) -> None:
    for draft in step.update.drafts:
        environment, app = draft.placement
        subject = draft.message.partition("\n")[0]
        event = "app_promoted" if draft.rollback is None else "app_rolled_back"
        log.info(event, repository=repository, environment=environment, app=app, subject=subject)


def _tell_pass(report: Report) -> None:
    holds = sum(isinstance(decision, Hold) for decision in report.decisions)
    counts: dict[str, Any] = {
        "to_promote": len(report.decisions) - holds,
        "held": holds,
        "steps": len(report.steps),
        "unreadable": len(report.unreadable),
        "lost_races": report.races,
    }
    log.info(
        "pass_finished",
        repository=report.repository,
        result="failed" if report.failed else "ok",
        base=report.base,
        **({"images": sorted(map(str, report.narrowed.images))} if report.narrowed else {}),
        **counts,
        seconds=round((report.finished - report.started).total_seconds(), 3),
    )
