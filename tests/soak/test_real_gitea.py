"""The adapter against a real Gitea: what the stand-in says of it is true."""

import time

import pytest
from swagger import gitea
from world.real_gitea import BOT, HUMAN, RealGitea

from updater.adapters.forge_probe import recognized
from updater.adapters.gitea import GiteaForge, GiteaSourceCommits
from updater.adapters.limits import RateLimits
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
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.server import utc_now

pytestmark = pytest.mark.soak

PLACEMENT = Placement("production", "shop")
WORN = PullRequestMetadata(("promotion",), (HUMAN,), (HUMAN,), "Spring")


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

    def step(self, kind, number, *words):
        return kind(self.hub.repository, PLACEMENT, self.branch, number, *words)

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
    world = World(hub, f"updater/app/{abs(hash(request.node.name)) % 10**8}")
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
    world.forge.update(world.step(UpdatePullRequest, number, "New", "New body"))
    world.hub.of("PATCH", f"/pulls/{number}", body="A body of mine")
    with pytest.raises(LostRace):
        world.forge.update(world.step(UpdatePullRequest, number, "Newer", "Newer body"))
    assert world.hub.of("GET", f"/pulls/{number}")["body"] == "A body of mine"


def test_a_title_of_255_characters_is_the_longest(world):
    number = world.open(title="x" * 255)
    assert world.pull(number).title == "x" * 255
    world.hub.of("PATCH", f"/pulls/{number}", title="y" * 256)
    assert world.pull(number).title != "y" * 256, "it is cut without a word"


def test_a_rejection_is_known_once_the_branch_is_gone(world):
    number = world.open()
    world.pull(number)
    world.forge.close(world.step(ClosePullRequest, number, "Closed: why.", "Why."))
    world.hub.of("DELETE", f"/branches/{world.branch}")
    assert world.hub.of("GET", f"/pulls/{number}")["head"]["ref"] == f"refs/pull/{number}/head"
    for forge in (world.forge, world.another()):
        (pull,) = forge.closed_pull_requests(world.branch)
        assert (pull.number, pull.state, pull.body) == (number, "closed", "Closed: why.")


def test_deleting_the_branch_of_an_open_one_closes_it(world):
    number = world.open()
    world.hub.of("DELETE", f"/branches/{world.branch}")
    assert world.pull(number).state == "closed"


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
        world.forge.comment(world.step(Comment, number, "edited", text))
    again = world.another()
    assert again.status(world.head) == CommitStatus("pending", "Two")
    assert again.comments(number) == {"edited": "Two"}
    assert len(world.hub.of("GET", f"/issues/{number}/comments")) == 1


@pytest.mark.parametrize("method", ["merge", "rebase", "squash"])
def test_it_is_merged_as_asked_and_the_trailers_stay(world, method):
    number = world.open()
    world.settled(number, "clean")
    with pytest.raises(Refused) as caught:
        world.forge.merge(world.step(MergePullRequest, number, "0" * 40, method))
    assert caught.value.code == "not_mergeable"
    world.forge.merge(world.step(MergePullRequest, number, world.head, method))
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
        world.forge.set_auto_merge(world.step(SetAutoMerge, number, world.head, "squash"))
        time.sleep(1.1)
        assert world.pull(number).merges_by == BOT
        assert world.pull(number, world.another()).merges_by == BOT
        for _ in range(2):
            world.forge.set_auto_merge(world.step(SetAutoMerge, number, world.head, None))
        time.sleep(1.1)
        assert not world.pull(number).auto_merge
        world.forge.set_auto_merge(world.step(SetAutoMerge, number, world.head, "squash"))
        world.hub.of("POST", f"/pulls/{number}/reviews", event="APPROVED", body="Fine")
        for _ in range(100):
            if world.pull(number).state == "merged":
                break
            time.sleep(0.2)
        assert world.pull(number).state == "merged"
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
