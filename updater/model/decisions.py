"""What is said of candidates, and decided. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, tzinfo
from typing import Literal, TypeAlias

from updater.model.applications import Manifests
from updater.model.floors import FloorFindings
from updater.model.interpreted import Timeline
from updater.model.lineage import Lineage
from updater.model.monitoring import Watched
from updater.model.names import Image, Placement, Version
from updater.model.observed import Unreadable
from updater.model.questions import Answer, HealthOf, Question
from updater.model.rollbacks import WayBack
from updater.reasons import Reason
from updater.value_class import value_class


@value_class
class Ruling:
    """What one rule or gate says, of one candidate or of a placement as a whole."""

    reason: Reason
    passes: bool
    sentence: str
    until: datetime | None = None
    """When it will pass by waiting; None: waiting alone does not help, or the instant is not known."""
    waits: bool = False
    """Of class `time`: it can pass by waiting."""
    unread: bool = False
    """Nobody knows: what had to be looked up could not be read."""
    overridden: bool = False
    """It did not pass; a person passed over it, by its code and with a reason, or by going back."""
    proposable: bool = False
    """It does not pass, and keeps only us from pushing or merging: it is proposed all the same, with this
    as a line of its body, and a person may merge it."""
    measured: str | None = None
    """What was measured, to be said behind the sentence: it is another with each minute, so it is no
    evidence, and nothing is written anew because of it."""
    link: str | None = None
    """Where people see it drawn."""
    command: str | None = None
    """What a person would type to end it, where the reason alone does not tell."""
    arrivals: tuple[tuple[str, datetime], ...] = ()
    """Environments, and when Argo CD deployed the candidate there: it forgets, so we remember."""

    @classmethod
    def unreadable(cls, reason: Reason, reading: Unreadable) -> Ruling:
        """A reading that failed is a hold, never a pass."""
        return cls(reason, False, reading.why, waits=reading.transient, unread=True)

    @property
    def code(self) -> str:
        return self.reason.code

    @property
    def holds(self) -> bool:
        """It keeps the candidate from being promoted, and even proposed."""
        return not self.passes and not self.proposable

    @property
    def left_to_people(self) -> bool:
        """It keeps us from deploying the candidate, and nobody else."""
        return not self.passes and self.proposable


@value_class
class Rollout:
    """How to learn what Argo CD made of the commits of one app in one environment."""

    question: HealthOf
    lineage: Lineage
    """Of the branch that the environment stands on."""
    manifests: Manifests
    """What of that repository its Applications have to apply."""


@value_class
class Case:
    """One candidate for one placement, and all that a rule or gate may look at."""

    placement: Placement
    candidate: Version
    images: tuple[Image, ...]
    now: datetime
    zone: tzinfo
    """Instants are shown in it."""
    own: Timeline
    predecessors: Mapping[str, Timeline]
    """By environment."""
    rolled_back: Mapping[str, str]
    """Where it is rolled back, here or in any environment before, and in words how it was left there."""
    answers: Mapping[Question, Answer]
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    """By predecessor; only of those whose Applications config names."""
    arrivals: Mapping[str, datetime] = field(default_factory=dict)
    """By predecessor, when Argo CD deployed the candidate there, as its open pull request has it."""
    skew: tuple[str, float] | None = None
    """A server, and how many seconds its clock is ahead of ours, where none agrees with us."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Where its verification failed, here or in any environment before, and in words how."""
    failed_beside: Mapping[str, str] = field(default_factory=dict)
    """The same of environments that come after one of its predecessors, too."""
    watched: Mapping[str, Watched] = field(default_factory=dict)
    """By environment, its own among them; only where config says how to ask Prometheus about it."""
    find_floors: Callable[[], FloorFindings] = FloorFindings
    """Looks at the labels of its images, so only where somebody wants to know."""
    last_wave: Mapping[str, Timeline | None] = field(default_factory=dict)
    """Of an environment that has run nothing yet: the members of the last wave that have; None: unread."""

    @property
    def floors(self) -> FloorFindings:
        """What keeps it from going back to what runs now, once the candidate has run."""
        return self.find_floors()


@value_class
class Verdict:
    """One candidate and all that was said of it."""

    tag: str
    rulings: tuple[Ruling, ...]
    unasked: tuple[str, ...] = ()
    """Gates that have to look something up first, by their names in config; told to people who ask why."""
    partial: bool = False
    """Something could not be read: what is said against it is so, and of the rest nobody knows."""

    @property
    def answer(self) -> Literal["no", "unasked", "yes"]:
        """May it come? Where a gate was not asked nobody knows, unless something else holds it."""
        return "no" if self.against else "unasked" if self.unasked else "yes"

    @property
    def against(self) -> tuple[Ruling, ...]:
        """What holds it."""
        return tuple(ruling for ruling in self.rulings if ruling.holds)

    @property
    def left_to_people(self) -> tuple[Ruling, ...]:
        """Why only a person may merge it."""
        return tuple(ruling for ruling in self.rulings if ruling.left_to_people)


@value_class
class Request:
    """What a person orders about one app in one environment, or what follows a failed verification."""

    kind: Literal["promote", "rollback"]
    placement: Placement
    tag: str | None
    """None: the one that would be promoted next, or rolled back to."""
    by: str
    why: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    """By the code of a gate: why it may be passed over."""
    automatic: WayBack | None = None
    """Nobody ordered it: what runs there has failed its verification, and config says that it goes back."""


@value_class
class HoldsChange:
    """A person's hold or release, to be written into the holds file."""

    title: str
    app: str | None
    """None: all."""
    environment: str | None
    """None: all of the app's."""
    by: str
    why: str
    change: Callable[[bytes | None], bytes]
    """What it makes of the file, or of there being none."""
    starts_line: Callable[[bytes | None], bytes] | None = None
    """What it makes of it where the breaker has stopped the line and `change` would change nothing."""


@value_class
class Promote:
    placement: Placement
    current: str | None
    tag: str
    digests: Mapping[Image, str]
    rulings: tuple[Ruling, ...]
    """None holds; their sentences are the evidence."""
    skipped: int
    """How many candidates between the current tag and this one are passed over."""
    considered: tuple[Verdict, ...] = ()
    request: Request | None = None
    """The person's order this follows; None: it was decided without anybody."""
    shown: Verdict | None = None
    """What is said now of the tag that our open pull request shows."""
    early: bool = False
    """Some time gates do not pass yet: it may be shown, and not merged."""
    remarks: tuple[Ruling, ...] = ()
    """Of newer tags that are none (yet): worth a look, and no reason for or against anything."""

    @property
    def left_to_people(self) -> tuple[Ruling, ...]:
        """Why it is proposed, and never merged by us."""
        return tuple(ruling for ruling in self.rulings if ruling.left_to_people)


@value_class
class Hold:
    placement: Placement
    current: str | None
    reasons: tuple[Ruling, ...]
    """At least one."""
    candidate: str | None = None
    considered: tuple[Verdict, ...] = ()
    shown: Verdict | None = None
    """As of Promote."""
    remarks: tuple[Ruling, ...] = ()
    """As of Promote."""


@value_class
class Needs:
    """No decision yet: these questions must be answered first."""

    placement: Placement
    questions: frozenset[Question]
    considered: tuple[Verdict, ...] = ()
    """The newer candidates that are out already."""


Decision: TypeAlias = Promote | Hold
