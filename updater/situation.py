"""What interpret says of the world: the nouns between it and decide and plan. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from updater.config import Breaker, Pin, Policy
from updater.config.kinship import Kin
from updater.forges import BEARABLE, SHORTEST, TextLimits
from updater.manifests import Value
from updater.messages import app_branch, group_branch
from updater.model import (
    Answer,
    Commit,
    DeploymentVerdict,
    DigestOf,
    File,
    Image,
    Lineage,
    Listing,
    Origin,
    Placement,
    Proposal,
    PullRequest,
    PullRequestQuestion,
    Question,
    Reading,
    RecordedFloors,
    Rollout,
    Ruling,
    SeenDigest,
    StepBack,
    StoppedLine,
    Timeline,
    Unreadable,
    Verification,
)
from updater.value_class import value_class


@value_class
class PinReading:
    """One pin, as the base branch's head has it."""

    pin: Pin
    file: File
    value: Value


OrphanReason: TypeAlias = Literal[
    "unnamed", "gone", "retargeted", "base", "instance", "doubled", "unmarked", "author"
]


@value_class
class OrphanedPullRequest:
    """An open pull request of ours that we look after no more."""

    pull_request: PullRequest
    placement: Placement
    why: OrphanReason
    """The config no longer names it; its environment was a folder that is gone; somebody aimed it at
    another branch, or config has another base now; it bears the name that this updater had before;
    somebody took our marker out; we are not who opened it, so only what we have said of its head before is
    ours to take back."""
    intact: bool = False
    """Its head is a commit of ours: nobody has pushed to it since."""


@value_class
class QueuedMerge:
    """What a merge queue is about to merge for a pull request."""

    pull_request: PullRequest
    branch: str
    head: str


@value_class
class BranchConflict:
    """An open pull request that we do not look after, from the branch that would be ours."""

    pull_request: PullRequest
    why: Literal["instance", "unnamed_app", "author", "unmarked", "base", "unnamed"]
    """It is another updater's; an App of ours that has not told its name may have opened it, or may not;
    somebody else opened it; it does not bear our marker (any more); it is for the
    base branch that config had before; it is of a whole environment, and config names none of its apps."""


@value_class
class PlacementState:
    """One app in one environment, understood."""

    policy: Policy
    timeline: Timeline
    pins: tuple[PinReading, ...]
    trouble: tuple[Ruling, ...] = ()
    """Why nothing can be decided here: what could not be read, or is in doubt."""
    proposal: Proposal | None = None
    """Our open pull request that shows a candidate for it."""
    group: Proposal | None = None
    """The open pull request of its whole environment, whether or not it lists this app."""
    rejected: frozenset[str] = frozenset()
    """Tags whose proposal somebody closed unmerged."""
    asked: Proposal | None = None
    """Our open pull request for what a person asked for by name."""
    merged: Proposal | None = None
    """Our merged pull request that brought the tag it runs."""
    branch_conflict: BranchConflict | None = None
    """An open pull request from the branch that would be ours keeps us from proposing anything."""
    retargeted: PullRequest | None = None
    """Our open pull request for it that somebody has aimed at another branch."""
    stopped: bool = False
    """Its pull request bears the label that tells us to leave it alone."""
    refused: Ruling | None = None
    """What its team has written of it does not count."""
    held: Ruling | None = None
    """The hold somebody has recorded."""
    line: Ruling | None = None
    """So many apps of its repository went back that nothing goes forward."""
    released: frozenset[str] = frozenset()
    """Tags that somebody has released, and that have not come back since."""
    goes_on: bool = False
    """Somebody has released it after its last step back."""
    lineage: Lineage = field(default_factory=lambda: Lineage({}, None))
    """Which commit contains which, on the branch its pins stand on."""
    unheard: tuple[Ruling, ...] = ()
    """Why nothing can be promoted although the repository was read: a registry or the forge is silent."""
    unordered: tuple[Ruling, ...] = ()
    """Of these, why nobody can say (yet) which of its tags is the newer, also of those it has held."""

    floors: RecordedFloors = field(default_factory=RecordedFloors)
    """Below what there is no way back, by the file."""

    verdicts: tuple[DeploymentVerdict, ...] = ()
    """What was recorded of its deployments there, oldest first."""
    verdicts_unread: Ruling | None = None
    """Why nobody can say what was: then nothing goes back by itself, and nothing new comes."""
    origin: Origin | None = None
    """Who brought what runs; None: nobody has asked, since it has not failed."""
    steps_back: tuple[StepBack, ...] = ()
    """Where it went back, oldest first."""

    @property
    def failed(self) -> DeploymentVerdict | None:
        """What was found of the stay that lasts, if it failed its verification."""
        stay = self.timeline.current
        if not self.verdicts or stay is None or stay.tag != self.current:
            return None
        mine = (each for each in reversed(self.verdicts) if (each.tag, each.commit) == (stay.tag, stay.by))
        found = next(mine, None)
        return found if found is not None and found.result == "failed" else None

    @property
    def withheld(self) -> Ruling | None:
        """Why it stays as it is by what people have written, whatever its candidates are worth."""
        return self.refused or self.held or self.line

    @property
    def is_grouped(self) -> bool:
        """It shares a pull request: with its environment's apps, or an app's charts with its images."""
        return self.policy.is_grouped or self.policy.paired

    @property
    def rollout(self) -> Rollout | None:
        """How to learn what Argo CD made of it; None: config names no Application."""
        health, manifests = self.policy.health, self.policy.manifests
        return Rollout(health, self.lineage, manifests) if health and manifests else None

    @property
    def branch(self) -> str:
        """Where a candidate is proposed from."""
        environment, _ = self.policy.placement
        return group_branch(environment) if self.policy.is_grouped else app_branch(self.policy.placement)

    def shares(self, branch: str) -> bool:
        """By config it belongs into the pull request that is shared on that branch."""
        return self.is_grouped and self.branch == branch

    @property
    def current(self) -> str | None:
        """The tag the environment runs; None where its pins disagree or hold nothing."""
        tags = {pin.value.tag for pin in self.pins}
        return tags.pop() if len(tags) == 1 and len(self.pins) == len(self.policy.pins) else None


