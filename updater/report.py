"""To tell a pass as one value. Pure; the shells log, count and show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from updater.facts import Facts
from updater.model import Decision, Outcome, Placement, Plan, Proposal, Report, Snapshot, Unreadable


@dataclass(frozen=True, slots=True)
class Told:
    """What the stages of one pass have said."""

    snapshot: Snapshot
    facts: Facts
    decisions: Sequence[Decision]
    plan: Plan
    outcomes: Sequence[Outcome] = ()


def report(told: Told, finished: datetime, done: Sequence[Outcome] = ()) -> Report:
    """One decision for each app in each environment: what plan had to hold replaces what was decided.

    `done` is what was performed before a race was lost, and everything decided anew.
    """
    held = {hold.placement: hold for hold in told.plan.held}
    return Report(
        repository=told.facts.repository,
        started=told.facts.now,
        finished=finished,
        base=told.facts.base,
        decisions=tuple(held.get(decision.placement, decision) for decision in told.decisions),
        steps=(*(outcome.step for outcome in done), *told.plan.steps),
        outcomes=(*done, *told.outcomes),
        unreadable=tuple(_unreadable(told)),
        timelines={placement: state.timeline for placement, state in told.facts.states.items()},
        proposals=_proposals(told.facts),
    )


def _proposals(facts: Facts) -> Mapping[Placement, tuple[Proposal, ...]]:
    found = {
        placement: tuple(each for each in (state.proposal, state.asked) if each is not None)
        for placement, state in facts.states.items()
    }
    return {placement: proposals for placement, proposals in found.items() if proposals}


def _unreadable(told: Told) -> Iterator[Unreadable]:
    snapshot = told.snapshot
    readings: list[object] = [snapshot.heads, snapshot.history, snapshot.pull_requests]
    readings += [*snapshot.files.values(), *snapshot.listings.values(), *told.facts.answers.values()]
    yield from dict.fromkeys(reading for reading in readings if isinstance(reading, Unreadable))
