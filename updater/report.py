"""To tell a pass as one value. Pure; the shells log, count and show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import get_args

from updater.argocd_history import deployed_at
from updater.image_labels import built_from
from updater.model import (
    AnotherUpdater,
    Application,
    BuiltFrom,
    ChangesOf,
    ConflictOf,
    Decision,
    Deployed,
    DigestOf,
    HealthOf,
    Image,
    ImageConfig,
    ImageOf,
    MonitoringQuestion,
    Outcome,
    Placement,
    Plan,
    Proposal,
    Question,
    Report,
    SignatureOf,
    Snapshot,
    TouchedBetween,
    Unreadable,
    WayBack,
    WhatRuns,
)
from updater.situation import Situation
from updater.value_class import value_class

_PORTS: Mapping[str, tuple[type[Question], ...]] = {
    "registry": (DigestOf, ImageOf, SignatureOf),
    "argocd": (HealthOf,),
    "monitoring": get_args(MonitoringQuestion),
    "repository": (ConflictOf, ChangesOf, TouchedBetween),
}
"""Whom a question is for; the rest is the forge's."""


@value_class
class PassResult:
    """What the stages of one pass have said."""

    snapshot: Snapshot
    situation: Situation
    decisions: Sequence[Decision]
    plan: Plan
    outcomes: Sequence[Outcome] = ()
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by stage."""
    done: Sequence[Outcome] = ()
    """What was performed before a race was lost, and all tried again on the new head."""
    races: int = 0
    another: AnotherUpdater | None = None
    runs: WhatRuns = field(default_factory=WhatRuns)
    ways_back: Sequence[WayBack] = ()


def report(told: PassResult, started: datetime, finished: datetime) -> Report:
    """One decision for each app in each environment: what plan had to hold replaces what was decided."""
    held = {hold.placement: hold for hold in told.plan.held}
    return Report(
        repository=told.situation.repository,
        started=started,
        finished=finished,
        base=told.situation.base,
        decisions=tuple(held.get(decision.placement, decision) for decision in told.decisions),
        steps=(*(outcome.step for outcome in told.done), *told.plan.steps),
        outcomes=(*told.done, *told.outcomes),
        unreadable=tuple(_unreadable(told)),
        timelines={placement: state.timeline for placement, state in told.situation.states.items()},
        proposals=_proposals(told.situation),
        stages=told.stages,
        degraded=told.plan.degraded,
        deployed=dict(_deployed(told.situation)),
        ways_back=told.ways_back,
        conditions=told.runs.conditions,
        line=told.situation.line,
        steps_back={
            name: state.steps_back for name, state in told.situation.states.items() if state.steps_back
        },
        verifications=told.situation.verifications,
        verdicts={name: state.verdicts for name, state in told.situation.states.items() if state.verdicts},
        unjudged=told.runs.unjudged,
        warnings=tuple(_warnings(told)),
        builds=dict(_builds(told.situation)),
        holds_file=told.situation.holds is not None,
        races=told.races,
        another=told.another,
        narrowed=told.snapshot.narrowed,
    )


def _warnings(told: PassResult) -> Iterator[str]:
    yield from told.situation.warnings
    yield from [told.another.sentence] if told.another else []
    yield from told.runs.mistakes


def _builds(situation: Situation) -> Iterator[tuple[tuple[Image, str], BuiltFrom]]:
    for question, answer in situation.answers.items():
        said = built_from(answer) if isinstance(answer, ImageConfig) else None
        if said is not None and isinstance(question, ImageOf):
            yield (question.image, question.tag), said


def _proposals(situation: Situation) -> Mapping[Placement, tuple[Proposal, ...]]:
    found = {
        placement: tuple(each for each in (state.proposal, state.asked) if each is not None)
        for placement, state in situation.states.items()
    }
    return {placement: proposals for placement, proposals in found.items() if proposals}


def _deployed(situation: Situation) -> Iterator[tuple[Placement, Deployed]]:
    for placement, state in situation.states.items():
        stay, rollout = state.timeline.current, state.rollout
        answer = situation.answers.get(rollout.question) if rollout else None
        if stay is not None and rollout is not None and isinstance(answer, tuple) and answer:
            found = tuple(one for one in answer if isinstance(one, Application))
            at = deployed_at(found, [stay], rollout)
            yield placement, Deployed(stay.tag, stay.since, at, found)


def _unreadable(told: PassResult) -> Iterator[Unreadable]:
    """Each failed reading once, with the port that did not answer."""
    found = (replace(each, port=port) for port, each in _readings(told) if isinstance(each, Unreadable))
    yield from dict.fromkeys(found)


def _readings(told: PassResult) -> Iterator[tuple[str, object]]:
    snapshot = told.snapshot
    of_git: list[object] = [snapshot.heads, snapshot.history, *snapshot.files.values()]
    yield from (("repository", reading) for reading in of_git)
    yield from (("registry", reading) for reading in snapshot.listings.values())
    yield "forge", snapshot.pull_requests
    yield from (("registry", reading) for reading in told.situation.running_unread)
    yield from ((_port(question), answer) for question, answer in told.situation.answers.items())


def _port(question: Question) -> str:
    return next((port for port, kinds in _PORTS.items() if isinstance(question, kinds)), "forge")
