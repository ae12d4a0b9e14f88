"""One pass over one deploy repository. Read this first: it is the whole product in a few lines."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from updater.apply import Sinks, apply
from updater.config import Config
from updater.decide import decide, limited, unanswered
from updater.interpret import Values, answered, branch_questions, inspected, interpret, undated
from updater.model import (
    Decision,
    Fact,
    Image,
    Needs,
    Outcome,
    Placement,
    Plan,
    Record,
    Report,
    Request,
    Snapshot,
    Unreadable,
)
from updater.observe import Sources, date, look_up, observe
from updater.plan import plan, plan_record, unasked
from updater.report import Told, report
from updater.situation import Facts, State

RACES = 5
"""How often a pass decides anew after a lost push race; then the next pass has its turn."""
ROUNDS = 12
"""How often a decision may ask for more facts. A candidate takes one, or two where its commit is asked about;
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
    elsewhere: Mapping[Placement, State] = field(default_factory=dict)
    """Predecessors in other repositories, as last read."""
    request: Request | Record | None = None
    """A person's order; then nothing else is decided in this pass."""
    values: Values = field(default_factory=Values)
    """What blobs said, kept between passes. It may vanish: it saves work, it decides nothing."""
    jitter: float = JITTER
    facts: Facts | None = None
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

    def _once(self) -> Told:
        watch = Stopwatch()
        with watch("observe"):
            snapshot = self._observe()
        with watch("interpret"):
            facts = interpret(snapshot, self.config, self.values, self.elsewhere)
            if asked := undated(snapshot, facts):
                snapshot = date(self.sources, asked, snapshot)
                facts = interpret(snapshot, self.config, self.values, self.elsewhere)
            facts = inspected(facts, look_up(self.sources, branch_questions(facts)), self.values)
        with watch("decide"):
            facts, decisions = self._settle(facts)
        with watch("plan"):
            planned = self._plan(facts, decisions)
        with watch("apply"):
            outcomes = apply(planned.steps, self.sinks) if self.sinks else ()
        self.facts = facts
        return Told(snapshot, facts, decisions, planned, outcomes, watch.seconds)

    def _observe(self) -> Snapshot:
        """An order of a person's is carried out with the person's own token."""
        acts = self.sinks is not None and self.request is None
        where = (self.config, self.repository)
        return observe(self.sources, *where, self.values.known, self._left, acts=acts)

    @property
    def _left(self) -> frozenset[Image]:
        """The images that the last run could not list."""
        listings = self.facts.listings if self.facts else {}
        return frozenset(image for image, listing in listings.items() if isinstance(listing, Unreadable))

    def _plan(self, facts: Facts, decisions: Sequence[Decision]) -> Plan:
        if isinstance(self.request, Record):
            return plan_record(facts, self.request, self.config) if facts.base else Plan(())
        return plan(facts, decisions, self.config)

    def _settle(self, facts: Facts) -> tuple[Facts, tuple[Decision, ...]]:
        """Decide; read what the decisions still need; decide again."""
        if isinstance(self.request, Record):
            return facts, ()
        answers = decide(facts, self.request)
        for _ in range(ROUNDS):
            needs = [answer for answer in answers.values() if isinstance(answer, Needs)]
            if not needs:
                break
            wanted = frozenset[Fact]().union(*(need.facts for need in needs))
            facts = answered(facts, self.config, look_up(self.sources, wanted))
            answers = decide(facts, self.request)
        final = (unanswered(answer, facts) for answer in answers.values())
        decisions = tuple(limited(final, facts, self.config.limits))
        for _ in range(0 if self.request else PLANNED):
            wanted = unasked(facts, decisions, self.config)
            facts = answered(facts, self.config, look_up(self.sources, wanted))
        return facts, decisions


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
