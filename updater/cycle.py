"""One pass over one deploy repository. Read this first: it is the whole product in a few lines."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from updater.apply import Sinks, apply
from updater.config import Config
from updater.decide import apply_limits, decide, give_up, is_limited
from updater.decide.automatic_rollback import decided_ways_back
from updater.decide.conditions import judge_what_runs, running_questions
from updater.decide.kept_decisions import KeptDecisions
from updater.decide.monitored_conditions import firing_questions
from updater.decide.verification import Verified, verify
from updater.interpret import (
    AnotherUpdaterWatch,
    KeptStates,
    PinCache,
    branch_questions,
    interpret,
    tags_to_date,
    with_answers,
    with_branch_answers,
)
from updater.messages.verdicts import UNRECORDED
from updater.model import (
    ASKED_EVERY,
    AnotherUpdater,
    Answer,
    Decision,
    Heads,
    HoldsChange,
    Image,
    Needs,
    Outcome,
    Placement,
    Plan,
    PushBase,
    Question,
    Report,
    Request,
    ReviewsOf,
    Snapshot,
    Unreadable,
    WhatRuns,
)
from updater.observe import (
    KeptReadings,
    NarrowWish,
    Sources,
    attempt,
    is_untouched,
    look_up,
    observe,
    observe_again,
    read_changed,
    read_dates,
    read_running,
)
from updater.plan import (
    idle_promotions,
    lost_pushes,
    moved_on,
    plan,
    plan_holds_change,
    records_failure,
    refused_ways_back,
    stuck_branches,
)
from updater.reasons.failure_reasons import VERDICTS_REFUSED
from updater.report import PassResult, report
from updater.situation import PlacementState, Situation

FRESH = 60.0
"""Seconds for which a pass keeps what registries and forges have said. While it does, a lost push race costs
a fetch and another push, so it goes on for as long."""
RACES = 5
"""How often a pass loses that has to read all that anew, or where the base did not move; then the next pass
has its turn."""
ROUNDS = 16
"""How often decisions and the plan may ask. A candidate takes one, or two where its commit is asked about;
one that a gate holds makes room for an older one, which asks anew. A plan takes three at most."""
VERIFYING = 4
"""How often may be asked how deployments are: when they were synced, then what has been since."""
JITTER = 0.5
"""Seconds, at most, times the races lost so far, between a lost race and the next fetch."""
LONGEST = 1.0
"""And however many were lost."""


OLD = 3
"""Polls; where all was listed longer ago than that, a knock for an image is one for all."""


@dataclass
class Pass:
    """What one pass works with."""

    sources: Sources
    sinks: Sinks | None
    """None: decide and show, write nothing."""
    config: Config
    """As the last reading of the repository has completed it."""
    repository: str
    elsewhere: Mapping[Placement, PlacementState] = field(default_factory=dict)
    """Predecessors in other repositories, as last read."""
    request: Request | HoldsChange | None = None
    """A person's order; then nothing else is decided in this pass."""
    pin_cache: PinCache = field(default_factory=PinCache)
    """What blobs said, kept between passes. It may vanish: it saves work, it decides nothing."""
    kept_states: KeptStates = field(default_factory=KeptStates)
    """What was understood, and is just so still. It may vanish, too."""
    kept_decisions: KeptDecisions = field(default_factory=KeptDecisions)
    """Where there was nothing newer. It may vanish, too."""
    jitter: float = JITTER
    situation: Situation | None = None
    """What the last run understood: for successors in other repositories, and for people who ask why."""
    runs: WhatRuns = field(default_factory=WhatRuns)
    """What it found of what runs: what the next run cannot read is still so."""
    watch: AnotherUpdaterWatch = field(default_factory=AnotherUpdaterWatch)
    """Who else writes under our name. It may vanish, too: then it begins to look anew."""
    another: AnotherUpdater | None = None
    _unpushable: frozenset[Placement] = frozenset()
    """Ways back whose push was refused in this pass: they are proposed."""
    _stuck: frozenset[str] = frozenset()
    """Branches of proposals whose push was refused in this pass: what stays there is judged."""
    _refused: datetime | None = None
    """When the host has last refused the ref of verdicts. It may vanish: then it is tried anew."""
    _named: Collection[str] = ()
    """The images that this pass was knocked for, as `registry/name`; none: it is a whole one."""
    _kept: KeptReadings | None = None
    """What such a pass goes by of all other images. It may vanish: then a pass is a whole one."""
    _read_at: float = 0.0
    """When this pass began to read registries and forges, by the monotonic clock."""

    def run(self, images: Collection[str] = ()) -> Report:
        """Read, decide, write; and again on the new head where somebody else pushed first.

        `images`, as `registry/name`: to list these anew will do; none: all are listed.
        """
        self._named = images
        began, watch, done = self.sources.clock(), Stopwatch(), list[Outcome]()
        self._unpushable, self._stuck = frozenset(), frozenset()
        told, races, in_vain, reread = self._once(watch), 0, 1, False
        while True:
            if any(outcome.lost_race for outcome in told.outcomes):
                races += 1
                if max(in_vain, 0 if self._fresh else races) >= RACES:
                    break
                wait = min(self.jitter * races, LONGEST)
                time.sleep(random.uniform(0, wait))  # noqa: S311 - spreads retries, hides nothing
                before, told = told, self._again(told, done, watch)
                in_vain += told.situation.base == before.situation.base
            elif refused := refused_ways_back(told.outcomes) - self._unpushable:
                self._unpushable |= refused
                told = self._at_once(told, done, watch)
            elif stuck := stuck_branches(told.outcomes) - self._stuck:
                self._stuck |= stuck
                told = self._at_once(told, done, watch)
            elif not reread and records_failure(told.outcomes):
                reread = True  # a way back goes by what is read, and should not wait for the next poll
                told = self._at_once(told, done, watch)
            else:
                break
        told = replace(told, done=done, races=races, another=self.another if self.sinks else None)
        return report(told, began, self.sources.clock())

    def _at_once(self, told: PassResult, done: list[Outcome], watch: Stopwatch) -> PassResult:
        """Decide anew by what this pass has written itself, or could not push."""
        done += told.outcomes
        return self._anew(told, watch, wrote=any(not isinstance(one.step, PushBase) for one in told.outcomes))

    @property
    def _fresh(self) -> bool:
        """What was read of registries and forges still counts."""
        return time.monotonic() - self._read_at <= FRESH

    def _once(self, watch: Stopwatch) -> PassResult:
        with watch("observe"):
            snapshot = self._observe()
        return self._settled(snapshot, watch)

    def _again(self, told: PassResult, done: list[Outcome], watch: Stopwatch) -> PassResult:
        """The same push where those who were quicker touched nothing that was read; else decide anew."""
        pushes = lost_pushes(told.outcomes)
        if pushes and self._fresh:
            with watch("observe"):
                heads = attempt(self.sources.repository.fetch)
                same = is_untouched(self.sources, self.config, told.snapshot, heads)
            if same and not isinstance(heads, Unreadable):
                done += (outcome for outcome in told.outcomes if not outcome.lost_race)
                return self._moved_on(told, pushes, heads, watch)
        wrote = bool(done) or any(not isinstance(outcome.step, PushBase) for outcome in told.outcomes)
        done += (outcome for outcome in told.outcomes if outcome.error is None)
        return self._anew(told, watch, wrote=wrote)

    def _moved_on(
        self, told: PassResult, pushes: Sequence[PushBase], heads: Heads, watch: Stopwatch
    ) -> PassResult:
        head = heads.refs[pushes[0].update.ref]
        planned = moved_on(told.plan, pushes, head)
        snapshot, situation = replace(told.snapshot, heads=heads), replace(told.situation, base=head)
        return self._applied(PassResult(snapshot, situation, told.decisions, planned), watch)

    def _anew(self, told: PassResult, watch: Stopwatch, *, wrote: bool) -> PassResult:
        """From the new head, and from what registries and forges have said in this pass, while it counts."""
        fresh = self._fresh
        with watch("observe"):
            self._named = self._named if fresh else ()
            before = told.snapshot if fresh else self._observe()
            known = self.pin_cache.known
            snapshot, self.config = observe_again(self.sources, self.config, before, known, acts=self._acts)
        same = fresh and not wrote and snapshot.pull_requests == before.pull_requests
        return self._settled(snapshot, watch, told.situation.kept(pull_requests=same) if fresh else {})

    def _settled(
        self, snapshot: Snapshot, watch: Stopwatch, known: Mapping[Question, Answer] | None = None
    ) -> PassResult:
        with watch("interpret"):
            snapshot, situation = self._interpret(snapshot)
            situation = replace(situation, unpushable=self._unpushable, stuck=self._stuck)
        if self.sinks is not None and self.config.engine.procrastinate is None:  # else it is another worker
            self.another = self.watch.look(situation, self.sinks.repository.is_mine)
        if known:
            situation = with_answers(situation, self.config, known)
        situation = self._verify(self._look_at_what_runs(snapshot, situation, watch), watch)
        situation, decisions, planned = self._settle(situation, watch)
        return self._applied(PassResult(snapshot, situation, decisions, planned), watch)

    def _applied(self, told: PassResult, watch: Stopwatch) -> PassResult:
        with watch("apply"):
            outcomes = apply(told.plan.steps, self.sinks) if self.sinks else ()
        if any(outcome.code == VERDICTS_REFUSED.code for outcome in outcomes):
            self._refused = told.situation.now
        self.situation, self.runs = told.situation, judge_what_runs(told.situation, self.runs)
        self._kept = KeptReadings.of(told.snapshot)
        ways = () if self.request else decided_ways_back(told.situation)
        return replace(told, outcomes=outcomes, stages=watch.seconds, runs=self.runs, ways_back=ways)

    def _observe(self) -> Snapshot:
        """An order of a person's is carried out with the person's own token."""
        self._read_at = time.monotonic()
        where = (self.config, self.repository)
        snapshot, self.config = observe(
            self.sources, *where, self.pin_cache.known, self._left, acts=self._acts, narrow=self._narrow()
        )
        return snapshot

    def _narrow(self) -> NarrowWish | None:
        """Never of the first pass, nor where the last whole one is long ago or was by another clock."""
        kept = self._kept
        if not self._named or kept is None:
            return None
        lately = timedelta() <= self.sources.clock() - kept.since <= OLD * self.config.poll.every
        to = kept.narrowed_to(self._named) if lately else None
        return NarrowWish(to, kept) if to is not None else None

    @property
    def _acts(self) -> bool:
        return self.sinks is not None and self.request is None

    @property
    def _left(self) -> frozenset[Image]:
        """The images that the last run could not list."""
        listings = self.situation.listings if self.situation else {}
        return frozenset(image for image, listing in listings.items() if isinstance(listing, Unreadable))

    def _interpret(self, snapshot: Snapshot) -> tuple[Snapshot, Situation]:
        """Where a scheme has to know when images were created, that is read, and all is understood again."""
        known = (self.config, self.pin_cache, self.elsewhere, self.kept_states)
        situation = interpret(snapshot, *known)
        if asked := tags_to_date(snapshot, situation):
            snapshot = read_dates(self.sources, asked, snapshot)
            situation = interpret(snapshot, *known)
        answers = look_up(self.sources, branch_questions(situation))
        self.pin_cache.learn(read_changed(self.sources, answers, self.pin_cache.known))
        return snapshot, with_branch_answers(situation, answers, self.pin_cache)

    def _look_at_what_runs(self, snapshot: Snapshot, situation: Situation, watch: Stopwatch) -> Situation:
        """A person who orders something waits for no more than that takes."""
        if self.request is not None:
            return situation
        with watch("observe"):
            seen, unread = read_running(
                self.sources, running_questions(situation), snapshot.listed, self.config.poll.every
            )
            firing = look_up(self.sources, firing_questions(situation))
        return with_answers(replace(situation, running=seen, running_unread=unread), self.config, firing)

    def _verify(self, situation: Situation, watch: Stopwatch) -> Situation:
        """What became of deployments, before anything is decided: what has just failed goes nowhere."""
        if self.request is not None:
            return situation
        told = Verified()
        for _ in range(VERIFYING):
            with watch("decide"):
                told = verify(situation)
            if not told.asked:
                break
            with watch("observe"):
                situation = with_answers(situation, self.config, look_up(self.sources, told.asked))
        situation = replace(situation, verifications=told.verifications, found=told.found)
        return self._unless_refused(situation)

    def _unless_refused(self, situation: Situation) -> Situation:
        """A host that has just refused the record is not asked again in each pass; people read why."""
        if self._refused is None or situation.now - self._refused >= ASKED_EVERY:
            return situation
        return replace(situation, unrecorded=True, warnings=(*situation.warnings, UNRECORDED))

    def _settle(self, situation: Situation, watch: Stopwatch) -> tuple[Situation, tuple[Decision, ...], Plan]:
        """Decide and plan; look up what either asks for; and again with the answers."""
        if isinstance(self.request, HoldsChange):
            planned = plan_holds_change(situation, self.request, self.config) if situation.base else Plan(())
            return situation, (), planned
        idle = frozenset[Placement]()
        while True:
            situation, decisions, planned = self._settle_but(idle, situation, watch)
            more = idle_promotions(planned, decisions, situation) - idle
            if not more or not any(is_limited(decision) for decision in decisions):
                return situation, decisions, planned
            idle |= more

    def _settle_but(
        self, idle: Collection[Placement], situation: Situation, watch: Stopwatch
    ) -> tuple[Situation, tuple[Decision, ...], Plan]:
        """The `idle` would be promoted, and nothing is written for them: they take nobody's turn."""
        decisions, planned, asked = None, Plan(()), frozenset[Question]()
        for left in reversed(range(ROUNDS)):
            if decisions is None:
                with watch("decide"):
                    decisions, asked = self._decide(situation, idle, settle=not left)
            if decisions is not None:
                with watch("plan"):
                    planned = plan(situation, decisions, self.config)
                asked = _of_an_order(planned.questions) if self.request else planned.questions
            if not asked or not left:
                break
            with watch("observe"):
                situation = with_answers(situation, self.config, look_up(self.sources, asked))
        return situation, decisions or (), planned

    def _decide(
        self, situation: Situation, idle: Collection[Placement], *, settle: bool
    ) -> tuple[tuple[Decision, ...] | None, frozenset[Question]]:
        """The decisions, or what has to be known first; to `settle` is to do without."""
        assert not isinstance(self.request, HoldsChange), "that is planned, and not decided"
        answers = decide(situation, self.request, self.kept_decisions)
        self.kept_decisions.only(situation)
        needs = [answer for answer in answers.values() if isinstance(answer, Needs)]
        if needs and not settle:
            return None, frozenset[Question]().union(*(need.questions for need in needs))
        final = (give_up(answer, situation) for answer in answers.values())
        return tuple(apply_limits(final, situation, self.config.limits, idle)), frozenset()


def _of_an_order(questions: frozenset[Question]) -> frozenset[Question]:
    """An order waits for nothing but whether its own pull request may still be worded anew."""
    return frozenset(each for each in questions if isinstance(each, ReviewsOf))


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
