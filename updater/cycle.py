"""One pass over one deploy repository. Read this first: it is the whole product in a few lines."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
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
from updater.plan import plan, plan_holds_change
from updater.report import PassResult, report
from updater.situation import PlacementState, Situation

RACES = 5
"""How often a pass decides anew after a lost push race; then the next pass has its turn."""
ROUNDS = 16
"""How often decisions and the plan may ask. A candidate takes one, or two where its commit is asked about;
one that a gate holds makes room for an older one, which asks anew. A plan takes three at most."""
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
            snapshot, situation = self._interpret(snapshot)
        situation, decisions, planned = self._settle(situation, watch)
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

    def _interpret(self, snapshot: Snapshot) -> tuple[Snapshot, Situation]:
        """Where a scheme has to know when images were created, that is read, and all is understood again."""
        situation = interpret(snapshot, self.config, self.pin_cache, self.elsewhere)
        if asked := tags_to_date(snapshot, situation):
            snapshot = read_dates(self.sources, asked, snapshot)
            situation = interpret(snapshot, self.config, self.pin_cache, self.elsewhere)
        answers = look_up(self.sources, branch_questions(situation))
        return snapshot, with_branch_answers(situation, answers, self.pin_cache)

    def _settle(self, situation: Situation, watch: Stopwatch) -> tuple[Situation, tuple[Decision, ...], Plan]:
        """Decide and plan; look up what either asks for; and again with the answers."""
        if isinstance(self.request, HoldsChange):
            planned = plan_holds_change(situation, self.request, self.config) if situation.base else Plan(())
            return situation, (), planned
        decisions, planned, asked = None, Plan(()), frozenset[Question]()
        for left in reversed(range(ROUNDS)):
            if decisions is None:
                with watch("decide"):
                    decisions, asked = self._decide(situation, settle=not left)
            if decisions is not None:
                with watch("plan"):
                    planned = plan(situation, decisions, self.config)
                asked = frozenset() if self.request else planned.questions
            if not asked or not left:
                break
            with watch("observe"):
                situation = with_answers(situation, self.config, look_up(self.sources, asked))
        return situation, decisions or (), planned

    def _decide(
        self, situation: Situation, *, settle: bool
    ) -> tuple[tuple[Decision, ...] | None, frozenset[Question]]:
        """The decisions, or what has to be known first; to `settle` is to do without."""
        assert not isinstance(self.request, HoldsChange), "that is planned, and not decided"
        answers = decide(situation, self.request)
        needs = [answer for answer in answers.values() if isinstance(answer, Needs)]
        if needs and not settle:
            return None, frozenset[Question]().union(*(need.questions for need in needs))
        final = (give_up(answer, situation) for answer in answers.values())
        return tuple(apply_limits(final, situation, self.config.limits)), frozenset()


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
