"""One pass over one deploy repository. Read this first: it is the whole product in a few lines."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from updater.apply import Sinks, apply
from updater.config import Config
from updater.decide import apply_limits, decide, give_up
from updater.interpret import (
    PinCache,
    branch_questions,
    interpret,
    tags_to_date,
    with_answers,
    with_branch_answers,
)
from updater.model import (
    Decision,
    HoldsChange,
    Image,
    Needs,
    Outcome,
    Placement,
    Plan,
    Question,
    Report,
    Request,
    Snapshot,
    Unreadable,
)
from updater.observe import Sources, look_up, observe, read_dates
from updater.plan import plan, plan_holds_change, unasked
from updater.report import PassResult, report
from updater.situation import PlacementState, Situation

RACES = 5
"""How often a pass decides anew after a lost push race; then the next pass has its turn."""
ROUNDS = 12
"""How often a decision may ask more questions. A candidate takes one, or two where its commit is asked about;
one that a gate holds makes room for an older one, which asks anew."""
PLANNED = 2
"""And how often the plan: what images say of themselves leads to the commits they were built from."""
JITTER = 0.5
"""Seconds, at most, times the races lost so far, between a lost race and the next try."""


@dataclass
class Pass:
    """What one pass works with."""

    sources: Sources
    sinks: Sinks | None
    """None: decide and show, write nothing."""
    config: Config
    repository: str
    elsewhere: Mapping[Placement, PlacementState] = field(default_factory=dict)
    """Predecessors in other repositories, as last read."""
    request: Request | HoldsChange | None = None
    """A person's order; then nothing else is decided in this pass."""
    pin_cache: PinCache = field(default_factory=PinCache)
    """What blobs said, kept between passes. It may vanish: it saves work, it decides nothing."""
    jitter: float = JITTER
    situation: Situation | None = None
    """What the last run understood: for successors in other repositories, and for people who ask why."""

    def run(self) -> Report:
        """Read, decide, write; and again from the new head where somebody else pushed first."""
        told, done = self._once(), list[Outcome]()
        for lost in range(1, RACES):
            if not any(outcome.lost_race for outcome in told.outcomes):
                break
            done += (outcome for outcome in told.outcomes if outcome.error is None)
            time.sleep(random.uniform(0, self.jitter * lost))  # noqa: S311 - spreads retries, hides nothing
            told = self._once()
        return report(told, self.sources.clock(), done)

    def _once(self) -> PassResult:
        watch = Stopwatch()
        with watch("observe"):
            snapshot = self._observe()
        with watch("interpret"):
            situation = interpret(snapshot, self.config, self.pin_cache, self.elsewhere)
            if asked := tags_to_date(snapshot, situation):
                snapshot = read_dates(self.sources, asked, snapshot)
                situation = interpret(snapshot, self.config, self.pin_cache, self.elsewhere)
            situation = with_branch_answers(
                situation, look_up(self.sources, branch_questions(situation)), self.pin_cache
            )
        with watch("decide"):
            situation, decisions = self._settle(situation)
        with watch("plan"):
            planned = self._plan(situation, decisions)
        with watch("apply"):
            outcomes = apply(planned.steps, self.sinks) if self.sinks else ()
        self.situation = situation
        return PassResult(snapshot, situation, decisions, planned, outcomes, watch.seconds)

    def _observe(self) -> Snapshot:
        """An order of a person's is carried out with the person's own token."""
        acts = self.sinks is not None and self.request is None
        where = (self.config, self.repository)
        return observe(self.sources, *where, self.pin_cache.known, self._left, acts=acts)

    @property
    def _left(self) -> frozenset[Image]:
        """The images that the last run could not list."""
        listings = self.situation.listings if self.situation else {}
        return frozenset(image for image, listing in listings.items() if isinstance(listing, Unreadable))

    def _plan(self, situation: Situation, decisions: Sequence[Decision]) -> Plan:
        if isinstance(self.request, HoldsChange):
            return plan_holds_change(situation, self.request, self.config) if situation.base else Plan(())
        return plan(situation, decisions, self.config)

    def _settle(self, situation: Situation) -> tuple[Situation, tuple[Decision, ...]]:
        """Decide; read what the decisions still need; decide again."""
        if isinstance(self.request, HoldsChange):
            return situation, ()
        answers = decide(situation, self.request)
        for _ in range(ROUNDS):
            needs = [answer for answer in answers.values() if isinstance(answer, Needs)]
            if not needs:
                break
            wanted = frozenset[Question]().union(*(need.questions for need in needs))
            situation = with_answers(situation, self.config, look_up(self.sources, wanted))
            answers = decide(situation, self.request)
        final = (give_up(answer, situation) for answer in answers.values())
        decisions = tuple(apply_limits(final, situation, self.config.limits))
        for _ in range(0 if self.request else PLANNED):
            wanted = unasked(situation, decisions, self.config)
            situation = with_answers(situation, self.config, look_up(self.sources, wanted))
        return situation, decisions


@dataclass
class Stopwatch:
    """How long each stage takes, by the monotonic clock."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By stage; a stage that runs twice is added up."""

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Measure what happens inside."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - began
