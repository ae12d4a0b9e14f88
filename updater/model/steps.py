"""What is to be done about the decisions, and what became of it. Pure values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from updater.model.applications import Application, Applications
from updater.model.conditions import Condition, ConditionKind
from updater.model.decisions import Decision, Hold
from updater.model.interpreted import Proposal, Timeline
from updater.model.line import StoppedLine
from updater.model.names import BuiltFrom, Image, Placement
from updater.model.observed import PullRequestMetadata, Unreadable
from updater.model.questions import CommitStatus, Narrowed, Question
from updater.model.rollbacks import Rollback, StepBack, WayBack
from updater.model.verification import DeploymentVerdict, Verification
from updater.printable import excerpt
from updater.reasons.failure_reasons import VERDICTS_REFUSED
from updater.reasons.hold_reasons import BUG
from updater.value_class import value_class

_LONGEST = 200
"""Characters of a commit's subject, which is whatever somebody has pushed."""


@value_class
class CommitDraft:
    """One commit to be made: a whole message and whole texts."""

    placement: Placement
    message: str
    files: Mapping[str, bytes]
    """By path; what the file holds after this commit."""
    before: Mapping[str, bytes] = field(default_factory=dict)
    """What those files hold now, for whoever wants to see the difference."""
    built: datetime | None = None
    """When the tag says its image was built."""
    rollback: Rollback | None = None
    """The step back it is."""


@value_class
class RefUpdate:
    """A ref, the commits it is to get, and what it must be now for that."""

    ref: str
    onto: str | None
    """The sha the first draft is a child of; None: it begins a line of its own."""
    drafts: tuple[CommitDraft, ...]
    expected: str | None
    """The sha the remote must have; None: the ref must not exist."""


@value_class
class PushBase:
    """All bumps of a pass, in one atomic push to the base branch."""

    repository: str
    update: RefUpdate
    record: RefUpdate | None
    """refs/updater/<base>, moved along; it gets no drafts of its own."""


@value_class
class PushBranches:
    """The branches of proposals; each ref stands or falls alone."""

    repository: str
    updates: tuple[RefUpdate, ...]


@value_class
class PushVerdicts:
    """What became of deployments, onto the ref that remembers it."""

    repository: str
    update: RefUpdate
    verdicts: tuple[DeploymentVerdict, ...]
    """Those that it adds."""


@value_class
class OpenPullRequest:
    repository: str
    placement: Placement
    branch: str
    base: str
    title: str
    body: str
    metadata: PullRequestMetadata = field(default_factory=PullRequestMetadata)
    draft: bool = False
    rollback: Rollback | None = None
    """The step back it proposes."""


@value_class
class SetMetadata:
    """What a pull request of ours should bear and never did: a former pass was cut off before that."""

    repository: str
    placement: Placement
    branch: str
    number: int
    metadata: PullRequestMetadata


@value_class
class UpdatePullRequest:
    repository: str
    placement: Placement
    number: int
    branch: str
    title: str
    body: str


@value_class
class ClosePullRequest:
    repository: str
    placement: Placement
    number: int
    branch: str
    body: str
    """The body with the reason in its marker: written before the pull request is closed."""
    why: str


@value_class
class SetStatus:
    """The commit status on a proposal's head."""

    repository: str
    placement: Placement
    branch: str
    sha: str | None
    """None: whatever this pass has pushed to the branch."""
    status: CommitStatus


@value_class
class Comment:
    """Something a person has to hear, once: saying it again edits what was said."""

    repository: str
    placement: Placement
    branch: str
    number: int
    key: str
    text: str


@value_class
class MergePullRequest:
    repository: str
    placement: Placement
    branch: str
    number: int
    sha: str
    """The head it was judged by: another one is not merged."""
    method: Literal["merge", "squash", "rebase"]


@value_class
class SetAutoMerge:
    """Whether the forge itself merges it once nothing is missing."""

    repository: str
    placement: Placement
    branch: str
    number: int
    sha: str
    """The head it was judged by."""
    method: Literal["merge", "squash", "rebase"] | None
    """None: it must not."""


@value_class
class DeleteBranch:
    """The branch of a proposal that is merged or closed by us."""

    repository: str
    branch: str
    expected: str


@value_class
class RefreshApplications:
    """Argo CD is to look at once, instead of within its three minutes."""

    repository: str
    branch: str
    """What was pushed or merged; where that has failed, there is nothing to look at."""
    applications: tuple[Applications, ...]


@value_class
class CallReceiver:
    """Flux is to look at once."""

    repository: str
    branch: str
    """As above."""
    receiver: str
    """The name of the variable or file with its address, which is a secret."""


Announcement: TypeAlias = RefreshApplications | CallReceiver
"""Tells others to look; what was pushed stays pushed where they do not hear."""
Step: TypeAlias = (
    PushBase
    | PushBranches
    | PushVerdicts
    | OpenPullRequest
    | SetMetadata
    | UpdatePullRequest
    | ClosePullRequest
    | DeleteBranch
    | SetStatus
    | Comment
    | MergePullRequest
    | SetAutoMerge
    | Announcement
)


