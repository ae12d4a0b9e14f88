"""What is read only when a decision or a plan asks for it; and all a pass has seen. Pure values.

Questions are dataclasses and no tuples: two that ask different things of one number must not be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from updater.model.applications import Application, Applications
from updater.model.monitoring import FiredAlert, Gap, LoadedRules, MonitoringQuestion, Sample
from updater.model.names import Image, SourceCommit
from updater.model.observed import (
    File,
    FileChange,
    Heads,
    History,
    ImageDate,
    Listing,
    MetadataItem,
    PullRequest,
    Reading,
    Unreadable,
)
from updater.times import clock_skew
from updater.value_class import value_class


@value_class
class DigestOf:
    """Which manifest does the tag point to? Answer: `sha256:…`, or None: no such tag (yet)."""

    image: Image
    tag: str


@value_class
class ImageOf:
    """What does the image say of itself that the tag points to? Answer: ImageFacts, or None: no such tag."""

    image: Image
    tag: str


@value_class
class PublicKey:
    """Whoever has the private key to it. Named by a file or an environment variable, or written out."""

    file: str | None = None
    variable: str | None = None
    pem: str | None = None

    def __str__(self) -> str:
        return self.file or self.variable or "the key in the config"


@value_class
class SignerIdentity:
    """Whoever the issuer knows by that name, as Sigstore's certificates have it."""

    name: str
    """`*` stands for anything but `/` and `@`, `**` for anything but `@`."""
    issuer: str
    trusted_root: str | None = None
    """A file with the roots of trust; None: those of the public Sigstore."""

    def __str__(self) -> str:
        return self.name


Signatory: TypeAlias = PublicKey | SignerIdentity


@value_class
class SignatureOf:
    """Who of these has signed the image that the tag points to? Answer: Signed, or None: no such tag."""

    image: Image
    tag: str
    signatories: tuple[Signatory, ...]


@value_class
class ClosedPullRequestsOf:
    """Which pull requests of this branch were closed? Answer: a tuple of PullRequest."""

    branch: str


@value_class
class StatusOf:
    """What does our commit status say on this commit? Answer: a Status, or None: nothing."""

    sha: str


@value_class
class CommentsOf:
    """What have we said in this pull request? Answer: the texts of our keyed comments, by key."""

    number: int


@value_class
class ReviewsOf:
    """How does this pull request stand with its reviewers and the forge? Answer: a Standing."""

    number: int


@value_class
class BranchRulesOf:
    """What does this branch demand of what is merged into it? Answer: Terms."""

    branch: str


@value_class
class MetadataOf:
    """What has this pull request ever borne? Answer: Pieces; what it has lost, a person took away."""

    number: int


@value_class
class FilesOf:
    """Which files does a pull request change? Answer: their paths."""

    number: int
    head: str


@value_class
class ConflictOf:
    """Does a branch's head no longer merge into the base? Answer: whether it conflicts."""

    base: str
    head: str
    """Shas."""


@value_class
class ChangesOf:
    """Which files differ between two commits? Answer: a tuple of FileChange."""

    old: str
    new: str
    """Shas."""


@value_class
class TouchedBetween:
    """Which paths did commits between the two change, also where that was undone? Answer: a tuple of paths.

    Or None: the second does not come after the first on its own line, or too much lies between.
    """

    old: str
    new: str
    """Shas."""


@value_class
class ChecksOf:
    """How do the checks of this commit stand? Answer: by name, `success`, `pending` or `failure`."""

    origin: SourceCommit


@value_class
class ComparisonOf:
    """How does a commit stand to another? Answer: it is `ahead`, `behind`, `identical` or `diverged`."""

    base: SourceCommit
    head: str
    """A sha of the same repository."""


@value_class
class CommitsOf:
    """What lies between a commit and a later one? Answer: Commits, or None: nobody may say."""

    base: SourceCommit
    head: str
    """A sha of the same repository."""


@value_class
class CommitRange:
    """The commits from one to another, without the first."""

    total: int
    lines: tuple[tuple[str, str], ...]
    """Sha and the first line of the message, newest first, and not all where there are many."""


@value_class
class MessageOf:
    """What does the message of this commit say? Answer: its text."""

    origin: SourceCommit


APP_VERSION = "appVersion"
"""The label under which a chart says what it runs."""


@value_class
class ImageConfig:
    """What an image says of itself. Who may push it may write anything here, but can never change it."""

    digest: str
    platforms: tuple[str, ...]
    """As `linux/arm64`, with the variant where there is one; sorted. Empty where it says none."""
    created: datetime | None
    """When it was created; None where it does not say, or nothing plausible, as in 1970."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of its config; where that lacks one, of its annotations."""
    artifact: str | None = None
    """What it is, in words, where it is not what was asked for: `a Helm chart` among images."""


@value_class
class HealthOf:
    """How does Argo CD see these Applications? Answer: a tuple of Application; empty: there is none."""

    applications: Applications


@value_class
class Signed:
    """What was found out about the signatures of an image."""

    digest: str
    by: Signatory | None
    """The one whose signature was verified; None: there is no such signature."""
    found: str = ""
    """What there is instead, as a clause: `no signature is in the registry`."""


