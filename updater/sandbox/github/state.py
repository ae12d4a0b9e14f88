"""To hold what the embedded GitHub knows beside its Git repositories. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Literal

from updater.sandbox.github.git import Git, Person, Signature
from updater.sandbox.github.limits import Limits
from updater.sandbox.github.protection import Protection

Method = Literal["merge", "squash", "rebase"]
EventName = Literal[
    "labeled",
    "unlabeled",
    "review_requested",
    "review_request_removed",
    "assigned",
    "unassigned",
    "milestoned",
    "demilestoned",
    "merge_scheduled",
    "merge_cancelled",
]
ENOUGH_PERMISSIONS = {
    "contents": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
"""Of an App, for what is served here."""
COLLABORATORS = frozenset({"alice", "bob", "kim", "updater-bot"})
TEAMS = frozenset({"platform"})
GITHUB = Person("GitHub", "noreply@github.com")


@dataclass(frozen=True, slots=True)
class User:
    id: int
    login: str
    kind: Literal["User", "Bot", "Organization"] = "User"

    @property
    def person(self) -> Person:
        return Person(self.login, f"{self.id}+{self.login}@users.noreply.github.com")


@dataclass(slots=True)
class Comment:
    id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did to an issue: `subject` is a label, a milestone, a login, or `team:` and a slug."""

    id: int
    name: EventName
    user: User
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class App:
    id: int
    slug: str
    user: User
    public_key: str
    installation: int
    permissions: Mapping[str, str]
    owner: str = ""
    """Where it is installed, for all its repositories; none: everywhere."""


@dataclass(frozen=True, slots=True)
class Review:
    id: int
    user: User
    state: str
    body: str
    commit: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    id: int
    user: User
    context: str
    state: str
    description: str | None
    target_url: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CheckRun:
    id: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime


@dataclass(slots=True, kw_only=True)
class Issue:
    id: int
    number: int
    user: User
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    closed_by: User | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    milestone: str | None = None
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mergeability:
    head: str
    base: str
    mergeable: bool


@dataclass(frozen=True, slots=True)
class AutoMerge:
    user: User
    method: Method


@dataclass(slots=True, kw_only=True)
class Pull(Issue):
    """`head_sha` and `base_sha` stay what they were when it was closed."""

    head_repository: "Repository"
    head: str
    head_sha: str
    base: str
    base_sha: str
    draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    mergeability: Mergeability | None = None
    reviewers: list[User] = field(default_factory=list)
    team_reviewers: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    body_version: tuple[int, str | None] = (0, None)
    """How often the body changed, and what it was when that was asked last."""
    queued_by: User | None = None
    """Who put it into the merge queue of its base; its head branch is locked then."""

    @property
    def head_label(self) -> str:
        return f"{self.head_repository.owner.login}:{self.head}"


