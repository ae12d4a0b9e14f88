"""The adapter against a real Gitea: what the stand-in says of it is true."""

import re
import time
from base64 import b64decode

import pytest
from swagger import gitea
from world.real_gitea import BOT, HUMAN, RealGitea
from world.scene import reason, well

from updater.adapters.forge_probe import recognized
from updater.adapters.gitea import GiteaForge, GiteaSourceCommits
from updater.adapters.limits import RateLimits
from updater.config import load
from updater.errors import LostRace, Refused
from updater.forges import FORGES, OTHERS
from updater.forges.gitea import GITEA
from updater.model import (
    ClosePullRequest,
    Comment,
    CommitStatus,
    MergePullRequest,
    OpenPullRequest,
    Placement,
    PullRequestMetadata,
    SetAutoMerge,
    UpdatePullRequest,
)
from updater.sandbox import Registry
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.server import utc_now
from updater.sandbox.world import FIRST_TAG, layout, overlay
from updater.wiring import Updater

pytestmark = pytest.mark.soak

PLACEMENT = Placement("production", "shop")
WORN = PullRequestMetadata(("promotion",), (HUMAN,), (HUMAN,), "Spring")


ALL_ENVIRONMENTS = "environments: [staging, production]\n"
MAIN = """
instance: acme
repositories: {deploy: {url: "%(url)s"}}
forges: {"%(host)s": {kind: gitea, token_env: UPDATER_STORY_TOKEN, api: "%(api)s"}}
registries: {ghcr.io: {endpoint: "%(registry)s"}}
commit: {name: updater, email: updater@acme.example}
environments:
  staging: {repository: deploy, path: infra/k8s/overlays/staging, tags: {follow: timestamp}, deliver: push}
  production:
    repository: deploy
    path: infra/k8s/overlays/production
    after: staging
    tags: {follow: timestamp}
    deliver: pull-request
    pull_request: {labels: [shown], reviewers: [alice]}
"""


class World:
    """One branch for each test: one server serves them all."""

    def __init__(self, hub, branch):
        self.hub, self.branch, self.problems = hub, branch, []
        self.warnings = []
        self.forge = self.another()
        self.head = hub.commit(branch, f"{branch}.txt", "1", f"bump {branch}\n\nUpdater-Pin: {branch}")

    def another(self):
        forge = GiteaForge(
            self.hub.repository,
            api=self.hub.api,
            token=lambda: self.hub.tokens[BOT],
            warn=self.warnings.append,
            prefixes=("updater/",),
        )
        forge._gateway._session.hooks["response"].append(self._compare)
        return forge

    def _compare(self, response, **_):
        """With the description that the stand-in is held against."""
        if gitea() is None:
            return
        sent = response.request
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        asked = Request(sent.method, sent.path_url, {}, body)
        said = Answer(response.status_code, response.content)
        self.problems += gitea().problems(asked, said) if response.ok else []

    def open(self, forge=None, **fields):
        """Its number."""
        words = {"title": "production: shop 2", "body": "Why it is safe."} | fields
        step = OpenPullRequest(self.hub.repository, PLACEMENT, branch=self.branch, base="main", **words)
        return int((forge or self.forge).open(step).rpartition("/")[2])

    def pull(self, number, forge=None):
        return next(each for each in (forge or self.forge).pull_requests() if each.number == number)

    def step(self, kind, number, **words):
        where = {"repository": self.hub.repository, "placement": PLACEMENT, "branch": self.branch}
        return kind(number=number, **where, **words)

    def ends(self, number, state):
        """What follows from a push or an approval, it does in the background."""
        for _ in range(100):
            if self.pull(number).state == state:
                return
            time.sleep(0.2)
        raise AssertionError(f"it is {self.pull(number).state}, not {state}")

    def settled(self, number, standing):
        """Gitea works out in the background whether it can be merged."""
        for _ in range(100):
            if (found := self.forge.reviews(number)).mergeable == standing:
                return found
            time.sleep(0.2)
        raise AssertionError(f"it is {self.forge.reviews(number)}, not {standing}")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with RealGitea(tmp_path_factory.mktemp("gitea")) as hub:
        hub.of("POST", "/milestones", title="Spring")
        yield hub


@pytest.fixture
def world(hub, request):
    world = World(hub, "updater/app/" + re.sub(r"\W+", "-", request.node.name))
    yield world
    world.forge.disconnect()
    assert not world.problems, "\n".join(dict.fromkeys(world.problems))


def test_it_says_who_it_is(hub):
    signs = [*OTHERS, *(kind.sign for kind in FORGES.values())]
    assert recognized(hub.url, signs) == GITEA.sign