@value_class
class CommitStatus:
    """A commit status: `updater/gates`, or that of the instance."""

    state: Literal["success", "pending", "failure"]
    description: str


@value_class
class ReviewState:
    approved: bool
    """Somebody has approved it, and nobody who reviewed later asks for changes."""
    mergeable: str
    """The forge's own word: clean, blocked, behind, dirty, unstable, draft, unknown, …"""
    queued_by: str | None = None
    """Who put it into a merge queue, where it waits; None: it is in none, as far as the forge tells."""


@value_class
class AppStanding:
    """How a forge sees one of several Apps that we act as."""

    app_id: int
    login: str
    owner: str
    """Where it is installed."""
    granted: Mapping[str, str]
    """What it may do, such as `{"contents": "write"}`."""
    left: int
    """How many requests it is still allowed."""
    resets: datetime
    """When that is new."""


@value_class
class BranchRules:
    """As a forge tells it; None where it does not tell."""

    may_push: bool | None = None
    archived: bool = False
    """The repository can be read, and nothing more."""
    expires: datetime | None = None
    """When the token ends."""
    lacks: tuple[str, ...] = ()
    """What pull requests need and the token is told not to have, in the forge's words."""
    pull_request_required: bool = False
    merge_queue: bool = False
    """Nothing is merged but by the forge's queue."""
    """Nobody pushes to the base branch, except who may pass by its rules."""
    reviews: int = 0
    """How many approvals a pull request needs there."""
    checks: tuple[str, ...] = ()
    """The status checks the base branch requires."""
    checks_pushes: bool = True
    """Of pushes, too, and not only of merges."""
    up_to_date: bool | None = False
    """A pull request must contain the newest base before it is merged."""


PullRequestQuestion: TypeAlias = (
    ClosedPullRequestsOf | StatusOf | CommentsOf | ReviewsOf | BranchRulesOf | MetadataOf | FilesOf
)
"""For the forge of the deploy repository: what we write there, or a person does, makes another answer."""
Question: TypeAlias = (
    DigestOf
    | ImageOf
    | ChecksOf
    | ComparisonOf
    | CommitsOf
    | MessageOf
    | SignatureOf
    | PullRequestQuestion
    | ConflictOf
    | ChangesOf
    | TouchedBetween
    | HealthOf
    | MonitoringQuestion
)
Answer: TypeAlias = (
    Reading[str | None]
    | Reading[ImageConfig | None]
    | Reading[Signed | None]
    | Reading[tuple[PullRequest, ...]]
    | Reading[tuple[FileChange, ...]]
    | Reading[CommitStatus | None]
    | Reading[Mapping[str, str]]
    | Reading[ReviewState]
    | Reading[BranchRules]
    | Reading[CommitRange | None]
    | Reading[frozenset[MetadataItem]]
    | Reading[tuple[str, ...]]
    | Reading[bool]
    | Reading[tuple[Application, ...]]
    | Reading[tuple[FiredAlert, ...]]
    | Reading[tuple[Gap, ...]]
    | Reading[tuple[Sample, ...]]
    | Reading[LoadedRules]
    | Reading[datetime | None]
)


@value_class
class Narrowed:
    """What a pass for a few images has listed anew; of all others it goes by an earlier list."""

    images: frozenset[Image]
    since: datetime
    """When all were last listed in one pass."""


@value_class
class Snapshot:
    """All a pass over one deploy repository has seen. No meaning yet."""

    repository: str
    now: datetime
    heads: Reading[Heads]
    files: Mapping[str, Reading[File | None]]
    history: Reading[History]
    blobs: Mapping[str, bytes]
    listings: Mapping[Image, Reading[Listing]]
    pull_requests: Reading[tuple[PullRequest, ...]]
    """The open ones and the recently closed."""
    logins: frozenset[str] = frozenset()
    """All whom the forge takes us for; none where it does not tell, or nothing is to be written."""
    unnamed: bool = False
    """It may take us for one more App, whose name it did not tell."""
    dates: Mapping[Image, Reading[Mapping[str, ImageDate | None]]] = field(default_factory=dict)
    """By tag, where a scheme asks for them; what is missing was not read yet."""
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    verdicts: Reading[Mapping[str, Reading[File]]] = field(default_factory=dict)
    """What was recorded of deployments, by path in the tree of its ref; only the files that are there."""
    offsets: Mapping[str, float] = field(default_factory=dict)
    """By registry: how many seconds its clock is ahead of ours, where it tells its time."""
    narrowed: Narrowed | None = None
    """None: a whole pass has listed all of them."""

    @property
    def listed(self) -> Mapping[Image, Reading[Listing]]:
        """What was listed in this pass."""
        if self.narrowed is None:
            return self.listings
        return {image: self.listings[image] for image in self.listings if image in self.narrowed.images}

    @property
    def skew(self) -> tuple[str, float] | None:
        """A server, and how many seconds its clock is ahead of ours, where none agrees with us."""
        return clock_skew(self.offsets)

    @property
    def refs(self) -> Mapping[str, str]:
        """None where they could not be read."""
        return {} if isinstance(self.heads, Unreadable) else self.heads.refs

    @property
    def pulls(self) -> tuple[PullRequest, ...]:
        """None where they could not be read."""
        return () if isinstance(self.pull_requests, Unreadable) else self.pull_requests