@dataclass(slots=True, kw_only=True, eq=False)
class Repository:
    id: int
    owner: User
    name: str
    git: Git
    default_branch: str
    private: bool
    created_at: datetime
    parent: "Repository | None" = None
    delete_branch_on_merge: bool = False
    allow_auto_merge: bool = False
    issues: dict[int, Issue] = field(default_factory=dict)
    statuses: dict[str, list[Status]] = field(default_factory=dict)
    check_runs: dict[str, list[CheckRun]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    milestones: list[str] = field(default_factory=list)
    """By number, from 1."""
    protections: dict[str, list[Protection]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    verified: set[str] = field(default_factory=set)
    """The commits GitHub has signed."""
    archived: bool = False
    collaborators: frozenset[str] = COLLABORATORS
    """The logins that may be asked to review, and be assigned; nobody else."""
    teams: frozenset[str] = TEAMS
    """The slugs of those that may be asked to review."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[Pull]:
        return [issue for issue in self.issues.values() if isinstance(issue, Pull)]

    def protected(self, branch: str) -> list[Protection]:
        return self.protections.get(branch, [])

    def is_queued(self, branch: str) -> bool:
        """Whether a pull request from it waits in a merge queue."""
        return any(
            pull.queued_by and pull.head_repository is self and pull.head == branch for pull in self.pulls
        )

    def may_review(self, login: str) -> bool:
        return login.lower() in self.collaborators


@dataclass(slots=True, kw_only=True)
class Forge:
    """`clock` tells when something happens, `url` is where all of it is served."""

    url: str
    clock: Callable[[], datetime]
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, User] = field(default_factory=dict)
    expiries: dict[str, datetime] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(1000))
    limits: Limits = field(default_factory=Limits)
    keeps_empty: bool = False
    """A pull request stays open whose head is gone, or says nothing that base does not: GitLab's way."""
    closes_headless: bool = True
    """Where empty ones are kept: one whose head or base is gone is closed all the same, as Gitea does."""
    sees_merges: bool = True
    """Whose head is pushed to base is merged. Gitea looks for that only where it is told to."""

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def now(self) -> datetime:
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def user(self, login: str, kind: Literal["User", "Bot", "Organization"] = "User") -> User:
        """Known from now on, if it was not before."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(next(self.ids), login, kind)
        return self.users[key]

    def find(self, full_name: str) -> Repository | None:
        return self.repositories.get(full_name.removesuffix(".git").lower())

    def bearer(self, token: str | None) -> User | None:
        """Whom a token stands for, unless it has expired."""
        expiry = self.expiries.get(token or "")
        return None if expiry and expiry <= self.clock() else self.tokens.get(token or "")

    def lets_in(self, user: User, repository: Repository) -> bool:
        """An App sees what is private only where it is installed."""
        owners = [app.owner for app in self.apps.values() if app.user == user and app.owner]
        return not repository.private or not owners or repository.owner.login in owners

    def signature(self, user: User) -> Signature:
        return Signature(user.person, self.now)

    def comment(self, issue: Issue, user: User, body: str) -> Comment:
        comment = Comment(next(self.ids), user, body, self.now, self.now)
        issue.comments.append(comment)
        issue.updated_at = self.now
        return comment

    def close(self, issue: Issue, user: User) -> None:
        """What is closed waits in no queue."""
        if isinstance(issue, Pull):
            issue.queued_by = None
        issue.state, issue.closed_at, issue.closed_by, issue.updated_at = "closed", self.now, user, self.now

    def label(self, repository: Repository, name: str) -> str:
        """The label as the repository spells it; made where it is new."""
        known: Mapping[str, str] = {label.lower(): label for label in repository.labels}
        if name.lower() not in known:
            repository.labels[name] = next(self.ids)
        return known.get(name.lower(), name)

    def set_labels(self, repository: Repository, issue: Issue, names: Iterable[str], user: User) -> None:
        wanted = list(dict.fromkeys(self.label(repository, name) for name in names))
        for name in (each for each in wanted if each not in issue.labels):
            self.happen(issue, "labeled", user, name)
        for name in (each for each in issue.labels if each not in wanted):
            self.happen(issue, "unlabeled", user, name)
        issue.labels = wanted

    def assign(self, issue: Issue, wanted: list[User], user: User) -> None:
        for each in (each for each in wanted if each not in issue.assignees):
            self.happen(issue, "assigned", user, each.login)
        for each in (each for each in issue.assignees if each not in wanted):
            self.happen(issue, "unassigned", user, each.login)
        issue.assignees = list(dict.fromkeys(wanted))

    def set_milestone(self, issue: Issue, title: str | None, user: User) -> None:
        if issue.milestone is not None and issue.milestone != title:
            self.happen(issue, "demilestoned", user, issue.milestone)
        if title is not None and issue.milestone != title:
            self.happen(issue, "milestoned", user, title)
        issue.milestone = title

    def happen(self, issue: Issue, name: EventName, user: User, subject: str) -> None:
        issue.events.append(Event(next(self.ids), name, user, subject, self.now))
        issue.updated_at = self.now