@value_class
class Situation:
    """All a pass over one deploy repository knows."""

    repository: str
    now: datetime
    base: str | None
    """The sha of the base branch's head; None where it could not be read."""
    record: str | None
    """The sha refs/updater/<base> is at."""
    forced: bool
    """The base no longer contains that sha: somebody forced the branch elsewhere."""
    branches: Mapping[str, str]
    """Our proposals' branches: name to sha."""
    commits: Mapping[str, Commit]
    """Of the base branch and of our proposals' branches, by sha."""
    finished: frozenset[tuple[str, str]]
    """Branch and head of the pull requests that were lately merged, or closed by us."""
    states: Mapping[Placement, PlacementState]
    """In the order environments come after one another."""
    elsewhere: Mapping[Placement, PlacementState]
    """Predecessors in other repositories, as last read."""
    listings: Mapping[Image, Reading[Listing]]
    orphans: tuple[OrphanedPullRequest, ...] = ()
    """Our open pull requests that are left to people."""
    foreign: tuple[PullRequest, ...] = ()
    """Open pull requests for the base that are not ours to look after; only where all get our status."""
    left_over: frozenset[str] = frozenset()
    """The branches of environments that are gone; their heads are ours."""
    open_from: Mapping[str, int] = field(default_factory=dict)
    """By branch, how many pull requests are open from it: deleting it closes them all."""
    queued: tuple[QueuedMerge, ...] = ()
    """What merge queues are trying just now; what waits behind it no branch shows."""
    all_need_status: bool = False
    """By config: all that is open or tried in a queue gets our status."""
    line: StoppedLine | None = None
    """Nothing goes forward in all of it: a person, or the breaker, has stopped it."""
    holds: File | None = None
    """The holds file as the base's head has it."""
    bumps: frozenset[str] = frozenset()
    """The commits that only an updater of our name makes, by itself."""
    warnings: tuple[str, ...] = ()
    """What people have written there that does nothing, a sentence each."""
    skew: tuple[str, float] | None = None
    """A server, and how many seconds its clock is ahead of ours, where none agrees with us."""
    record_of_verdicts: str | None = None
    """The sha refs/updater/verdicts/<base> is at; None: nothing was recorded yet."""
    verdict_files: Mapping[str, Reading[File]] = field(default_factory=dict)
    """What is recorded there, by path."""
    verifications: Mapping[Placement, Verification] = field(default_factory=dict)
    """How the deployments of what runs stand."""
    found: tuple[DeploymentVerdict, ...] = ()
    """The verdicts that are new: found in this pass, and not recorded yet."""
    unrecorded: bool = False
    """The host has lately refused to have them recorded."""
    kin: Mapping[Placement, Kin] = field(default_factory=dict)
    """Which places of an app stand beside and after another."""
    longest: TextLimits = SHORTEST
    """What its forge takes."""
    has_forge: bool = True
    """Config says where pull requests are opened; else there are none."""
    logins: frozenset[str] = frozenset()
    """Whom we act as and have acted as, in lower case; none where nobody knows."""
    bears: frozenset[str] = BEARABLE
    """What a pull request has there beside its words."""
    breaker: Breaker | None = None
    """How many apps may go back before its line stops; None: nobody says."""
    gone_back: frozenset[str] = frozenset()
    """Apps that went back so lately that they bound how many go by themselves."""
    unpushable: frozenset[Placement] = frozenset()
    """Where the host has refused the push of a way back in this pass."""
    stuck: frozenset[str] = frozenset()
    """Branches of proposals that the host has refused to move in this pass."""
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    running: Mapping[DigestOf, SeenDigest] = field(default_factory=dict)
    """Where running tags pointed when they were last looked at: too long ago to promote by it."""
    running_unread: tuple[Unreadable, ...] = ()
    """Why it could not be looked again, in this pass."""

    def kept(self, *, pull_requests: bool) -> Mapping[Question, Answer]:
        """The answers that count after a lost race, with or without those about pull requests."""
        return {
            question: answer
            for question, answer in self.answers.items()
            if pull_requests or not isinstance(question, PullRequestQuestion)
        }

    def verdicts(self, placement: Placement) -> tuple[DeploymentVerdict, ...]:
        """What was recorded of its deployments, and what was found just now; oldest first."""
        state = self.state(placement)
        return self.verdicts_of(state) if state is not None else self._found(placement)

    def verdicts_of(self, state: PlacementState) -> tuple[DeploymentVerdict, ...]:
        """The same of a placement that is known."""
        return (*state.verdicts, *self._found(state.policy.placement)) if self.found else state.verdicts

    def _found(self, placement: Placement) -> tuple[DeploymentVerdict, ...]:
        return tuple(one for one in self.found if one.placement == placement)

    def is_us(self, login: str | None, pull: PullRequest) -> bool:
        """Whether who did something with a pull request of ours is we: its author, or an App of ours."""
        return login is not None and login.lower() in {pull.author.lower(), *self.logins}

    def state(self, placement: Placement) -> PlacementState | None:
        return self.states.get(placement) or self.elsewhere.get(placement)
