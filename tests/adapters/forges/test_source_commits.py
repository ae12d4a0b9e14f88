"""The commits that images were built from, on every forge that can be asked of them."""

import pytest

from updater.adapters.bitbucket import BitbucketSourceCommits
from updater.adapters.gitea import GiteaSourceCommits
from updater.adapters.github import GitHubSourceCommits
from updater.adapters.limits import RateLimits
from updater.errors import Refused, Unavailable

SHOP = "acme/shop"
SOURCES = {
    "github": GitHubSourceCommits,
    "gitea": GiteaSourceCommits,
    "bitbucket": BitbucketSourceCommits,
}


@pytest.fixture(params=sorted(SOURCES))
def kind(request):
    return request.param


@pytest.fixture
def hub(world):
    world.hub.create_repository("acme", "shop", {"a": "1"})
    return world.hub


@pytest.fixture
def sources(hub, kind):
    made = SOURCES[kind](hub.api, lambda: hub.bot_token, limits=RateLimits("here", hub.clock))
    yield made
    made.disconnect()


@pytest.fixture
def head(hub):
    return hub.head(SHOP, "main")


def commits(hub, count, branch="main"):
    return [hub.commit(SHOP, branch, {"a": f"{branch} {n}"}, f"Change {n}\n\nWhy.") for n in range(count)]


def test_of_each_status_the_last_word_counts(hub, sources, head):
    for state in ("failure", "pending", "success"):
        hub.set_status(SHOP, head, "ci/test", state)
    hub.set_status(SHOP, head, "ci/slow", "pending")
    hub.set_status(SHOP, head, "ci/bad", "error")
    assert sources.checks(SHOP, head) == {"ci/test": "success", "ci/slow": "pending", "ci/bad": "failure"}


def test_a_commit_without_checks_has_none(sources, head):
    assert sources.checks(SHOP, head) == {}


def test_what_comes_after_what_is_told_and_asked_once(hub, sources, head):
    newer = commits(hub, 2)[-1]
    hub.create_branch(SHOP, "side", head)
    (aside,) = commits(hub, 1, "side")
    found = [sources.comparison(SHOP, *pair) for pair in ((head, newer), (newer, head), (newer, aside))]
    assert found == ["ahead", "behind", "diverged"]
    assert sources.comparison(SHOP, head, head) == "identical"
    before = len(hub.requests)
    assert sources.comparison(SHOP, head, newer) == "ahead"
    assert len(hub.requests) == before


def test_of_many_commits_the_newest_twenty_are_shown(hub, sources, head):
    made = commits(hub, 23)
    found = sources.commits(SHOP, head, made[-1])
    assert found.total == 23
    assert found.lines[0] == (made[-1], "Change 22")
    assert [sha for sha, _ in found.lines] == made[-1 : -len(found.lines) - 1 : -1]


def test_a_message_is_read_whole(hub, sources):
    (sha,) = commits(hub, 1)
    assert sources.message(SHOP, sha).strip() == "Change 0\n\nWhy."


def test_a_repository_that_is_not_there_is_refused_with_what_helps(sources):
    with pytest.raises(Refused, match="finds nothing in acme/none, which an image says"):
        sources.message("acme/none", "0" * 40)


def test_bad_weather_is_not_remembered(hub, sources, head):
    hub.fault("GET", 500)
    with pytest.raises(Unavailable):
        sources.checks(SHOP, head)
    hub.lift()
    assert sources.checks(SHOP, head) == {}