@value_class
class Degraded:
    """What our merged pull request brought, and what became of it. Nothing is rolled back by itself."""

    placement: Placement
    tag: str
    number: int
    branch: str
    url: str
    sentence: str
    command: str
    """The way back, for a person."""


@value_class
class Deployed:
    """The tag of one app in one environment, as Argo CD has it."""

    tag: str
    bumped: datetime
    """When Git got it."""
    at: datetime | None
    """When the last of its Applications deployed it; None: one has not, as far as it tells."""
    applications: tuple[Application, ...]


@value_class
class AnotherUpdater:
    """A process that does our work under our name, known by its last commit."""

    commit: str
    subject: str
    seen: datetime
    """When we first saw that commit."""

    @property
    def sentence(self) -> str:
        return (
            f"another process does this updater's work under its name: it has made {self.commit[:10]} "
            f"({excerpt(self.subject, _LONGEST)}), and this one has not. They get in each other's way: "
            "stop one of them"
        )


@value_class
class Plan:
    """What is missing for the decisions, complete enough to be sent as it is."""

    steps: tuple[Step, ...]
    held: tuple[Hold, ...] = ()
    """Promotions that cannot be written after all, each with its reason."""
    degraded: tuple[Degraded, ...] = ()
    questions: frozenset[Question] = frozenset()
    """Asked, and not answered yet: with the answers it may be another plan."""


@value_class
class Outcome:
    """What became of one step."""

    step: Step
    error: str | None = None
    code: str = "done"
    lost_race: bool = False
    waits: bool = False
    """It was not the time for it, and will be by itself."""
    refused: bool = False
    """The world has said no: to try it again does not help by itself."""
    remarks: tuple[str, ...] = ()
    """What failed around it, though it was done: a sentence each."""
    url: str | None = None
    """Of the pull request, where there is one."""

    @property
    def failed(self) -> bool:
        """It makes the pass a failed one; what nobody hears, or has to wait, is told, and no more."""
        told = self.waits or self.code == VERDICTS_REFUSED.code or isinstance(self.step, Announcement)
        return self.error is not None and not told


@value_class
class Report:
    """One pass, told: what was decided of every app in every environment, and what became of it."""

    repository: str
    started: datetime
    finished: datetime
    base: str | None
    decisions: Sequence[Decision]
    steps: Sequence[Step]
    outcomes: Sequence[Outcome]
    unreadable: Sequence[Unreadable]
    timelines: Mapping[Placement, Timeline] = field(default_factory=dict)
    proposals: Mapping[Placement, Sequence[Proposal]] = field(default_factory=dict)
    """Our open pull requests, as they were before the steps."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """How many seconds each stage took."""
    degraded: Sequence[Degraded] = ()
    """What has to be said loudly: it went wrong after our merge."""
    deployed: Mapping[Placement, Deployed] = field(default_factory=dict)
    """Where Argo CD was asked in this pass, and has answered."""
    conditions: Sequence[Condition] = ()
    """What is true of what runs."""
    unjudged: Collection[tuple[Placement, ConditionKind]] = frozenset()
    """Which of them nobody can say now."""
    ways_back: Sequence[WayBack] = ()
    """What becomes of what has failed its verification; whether it was done, the outcomes say."""
    verifications: Mapping[Placement, Verification] = field(default_factory=dict)
    """How the deployment of what runs stands, where it is verified."""
    verdicts: Mapping[Placement, Sequence[DeploymentVerdict]] = field(default_factory=dict)
    """What was found after deployments, and stands on record; oldest first."""
    line: StoppedLine | None = None
    """Nothing goes forward in all of it."""
    steps_back: Mapping[Placement, Sequence[StepBack]] = field(default_factory=dict)
    """Where apps went back, by whomever; oldest first."""
    warnings: Sequence[str] = ()
    """What has to be known and holds nothing, such as records of people that do nothing: a sentence each."""
    builds: Mapping[tuple[Image, str], BuiltFrom] = field(default_factory=dict)
    """What the labels say of the images that were read in this pass; by image and tag."""
    holds_file: bool = False
    """People have recorded something in `.updater/holds.yaml`: it is there."""
    races: int = 0
    """How often somebody else pushed first."""
    another: AnotherUpdater | None = None
    """Who has lately done our work beside us."""
    narrowed: Narrowed | None = None
    """The pass was for a few images that somebody had knocked for; None: a whole one."""

    @property
    def failed(self) -> bool:
        """A reading or a step failed, or we made a mistake."""
        wrong = any(outcome.failed for outcome in self.outcomes) or bool(self.mistakes)
        return bool(self.unreadable) or wrong

    @property
    def mistakes(self) -> tuple[Hold, ...]:
        """Where it holds for a fault of our own."""
        holds = (decision for decision in self.decisions if isinstance(decision, Hold))
        return tuple(hold for hold in holds if any(said.reason == BUG for said in hold.reasons))