def test_one_is_opened_with_all_it_should_bear_and_read_so(world):
    number = world.open(metadata=WORN, draft=True)
    pull = world.pull(number, world.another())
    assert (pull.title, pull.body, pull.state, pull.draft) == (
        "production: shop 2",
        "Why it is safe.",
        "open",
        True,
    )
    assert (pull.branch, pull.base, pull.head, pull.author) == (world.branch, "main", world.head, BOT)
    assert pull.same_repository
    assert pull.metadata_items == WORN.as_items
    assert world.another().metadata_history(number) >= WORN.as_items
    assert world.warnings == []
    assert world.open(world.another(), metadata=WORN, draft=True) == number


def test_texts_change_and_what_somebody_wrote_meanwhile_stays(world):
    number = world.open()
    world.pull(number)
    world.forge.update(world.step(UpdatePullRequest, number, title="New", body="New body"))
    world.hub.of("PATCH", f"/pulls/{number}", body="A body of mine")
    with pytest.raises(LostRace):
        world.forge.update(world.step(UpdatePullRequest, number, title="Newer", body="Newer body"))
    assert world.hub.of("GET", f"/pulls/{number}")["body"] == "A body of mine"


def test_a_title_of_255_characters_is_the_longest(world):
    number = world.open(title="x" * 255)
    assert world.pull(number).title == "x" * 255
    world.hub.of("PATCH", f"/pulls/{number}", title="y" * 256)
    assert world.pull(number).title != "y" * 256, "it is cut without a word"


def test_a_rejection_is_known_once_the_branch_is_gone(world):
    number = world.open()
    world.pull(number)
    world.forge.close(world.step(ClosePullRequest, number, body="Closed: why.", why="Why."))
    world.hub.of("DELETE", f"/branches/{world.branch}")
    assert world.hub.of("GET", f"/pulls/{number}")["head"]["ref"] == f"refs/pull/{number}/head"
    for forge in (world.forge, world.another()):
        (pull,) = forge.closed_pull_requests(world.branch)
        assert (pull.number, pull.state, pull.body) == (number, "closed", "Closed: why.")


def test_deleting_the_branch_of_an_open_one_closes_it(world):
    number = world.open()
    time.sleep(1)
    world.hub.of("DELETE", f"/branches/{world.branch}")
    world.ends(number, "closed")


def test_one_whose_head_is_pushed_to_the_base_stays_open(world):
    """Unless the repository is told to look for that."""
    number = world.open()
    world.settled(number, "clean")
    world.hub.push(world.branch, "main")
    time.sleep(2)
    assert world.pull(number).state == "open"


def test_a_status_and_a_comment_are_said_once(world):
    number = world.open()
    for text in ("One", "Two"):
        world.forge.set_status(world.head, CommitStatus("pending", text))
        world.forge.comment(world.step(Comment, number, key="edited", text=text))
    again = world.another()
    assert again.status(world.head) == CommitStatus("pending", "Two")
    assert again.comments(number) == {"edited": "Two"}
    assert len(world.hub.of("GET", f"/issues/{number}/comments")) == 1


@pytest.mark.parametrize("method", ["merge", "rebase", "squash"])
def test_it_is_merged_as_asked_and_the_trailers_stay(world, method):
    number = world.open()
    world.settled(number, "clean")
    with pytest.raises(Refused) as caught:
        world.forge.merge(world.step(MergePullRequest, number, sha="0" * 40, method=method))
    assert caught.value.code == "not_mergeable"
    time.sleep(2)  # for having refused it, Gitea tries the merge anew
    world.forge.merge(world.step(MergePullRequest, number, sha=world.head, method=method))
    assert world.pull(number).state == "merged"
    commits = world.hub.of("GET", "/commits?limit=3&stat=false")
    assert any(f"\nUpdater-Pin: {world.branch}" in each["commit"]["message"] for each in commits)


def test_who_merges_it_stands_in_what_happened(world):
    rule = {"rule_name": "main", "required_approvals": 1, "enable_push": False}
    world.hub.of("POST", "/branch_protections", **rule)
    try:
        number = world.open()
        world.settled(number, "blocked")
        assert world.forge.branch_rules("main").reviews == 1
        assert world.forge.branch_rules("main").pull_request_required
        world.forge.set_auto_merge(world.step(SetAutoMerge, number, sha=world.head, method="squash"))
        time.sleep(1.1)
        assert world.pull(number).merges_by == BOT
        assert world.pull(number, world.another()).merges_by == BOT
        for _ in range(2):
            world.forge.set_auto_merge(world.step(SetAutoMerge, number, sha=world.head, method=None))
        time.sleep(1.1)
        assert not world.pull(number).auto_merge
        world.forge.set_auto_merge(world.step(SetAutoMerge, number, sha=world.head, method="squash"))
        world.hub.of("POST", f"/pulls/{number}/reviews", event="APPROVED", body="Fine")
        world.ends(number, "merged")
        assert world.forge.reviews(number).approved
        assert world.warnings == []
    finally:
        world.hub.of("DELETE", "/branch_protections/main")


