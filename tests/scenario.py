"""Situations for decide and plan, written as what is there: histories, tags, gates, a clock."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from updater import messages
from updater.config import Config, Limits, Pin, Policy, PullRequestSettings, TagPolicy
from updater.config.commits import CommitSettings
from updater.config.models import Poll, Service
from updater.config.notifications import Notifications
from updater.config.policies import WaveOf
from updater.config.repositories import Repository
from updater.cycle import ROUNDS
from updater.decide import apply_limits, decide, give_up
from updater.decide.explanation import verdicts
from updater.manifests import Selector, read
from updater.messages import STOP
from updater.model import (
    STEADY,
    BranchRules,
    BranchRulesOf,
    ChecksOf,
    ClosedPullRequestsOf,
    ClosePullRequest,
    Comment,
    CommentsOf,
    CommitStatus,
    ConflictOf,
    DeleteBranch,
    DigestOf,
    File,
    Hold,
    Image,
    ImageConfig,
    ImageOf,
    Listing,
    Marker,
    MergePullRequest,
    MetadataOf,
    Needs,
    OpenPullRequest,
    Placement,
    Promote,
    Proposal,
    PushBase,
    PushBranches,
    RecordedFloors,
    Request,
    ReviewsOf,
    ReviewState,
    Ruling,
    SetMetadata,
    SetStatus,
    StatusOf,
    Unreadable,
    UpdatePullRequest,
    Version,
    split_tag,
)
from updater.model import PullRequest as Pull
from updater.plan import plan
from updater.plan.drafts import bump_of
from updater.reasons import Reason, hold_reasons
from updater.reasons.hold_reasons import BUG
from updater.schemes import Scheme
from updater.schemes.timestamp import Timestamp
from updater.situation import BranchConflict, PinReading, PlacementState, Situation
from updater.timeline import Lost, Order, Point, timeline

IMAGE = Image("ghcr.io", "org/shop")
SECOND = Image("ghcr.io", "org/shop-worker")
MIDNIGHT = datetime(2026, 2, 1, 15, 0, tzinfo=UTC)
"""Of 2 February in Korea."""
PLACEHOLDERS = frozenset({"latest", "placeholder", ""})
INSTANCE = "acme"
BASE = "b" * 40
URL = "https://forge/7"


def built(hour: float) -> str:
    """The tag of an image built so many hours into 2 February, Korean time."""
    return f"{MIDNIGHT + timedelta(hours=hour + 9):%Y%m%d-%H%M%S}"


def digest_of(tag: str) -> str:
    return "sha256:" + tag.encode().hex().ljust(64, "0")[:64]


def agrees(outcome: str, expected: str) -> bool:
    """The same decision or code; where a sentence is expected, that stands in it."""
    code, _, sentence = outcome.partition(": ")
    wanted, _, part = expected.partition(": ")
    return code == wanted and part in sentence


@dataclass(frozen=True)
class Past:
    """What one environment held: (hour of the commit, tag or tags of its pins), oldest first."""

    held: Sequence[tuple[float, str | tuple[str | None, ...] | None]]
    digests: Mapping[str, str] = field(default_factory=dict)
    horizon: float | None = None
    lost: Lost | None = None


@dataclass(frozen=True)
class Shown:
    """Our open pull request for production, as the forge and git have it."""

    tag: str
    edited: bool = False
    exact: bool = True
    behind: bool = False
    conflict: bool = False
    stopped: bool = False
    evidence: str = "same"
    """As a pass would write it now, or something older."""
    status: CommitStatus | None = None
    comments: Mapping[str, str] = field(default_factory=dict)
    approved: bool = False
    auto_merge: bool = False
    mergeable: str = "clean"


@dataclass
class Scenario:
    staging: Past | None = None
    production: Past | None = None
    tags: Sequence[str] | Unreadable = ()
    now: float = 24
    others: Mapping[str, Past] = field(default_factory=dict)
    """Further environments, before the two."""
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What comes after what, where it is not production after staging."""
    any_of: Collection[str] = ()
    """Environments that need one of their predecessors only."""
    waves: Sequence[Sequence[str]] = ()
    """Environments that go one after the other; what comes after what is `after`'s to say, as ever."""
    elsewhere: Collection[str] = ()
    """Environments of another repository, lately read."""
    unread: Collection[str] = ()
    """Environments of another repository, not read lately."""
    scheme: Scheme = field(default_factory=Timestamp)
    follow: str = "timestamp"
    images: Sequence[Image] = (IMAGE,)
    steady: int = STEADY
    tags_of: Mapping[Image, Sequence[str] | Unreadable] = field(default_factory=dict)
    digests: Mapping[str, str | Unreadable | None] = field(default_factory=dict)
    digests_of: Mapping[Image, Mapping[str, str]] = field(default_factory=dict)
    described: Mapping[str, ImageConfig | Unreadable] = field(default_factory=dict)
    """What images say of themselves."""
    checks: Mapping[str, Mapping[str, str] | Unreadable] = field(default_factory=dict)
    """Of the commits that images were built from, by sha."""
    gates: Mapping[str, object] = field(default_factory=dict)
    """Production's."""
    gates_of_staging: Mapping[str, object] = field(default_factory=dict)
    forbid: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    after_rollback: str = "built_after"
    staging_delivers: str = "push"
    production_delivers: str = "pull-request"
    pull_request: PullRequestSettings = field(default_factory=PullRequestSettings)
    rejected: Sequence[str] = ()
    closed: Sequence[str] | Unreadable = ()
    """Rejected too, but only the question for this branch tells."""
    released: Sequence[str] = ()
    goes_on: bool = False
    held: Mapping[str, str] = field(default_factory=dict)
    """By environment, why somebody holds it."""
    unreadable_holds: Reason | None = None
    """Why nobody can say what is held, so everything is."""
    stopped_line: bool = False
    """So many apps have gone back that nothing goes forward."""
    refused: str | None = None
    """What is wrong with the file of the app's team."""
    floors: RecordedFloors = field(default_factory=RecordedFloors)
    """Of production and staging alike."""
    proposed: str | None = None
    edited: bool = False
    shown: Shown | None = None
    """Production's proposal, where more is said of it than its tag."""
    asked: str | None = None
    """The tag of an open pull request that a person asked for by name."""
    taken: str | None = None
    """Why an open pull request from the branch that would be ours is not ours to look after."""
    retargeted: bool = False
    """Somebody has aimed ours at another branch."""
    lost_order: bool = False
    """Or the one that somebody asked for by name."""
    trouble: Mapping[str, Ruling | tuple[Ruling, ...]] = field(default_factory=dict)
    unheard: Mapping[str, Ruling] = field(default_factory=dict)
    request: Request | None = None
    limits: Limits = field(default_factory=Limits)
    broken: bool = False
    """It is about a mistake of ours: elsewhere none may hide behind its hold."""

    # --- what is decided ----------------------------------------------------------------------------------

    def decided(self, environment: str = "staging"):
        situation, request = self._settled(environment)
        (decision,) = [
            one
            for one in apply_limits(self._decisions(situation, request), situation, self.limits)
            if one.placement == Placement(environment, "shop")
        ]
        return decision

    def outcome(self, environment: str = "staging") -> str:
        """`-> TAG`, or the code of the first reason to hold and its sentence."""
        decision = self.decided(environment)
        if isinstance(decision, Promote):
            return f"-> {decision.tag}{' early' if decision.early else ''}"
        assert isinstance(decision, Hold)
        assert decision.reasons
        assert all(not reason.passes and reason.sentence for reason in decision.reasons)
        assert self.broken or all(reason.reason != BUG for reason in decision.reasons), decision
        return f"{decision.reasons[0].code}: {decision.reasons[0].sentence}"

    def told(self, environment: str, tag: str) -> list[str]:
        """What explain says of one tag: `+ code` or `- code`."""
        (verdict,) = verdicts(self._situation({}), Placement(environment, "shop"), tag)
        return [f"{'+' if ruling.passes else '-'} {ruling.code}" for ruling in verdict.rulings]

    def _settled(self, environment: str = "production"):
        """Decide, and answer what the decisions ask for, as a pass does."""
        answers, request = {}, self.request
        for _ in range(ROUNDS):
            asked = [
                one for one in decide(self._situation(answers), request).values() if isinstance(one, Needs)
            ]
            if not asked:
                break
            answers |= {question: self._look_up(question) for one in asked for question in one.questions}
        return self._situation(answers), request

    def _decisions(self, situation: Situation, request: Request | None):
        return [give_up(answer, situation) for answer in decide(situation, request).values()]

    # --- what is planned ----------------------------------------------------------------------------------

    def steps(self) -> list[str]:
        """What a pass would send, a word or two each."""
        situation, request = self._settled()
        decisions = tuple(apply_limits(self._decisions(situation, request), situation, self.limits))
        situation = self._with_evidence(situation, decisions)
        planned = plan(situation, decisions, self._config(situation))
        while planned.questions and not request:
            found = {question: self._look_up(question) for question in planned.questions}
            situation = replace(situation, answers={**situation.answers, **found})
            planned = plan(situation, decisions, self._config(situation))
        assert self.broken or all(hold.reasons[0].reason != BUG for hold in planned.held), planned.held
        return [word for step in planned.steps for word in _words(step)]

    def _with_evidence(self, situation: Situation, decisions):
        """The body of the pull request says what a pass would write now, unless it is said to be older."""
        mine = Placement("production", "shop")
        state = situation.states.get(mine)
        decision = next((one for one in decisions if one.placement == mine), None)
        if state is None or state.proposal is None or not isinstance(decision, Promote):
            return situation
        if self.shown is None or self.shown.evidence != "same" or decision.tag != self.shown.tag:
            return situation
        text = messages.body(
            [bump_of(decision, state, CommitSettings(email="updater@example.org"))], INSTANCE
        )
        marker = replace(state.proposal.marker, evidence=messages.evidence_of(text))
        known = replace(state, proposal=replace(state.proposal, marker=marker))
        return replace(situation, states={**situation.states, mine: known})

    def _config(self, situation: Situation) -> Config:
        return Config(
            instance=INSTANCE,
            mode="act",
            repositories={"deploy": Repository(url="https://forge/org/deploy.git")},
            forges={},
            registries={},
            commit=CommitSettings(email="updater@example.org"),
            poll=Poll(),
            limits=self.limits,
            service=Service(),
            notifications=Notifications(),
            policies={placement: state.policy for placement, state in situation.states.items()},
        )

    # --- what is there ------------------------------------------------------------------------------------

    def _look_up(self, question):
        shown = self.shown or Shown("")
        answers = {
            ClosedPullRequestsOf: self.closed if isinstance(self.closed, Unreadable) else (),
            StatusOf: shown.status,
            CommentsOf: shown.comments,
            ReviewsOf: ReviewState(shown.approved, shown.mergeable),
            BranchRulesOf: BranchRules(),
            ConflictOf: shown.conflict,
            MetadataOf: frozenset(),
        }
        if isinstance(question, ChecksOf):
            return self.checks[question.origin.sha]
        if isinstance(question, ImageOf):
            return self._image(question.tag)
        if isinstance(question, DigestOf):
            usual = self.digests.get(question.tag, digest_of(question.tag))
            return self.digests_of.get(question.image, {}).get(question.tag, usual)
        return answers[type(question)]

    def _image(self, tag):
        tag = split_tag(tag)[0]
        digest = self.digests.get(tag, digest_of(tag))
        plain = ImageConfig(digest, ("linux/amd64",), None) if isinstance(digest, str) else digest
        return self.described.get(tag, plain)

    def _situation(self, answers):
        pasts = {**self.others}
        pasts |= {"staging": self.staging} if self.staging is not None else {}
        pasts |= {"production": self.production} if self.production is not None else {}
        states = {Placement(name, "shop"): self._state(name, past, answers) for name, past in pasts.items()}
        far = {name for name in states if name.environment in {*self.elsewhere, *self.unread}}
        return Situation(
            repository="deploy",
            now=self._at(self.now),
            base=BASE,
            record=None,
            forced=False,
            branches={"updater/app/production--shop": "d" * 40} if self._shown() else {},
            commits={},
            finished=frozenset(),
            states=MappingProxyType({name: state for name, state in states.items() if name not in far}),
            elsewhere={
                name: states[name] for name in far if name.environment in self.elsewhere and name in states
            },
            listings={image: self._listing(image) for image in self.images},
            answers=answers,
        )

    def _listing(self, image):
        tags = self.tags_of.get(image, self.tags)
        return tags if isinstance(tags, Unreadable) else Listing.of(image, tags, self.steady)

    def _state(self, environment, past, answers):
        policy = self._policy(environment)
        mine, shown = environment == "production", self._shown()
        asked = any(isinstance(question, ClosedPullRequestsOf) for question in answers)
        closed = () if isinstance(self.closed, Unreadable) else self.closed
        return PlacementState(
            policy=policy,
            timeline=self._timeline(past, policy),
            pins=self._pins(policy, past),
            trouble=self._trouble(environment),
            proposal=self._proposal(policy, shown) if mine and shown else None,
            asked=self._proposal(policy, Shown(self.asked), "asked") if mine and self.asked else None,
            branch_conflict=BranchConflict(self._pull(policy, Shown("")), self.taken)
            if mine and self.taken
            else None,
            retargeted=self._retargeted(policy) if mine else None,
            stopped=mine and shown is not None and shown.stopped,
            rejected=(frozenset(self.rejected) | (frozenset(closed) if asked else frozenset()))
            if policy.deliver == "pull-request"
            else frozenset(),
            refused=Ruling(hold_reasons.APP_FILE_REFUSED, False, self.refused) if self.refused else None,
            line=Ruling(hold_reasons.LINE_STOPPED, False, "the line is stopped")
            if self.stopped_line
            else None,
            floors=self.floors,
            held=self._held(environment),
            released=frozenset(self.released),
            goes_on=self.goes_on,
            unheard=(self.unheard[environment],) if environment in self.unheard else self._silent(),
        )

    def _retargeted(self, policy):
        if self.lost_order:
            return replace(self._pull(policy, Shown("")), branch=messages.asked_branch(policy.placement))
        return self._pull(policy, Shown("")) if self.retargeted else None

    def _trouble(self, environment):
        found = self.trouble.get(environment, ())
        return (found,) if isinstance(found, Ruling) else found

    def _held(self, environment):
        if self.unreadable_holds is not None:
            return Ruling(self.unreadable_holds, False, "holds.yaml: broken")
        why = self.held.get(environment)
        return Ruling(hold_reasons.HELD, False, f"by order of kim: {why}") if why else None

    def _silent(self):
        listings = [self._listing(image) for image in self.images]
        return tuple(
            Ruling(each.reason, False, each.why) for each in listings if isinstance(each, Unreadable)
        )

    def _after(self, environment):
        usual = ("staging",) if environment == "production" and self.staging is not None else ()
        return self.after.get(environment, usual)

    def _policy(self, environment):
        placement = Placement(environment, "shop")
        mine = environment == "production"
        pins = [
            Pin(placement, image, f"overlays/{environment}", Selector("kustomization", str(image)))
            for image in self.images
        ]
        return Policy(
            placement=placement,
            repository="other" if environment in {*self.elsewhere, *self.unread} else "deploy",
            after=self._after(environment),
            after_any=environment in self.any_of,
            images=tuple(self.images),
            pins=tuple(pins),
            tags=TagPolicy(self.scheme, self.follow, self.allow, self.forbid, PLACEHOLDERS),
            gates=self.gates if mine else self.gates_of_staging if environment == "staging" else {},
            after_rollback=self.after_rollback,
            deliver=self.production_delivers if mine else self.staging_delivers,
            pull_request=self.pull_request,
            wave=self._wave(environment),
        )

    def _wave(self, environment):
        at = next((number for number, wave in enumerate(self.waves) if environment in wave), None)
        if at is None:
            return None
        others = [tuple(name for name in wave if name != environment) for wave in self.waves[at:]]
        last = next(filter(None, reversed(others)), ())
        return WaveOf("production", at + 1, others[0], last, "config/updater.yaml:9")

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
        text = "images:\n" + "".join(
            f'  - name: {image}\n    newTag: "{tag}"\n'
            for image, tag in zip(self.images, tags, strict=True)
            if tag is not None
        )
        file = File(f"{policy.pins[0].path}/kustomization.yaml", text.encode(), "0" * 40, "100644")
        pairs = [(pin, tag) for pin, tag in zip(policy.pins, tags, strict=True) if tag is not None]
        return tuple(PinReading(pin, file, read(file.data, pin.selector)) for pin, _ in pairs)

    def _shown(self) -> Shown | None:
        if self.shown is not None or self.proposed is None:
            return self.shown
        return Shown(self.proposed, edited=self.edited)

    def _proposal(self, policy, shown, kind="candidate"):
        digests = dict.fromkeys(self.images, digest_of(shown.tag))
        return Proposal(
            self._pull(policy, shown),
            Marker(INSTANCE, kind, *policy.placement, shown.tag, evidence="older"),
            edited=shown.edited,
            exact=shown.exact,
            digests=digests,
            behind=shown.behind,
        )

    def _pull(self, policy, shown):
        version = self.scheme.read(shown.tag) or Version((), shown.tag)
        title = f"{policy.placement.environment}: shop {version.tag}"
        labels = frozenset({STOP}) if shown.stopped else frozenset()
        return Pull(
            7,
            URL,
            title,
            "",
            "open",
            messages.app_branch(policy.placement),
            "d" * 40,
            "main",
            "updater",
            True,
            labels=labels,
            auto_merge=shown.auto_merge,
        )

    @staticmethod
    def _at(hour: float) -> datetime:
        return MIDNIGHT + timedelta(hours=hour)


def _words(step):
    tell: Mapping[type, Callable] = {
        PushBase: lambda: [draft.message.partition("\n")[0] for draft in step.update.drafts],
        PushBranches: lambda: [f"push {update.ref.removeprefix('refs/heads/')}" for update in step.updates],
        OpenPullRequest: lambda: [f"open {step.title}"],
        UpdatePullRequest: lambda: [f"update {step.title}"],
        SetStatus: lambda: [f"{step.status.state}: {step.status.description}"],
        Comment: lambda: [f"comment {step.key}"],
        ClosePullRequest: lambda: [f"close: {step.why}"],
        DeleteBranch: lambda: [f"delete {step.branch}"],
        MergePullRequest: lambda: ["merge"],
        SetMetadata: lambda: ["dress"],
    }
    return tell[type(step)]()
