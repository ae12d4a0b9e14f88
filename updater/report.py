"""To tell a pass as one value. Pure; the shells log, count and show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from updater.argocd_history import deployed
from updater.model import (
    Application,
    ChangesOf,
    ConflictOf,
    Decision,
    Deployed,
    DigestOf,
    Fact,
    HealthOf,
    ImageOf,
    Outcome,
    Placement,
    Plan,
    Proposal,
    Report,
    SignatureOf,
    Snapshot,
    Unreadable,
)
from updater.situation import Facts

_PORTS: Mapping[str, tuple[type[Fact], ...]] = {
    "registry": (DigestOf, ImageOf, SignatureOf),
    "argocd": (HealthOf,),
    "repository": (ConflictOf, ChangesOf),
}
"""Whom a fact is asked of; the rest is the forge's."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the stages of one pass have said."""

    snapshot: Snapshot
    facts: Facts
    decisions: Sequence[Decision]
    plan: Plan
    outcomes: Sequence[Outcome] = ()
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by stage."""


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
        stages=told.stages,
        degraded=told.plan.degraded,
        deployed=dict(_deployed(told.facts)),
        warnings=told.facts.warnings,
    )


def _proposals(facts: Facts) -> Mapping[Placement, tuple[Proposal, ...]]:
    found = {
        placement: tuple(each for each in (state.proposal, state.asked) if each is not None)
        for placement, state in facts.states.items()
    }
    return {placement: proposals for placement, proposals in found.items() if proposals}


def _deployed(facts: Facts) -> Iterator[tuple[Placement, Deployed]]:
    for placement, state in facts.states.items():
        stay, question = state.timeline.current, state.policy.health
        answer = facts.answers.get(question) if question else None
        if stay is not None and isinstance(answer, tuple) and answer:
            found = tuple(one for one in answer if isinstance(one, Application))
            at = deployed(found, [stay], state.lineage)
            yield placement, Deployed(stay.tag, stay.since, at, found)


def _unreadable(told: Told) -> Iterator[Unreadable]:
    """Each failed reading once, with the port that did not answer."""
    found = (replace(each, port=port) for port, each in _readings(told) if isinstance(each, Unreadable))
    yield from dict.fromkeys(found)


def _readings(told: Told) -> Iterator[tuple[str, object]]:
    snapshot = told.snapshot
    of_git: list[object] = [snapshot.heads, snapshot.history, *snapshot.files.values()]
    yield from (("repository", reading) for reading in of_git)
    yield from (("registry", reading) for reading in snapshot.listings.values())
    yield "forge", snapshot.pull_requests
    yield from ((_port(fact), answer) for fact, answer in told.facts.answers.items())


def _port(fact: Fact) -> str:
    return next((port for port, kinds in _PORTS.items() if isinstance(fact, kinds)), "forge")