def test_a_conflict_and_a_draft_are_not_mergeable(world):
    world.hub.commit("main", f"{world.branch}.txt", "in the way", "In the way")
    number = world.open()
    time.sleep(2)
    world.forge.reviews(number)
    world.settled(number, "dirty")
    drafted = f"WIP: {world.pull(number).title}"
    world.hub.of("PATCH", f"/pulls/{number}", title=drafted)
    assert world.forge.reviews(number).mergeable == "draft"


def test_the_files_of_one_are_read(world):
    number = world.open()
    assert world.forge.changed_files(number, world.head) == (f"{world.branch}.txt",)


def test_the_commits_that_images_were_built_from_are_told(world):
    sources = GiteaSourceCommits(
        world.hub.api, lambda: world.hub.tokens[BOT], limits=RateLimits("here", utc_now)
    )
    where, base = world.hub.repository, world.hub.head("main")
    assert sources.comparison(where, base, world.head) == "ahead"
    assert sources.comparison(where, world.head, base) == "behind"
    assert sources.commits(where, base, world.head).total == 1
    assert f"Updater-Pin: {world.branch}" in sources.message(where, world.head)
    world.hub.of("POST", f"/statuses/{world.head}", state="failure", context="ci")
    world.hub.of("POST", f"/statuses/{world.head}", state="success", context="ci")
    assert sources.checks(where, world.head) == {"ci": "success"}
    sources.disconnect()


# --- the whole story ------------------------------------------------------------------------------------


class Story:
    """An updater of a repository of its own on the real Gitea, and an embedded registry."""

    def __init__(self, hub, registry, folder):
        self.hub, self.registry, self.folder = hub, registry, folder
        for path, text in layout(["shop"]).items():
            hub.commit("main", path, text, f"Add {path}")
        registry.push("acme/shop", FIRST_TAG)
        where = {"url": f"{hub.url}/{hub.repository}.git", "host": hub.host, "api": hub.api}
        (folder / "apps").mkdir()
        (folder / "updater.yaml").write_text(MAIN % (where | {"registry": registry.url}))
        (folder / "apps/shop.yaml").write_text("app: shop\nimages: [ghcr.io/acme/shop]\n" + ALL_ENVIRONMENTS)
        self.updater = Updater(load(folder), folder / "cache", clock=utc_now)

    def build(self, tag):
        self.registry.push("acme/shop", tag)
        return tag

    def run(self, passes=1):
        for _ in range(passes):
            report = well(self.updater.run("deploy", act=True))
        return report

    def pinned(self, environment):
        told = self.hub.of("GET", f"/contents/{overlay(environment)}?ref=main")
        return re.search(r"newTag: \"?([0-9-]+)", b64decode(told["content"]).decode())[1]

    def pulls(self, state="open"):
        return self.hub.of("GET", f"/pulls?state={state}")


@pytest.fixture
def story(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("UPDATER_STORY_TOKEN", hub.tokens[BOT])
    hub.ask("POST", "/orgs/acme/repos", name="story", auto_init=True, default_branch="main", private=True)
    monkeypatch.setattr(hub, "repository", "acme/story")
    hub.of("PUT", f"/collaborators/{BOT}", permission="write")
    with Registry() as registry:
        story = Story(hub, registry, tmp_path)
        yield story
        story.updater.close()


def test_from_a_new_tag_to_production_and_a_rejection_that_lasts(story):
    tag = story.build("20260202-090000")
    story.run(2)
    assert (story.pinned("staging"), story.pinned("production")) == (tag, FIRST_TAG)
    (pull,) = story.pulls()
    assert pull["title"] == f"production: shop {tag}"
    assert [label["name"] for label in pull["labels"]] == ["shown"]
    assert [user["login"] for user in pull["requested_reviewers"]] == [HUMAN]
    (status,) = story.hub.of("GET", f"/commits/{pull['head']['sha']}/statuses")
    assert (status["context"], status["status"]) == ("updater/gates", "success")

    time.sleep(2)
    story.hub.of("POST", f"/pulls/{pull['number']}/merge", do="merge")
    story.run()
    assert story.pinned("production") == tag
    assert {each["name"] for each in story.hub.of("GET", "/branches")} == {"main"}

    newer = story.build("20260203-090000")
    story.run(2)
    (rejected,) = story.pulls()
    story.hub.of("PATCH", f"/pulls/{rejected['number']}", state="closed")
    story.hub.of("DELETE", f"/branches/{rejected['head']['ref']}")
    assert reason(story.run(), "production")[0] == "rejected"
    assert story.pulls() == []
    assert (story.pinned("staging"), story.pinned("production")) == (newer, tag)
