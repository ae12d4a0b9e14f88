from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from updater.adapters.api_connection import ApiConnection
from updater.adapters.github import GitHubForge
from updater.model import (
    ClosePullRequest,
    Comment,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    PullRequestMetadata,
    UpdatePullRequest,
)
from updater.sandbox import GitHub

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
PLACEMENT = Placement("production", "shop")
WORN = {"labels", "reviewers", "assignees", "milestone"}


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class World:
    """One deploy repository on the embedded GitHub, one branch ready to be proposed, one forge."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.clock = Clock()
        self.warnings: list[str] = []
        self.seen: list[tuple[str, int]] = []
        github.create_repository("acme", "deploy", {"tag": "1"})
        self.branch(BRANCH)
        self.forge = self.another_forge()

    def another_forge(
        self, token: Callable[[], str] | None = None, *, timeout: int = 15, **settings: object
    ) -> GitHubForge:
        return GitHubForge(
            **{"repository": REPOSITORY, "api": self.github.api, **settings},
            token=token or (lambda: self.github.bot_token),
            connection=ApiConnection(
                timeout=timeout, observer=lambda host, status: self.seen.append((host, status))
            ),
            warn=self.warnings.append,
            clock=self.clock,
        )

    def branch(self, name: str) -> str:
        return self.github.commit(REPOSITORY, name, {"tag": name}, f"Change {name}")

    def sent(self, since: int = 0) -> list[str]:
        """Method, path without the root, and status."""
        root = f"/api/v3/repos/{REPOSITORY}"
        return [
            f"{each.method} {each.path.partition('?')[0].removeprefix(root)} {each.status}"
            for each in self.github.requests[since:]
        ]

    @property
    def count(self) -> int:
        return len(self.github.requests)


@pytest.fixture
def world() -> Iterator[World]:
    with GitHub() as github:
        world = World(github)
        yield world
        world.forge.disconnect()


@pytest.fixture
def opening() -> Callable[..., OpenPullRequest]:
    def build(**fields: object) -> OpenPullRequest:
        given = {"branch": BRANCH, "base": "main", "title": "production: shop 2", "body": "Why it is safe."}
        worn = {name: fields.pop(name) for name in WORN & fields.keys()}
        return OpenPullRequest(REPOSITORY, PLACEMENT, **given | fields, metadata=PullRequestMetadata(**worn))

    return build


@pytest.fixture
def updating() -> Callable[..., UpdatePullRequest]:
    def build(number: int, title: str, body: str) -> UpdatePullRequest:
        return UpdatePullRequest(REPOSITORY, PLACEMENT, number, BRANCH, title, body)

    return build


@pytest.fixture
def closing() -> Callable[..., ClosePullRequest]:
    def build(number: int, body: str) -> ClosePullRequest:
        return ClosePullRequest(REPOSITORY, PLACEMENT, number, BRANCH, body, "The tag is on base.")

    return build


@pytest.fixture
def saying() -> Callable[..., Comment]:
    def build(number: int, key: str, text: str) -> Comment:
        return Comment(REPOSITORY, PLACEMENT, BRANCH, number, key, text)

    return build


@pytest.fixture
def merging() -> Callable[..., MergePullRequest]:
    def build(number: int, sha: str, method: str = "merge") -> MergePullRequest:
        return MergePullRequest(REPOSITORY, PLACEMENT, BRANCH, number, sha, method)

    return build
