"""Situations for decide, written as what is there: histories, tags, gates, a clock; all with defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from updater.config import Pin, Policy, PullRequest, TagPolicy
from updater.decide import decide
from updater.facts import Facts, PinFact, State
from updater.manifests import Selector, Value
from updater.model import (
    ClosedPullRequestsOf,
    DigestOf,
    File,
    Hold,
    Image,
    ImageFacts,
    ImageOf,
    Listing,
    Marker,
    Needs,
    Placement,
    Promote,
    Proposal,
    Ruling,
    Unreadable,
)
from updater.model import (
    PullRequest as Pull,
)
from updater.schemes.timestamp import Timestamp
from updater.timeline import Lost, Order, Point, timeline

IMAGE = Image("ghcr.io", "org/shop")
SECOND = Image("ghcr.io", "org/shop-worker")
MIDNIGHT = datetime(2026, 2, 1, 15, 0, tzinfo=UTC)
"""Of 2 February in Korea."""
PLACEHOLDERS = frozenset({"latest", "placeholder", ""})


def built(hour: float) -> str:
    """The tag of an image built so many hours into 2 February, Korean time."""
    return f"{MIDNIGHT + timedelta(hours=hour + 9):%Y%m%d-%H%M%S}"


def digest_of(tag: str) -> str:
    return "sha256:" + tag.encode().hex().ljust(64, "0")[:64]


@dataclass(frozen=True)
class Past:
    """What one environment held: (hour of the commit, tag or tags of its pins), oldest first."""

    held: Sequence[tuple[float, str | tuple[str | None, ...] | None]]
    digests: Mapping[str, str] = field(default_factory=dict)
    horizon: float | None = None
    lost: Lost | None = None


@dataclass
class Situation:
    staging: Past | None = None
    production: Past | None = None
    tags: Sequence[str] | Unreadable = ()
    now: float = 24
    images: Sequence[Image] = (IMAGE,)
    tags_of: Mapping[Image, Sequence[str] | Unreadable] = field(default_factory=dict)
    digests: Mapping[str, str | Unreadable | None] = field(default_factory=dict)
    described: Mapping[str, ImageFacts | Unreadable] = field(default_factory=dict)
    """What images say of themselves."""
    gates: Mapping[str, object] = field(default_factory=dict)
    forbid: tuple[str, ...] = ()
    after_rollback: str = "built_after"
    staging_delivers: str = "push"
    production_delivers: str = "pull-request"
    rejected: Sequence[str] = ()
    closed: Sequence[str] | Unreadable = ()
    """Rejected too, but only the question for this branch tells."""
    released: Sequence[str] = ()
    goes_on: bool = False
    proposed: str | None = None
    edited: bool = False
    trouble: Mapping[str, Ruling] = field(default_factory=dict)
    unheard: Mapping[str, Ruling] = field(default_factory=dict)

    def decided(self, environment: str = "staging"):
        """Decide, and answer what the decision asks for, as a pass does."""
        answers = {}
        for _ in range(4):
            answer = decide(self._facts(answers))[Placement(environment, "shop")]
            if not isinstance(answer, Needs):
                return answer
            answers |= {fact: self._look_up(fact) for fact in answer.facts}
        raise AssertionError("it asks for ever")

    def outcome(self, environment: str = "staging") -> str:
        """`-> TAG`, or the code of the first reason to hold."""
        decision = self.decided(environment)
        if isinstance(decision, Promote):
            return f"-> {decision.tag}"
        assert isinstance(decision, Hold)
        assert decision.reasons
        assert all(not reason.passes and reason.sentence for reason in decision.reasons)
        return decision.reasons[0].code

    def _look_up(self, fact):
        if isinstance(fact, ClosedPullRequestsOf):
            return self.closed if isinstance(self.closed, Unreadable) else ()
        if isinstance(fact, ImageOf):
            return self._image(fact.tag)
        assert isinstance(fact, DigestOf)
        return self.digests.get(fact.tag, digest_of(fact.tag))

    def _image(self, tag):
        digest = self.digests.get(tag, digest_of(tag))
        plain = ImageFacts(digest, ("linux/amd64",), None) if isinstance(digest, str) else digest
        return self.described.get(tag, plain)

    def _facts(self, answers):
        states = {}
        if self.staging is not None:
            states[Placement("staging", "shop")] = self._state("staging", self.staging, ())
        if self.production is not None:
            after = ("staging",) if self.staging is not None else ()
            states[Placement("production", "shop")] = self._state(
                "production", self.production, after, answers
            )
        listings = {image: self._listing(image) for image in self.images}
        return Facts(
            repository="deploy",
            now=self._at(self.now),
            base="b" * 40,
            record=None,
            forced=False,
            branches={},
            commits={},
            finished=frozenset(),
            states=MappingProxyType(states),
            elsewhere={},
            listings=listings,
            answers=answers,
        )

    def _listing(self, image):
        tags = self.tags_of.get(image, self.tags)
        return tags if isinstance(tags, Unreadable) else Listing(image, tuple(tags))

    def _state(self, environment, past, after, answers=MappingProxyType({})):
        policy = self._policy(environment, after)
        line = self._timeline(past, policy)
        asked = any(isinstance(fact, ClosedPullRequestsOf) for fact in answers)
        closed = () if isinstance(self.closed, Unreadable) else self.closed
        return State(
            policy=policy,
            timeline=line,
            pins=self._pins(policy, past),
            trouble=(self.trouble[environment],) if environment in self.trouble else (),
            proposal=self._proposal(policy) if environment == "production" else None,
            rejected=frozenset(self.rejected) | (frozenset(closed) if asked else frozenset()),
            released=frozenset(self.released),
            goes_on=self.goes_on,
            unheard=(self.unheard[environment],) if environment in self.unheard else self._silent(),
        )

    def _silent(self):
        listings = [self._listing(image) for image in self.images]
        return tuple(Ruling(each.code, False, each.why) for each in listings if isinstance(each, Unreadable))

    def _policy(self, environment, after):
        placement = Placement(environment, "shop")
        pushes = environment == "staging"
        gates = {name: gate for name, gate in self.gates.items() if not pushes}
        pins = [
            Pin(placement, image, f"overlays/{environment}", Selector("kustomization", str(image)))
            for image in self.images
        ]
        return Policy(
            placement=placement,
            repository="deploy",
            after=after,
            after_any=False,
            images=tuple(self.images),
            pins=tuple(pins),
            tags=TagPolicy(Timestamp(), "timestamp", (), self.forbid, PLACEHOLDERS),
            gates=gates,
            after_rollback=self.after_rollback,
            deliver=self.staging_delivers if pushes else self.production_delivers,
            pull_request=PullRequest(),
        )

    def _timeline(self, past, policy):
        held = [
            (hour, row if isinstance(row, tuple) else (row,) * len(self.images)) for hour, row in past.held
        ]
        points = [
            Point(f"{number:040x}", self._at(hour), True, row, self._recorded(row, past))
            for number, (hour, row) in enumerate(held)
        ]
        horizon = None if past.horizon is None else self._at(past.horizon)
        order = Order(policy.tags.scheme.read, PLACEHOLDERS)
        return timeline(points, order, self._at(self.now), horizon=horizon, lost=past.lost)

    def _recorded(self, row, past):
        digest = past.digests.get(row[0] or "")
        return dict.fromkeys(self.images, digest) if digest else {}

    def _pins(self, policy, past):
        row = past.held[-1][1] if past.held else None
        tags = row if isinstance(row, tuple) else (row,) * len(self.images)
        file = File(f"{policy.pins[0].path}/kustomization.yaml", b"", "0" * 40, "100644")
        pairs = zip(policy.pins, tags, strict=True)
        return tuple(PinFact(pin, file, Value(tag, None, str(pin.image), 9)) for pin, tag in pairs)

    def _proposal(self, policy):
        if self.proposed is None:
            return None
        branch = "updater/app/production--shop"
        pull = Pull(7, "https://forge/7", "", "", "open", branch, "d" * 40, "main", "updater", True)
        return Proposal(pull, Marker("acme", "candidate", *policy.placement, self.proposed), self.edited)

    @staticmethod
    def _at(hour: float) -> datetime:
        return MIDNIGHT + timedelta(hours=hour)
