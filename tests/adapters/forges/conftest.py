"""Each forge in turn: the real library of it against the embedded host."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from swagger import CheckedAzure, CheckedBitbucket, CheckedGitea

from updater.adapters.api_connection import ApiConnection
from updater.adapters.azure import AzureForge
from updater.adapters.bitbucket import BitbucketForge
from updater.adapters.gitea import GiteaForge
from updater.adapters.github import GitHubForge
from updater.adapters.gitlab import GitLabForge
from updater.model import (
    ClosePullRequest,
    Comment,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    PullRequestMetadata,
    SetAutoMerge,
    UpdatePullRequest,
)
from updater.sandbox import GitHub, GitLab
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
PLACEMENT = Placement("production", "shop")
WORN = {"labels", "reviewers", "assignees", "milestone"}
FORGES = {
    "github": (GitHub, GitHubForge),
    "gitlab": (GitLab, GitLabForge),
    "gitea": (CheckedGitea, GiteaForge),
    "bitbucket": (CheckedBitbucket, BitbucketForge),
    "azure": (CheckedAzure, AzureForge),
}


class Clock:
    def __init__(self):
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self):
        return self.now

    def forward(self, **length):
        self.now += timedelta(**length)


class World:
    """One deploy repository on an embedded host, one branch ready to be proposed, one forge."""

    def __init__(self, hub, kind):
        self.hub, self._kind = hub, kind
        self.clock = Clock()
        hub.forge.clock = self.clock
        self.warnings, self.seen = [], []
        hub.create_repository("acme", "deploy", {"tag": "1"})
        self.branch(BRANCH)
        self._made = []
        self.forge = self.another_forge()

    def another_forge(self, token=None, *, timeout=15, **settings):
        forge = self._kind(
            self.address(settings.pop("repository", REPOSITORY)),
            **{"api": self.hub.api, **settings},
            token=token or (lambda: self.hub.bot_token),
            connection=ApiConnection(
                timeout=timeout, observer=lambda host, status: self.seen.append((host, status))
            ),
            warn=self.warnings.append,
            clock=self.clock,
        )
        self._made.append(forge)
        return forge

    def address(self, repository):
        """As config has it, which is a part of what git is given."""
        return self.hub.clone_url(repository).removeprefix(f"{self.hub.url}/").removesuffix(".git")

    def close(self):
        for forge in self._made:
            forge.disconnect()

    def branch(self, name):
        return self.hub.commit(REPOSITORY, name, {"tag": name}, f"Change {name}")

    def head(self, name=BRANCH):
        return self.hub.head(REPOSITORY, name)

    def pull(self, number):
        return self.hub.pull(REPOSITORY, number)

    @property
    def writes(self):
        """Method and path of what was sent to change something, in order."""
        return [f"{each.method} {unquote(each.path)}" for each in self.hub.requests if each.write]

    # --- steps ------------------------------------------------------------------------------------------

    def opening(self, **fields):
        given = {"branch": BRANCH, "base": "main", "title": "production: shop 2", "body": "Why it is safe."}
        worn = {name: fields.pop(name) for name in WORN & fields.keys()}
        return OpenPullRequest(REPOSITORY, PLACEMENT, **given | fields, metadata=PullRequestMetadata(**worn))

    def opened(self, **fields):
        """Ours, open; its number."""
        self.forge.open(self.opening(**fields))
        return self.hub.pulls(REPOSITORY)[-1].number

    def updating(self, number, title="New", body="New body"):
        return UpdatePullRequest(REPOSITORY, PLACEMENT, number, BRANCH, title, body)

    def closing(self, number, body):
        return ClosePullRequest(REPOSITORY, PLACEMENT, number, BRANCH, body, "The tag is on base.")

    def saying(self, number, key, text):
        return Comment(REPOSITORY, PLACEMENT, BRANCH, number, key, text)

    def merging(self, number, sha, method="merge"):
        return MergePullRequest(REPOSITORY, PLACEMENT, BRANCH, number, sha, method)

    def auto_merging(self, number, sha, method="merge"):
        return SetAutoMerge(REPOSITORY, PLACEMENT, BRANCH, number, sha, method)


@pytest.fixture(params=sorted(FORGES))
def kind(request):
    return request.param


@pytest.fixture
def world(kind):
    host, forge = FORGES[kind]
    with host() as hub:
        world = World(hub, forge)
        yield world
        world.close()


@pytest.fixture
def blocked(world):
    """Ours, open, and one approval is missing; its number."""
    world.hub.protect(REPOSITORY, "main", Protection(required_reviews=1))
    number = world.opened()
    world.forge.reviews(number)
    return number
