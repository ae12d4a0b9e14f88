"""The commits that images were built from, as the embedded GitHub tells of them."""

import pytest
from openapi import CheckedGitHub

from updater.adapters.github import GitHubSourceCommits, RateLimits
from updater.errors import Refused, Unavailable

SHOP = "acme/shop"


@pytest.fixture
def hub():
    with CheckedGitHub() as hub:
        hub.create_repository("acme", "shop", {"a": "1"})
        yield hub


@pytest.fixture
def origins(hub):
    made = GitHubSourceCommits(hub.api, lambda: hub.bot_token, limits=RateLimits("here", hub.clock))
    yield made
    made.disconnect()


@pytest.fixture
def head(hub):
    return hub.head(SHOP, "main")


def asked(hub):
    return [(each.path.partition("?")[0].rpartition(f"/{SHOP}/")[2], each.status) for each in hub.requests]


def test_checks_are_runs_and_statuses(hub, origins, head):
    for name, conclusion in [
        ("test", "success"),
        ("docs", "skipped"),
        ("lint", "neutral"),
        ("slow", None),
        ("old", "action_required"),
        ("hung", "timed_out"),
        ("gone", "cancelled"),
        ("bad", "failure"),
    ]:
        hub.set_check_run(SHOP, head, name, conclusion)
    for context, state in [("ci/a", "success"), ("ci/b", "pending"), ("ci/c", "failure"), ("ci/d", "error")]:
        hub.set_status(SHOP, head, context, state)
    assert origins.checks(SHOP, head) == {
        **dict.fromkeys(["test", "docs", "lint", "ci/a"], "success"),
        **dict.fromkeys(["slow", "ci/b"], "pending"),
        **dict.fromkeys(["old", "hung", "gone", "bad", "ci/c", "ci/d"], "failure"),
    }


def test_of_a_run_and_a_status_with_one_name_the_worse_counts(hub, origins, head):
    hub.set_check_run(SHOP, head, "test", "success")
    hub.set_status(SHOP, head, "test", "pending")
    assert origins.checks(SHOP, head) == {"test": "pending"}
    hub.set_check_run(SHOP, head, "test", "failure")
    assert origins.checks(SHOP, head) == {"test": "failure"}


def test_all_pages_of_checks_are_read(hub, origins, head):
    for number in range(130):
        hub.set_check_run(SHOP, head, f"run-{number}", "success")
        hub.set_status(SHOP, head, f"status-{number}", "success")
    assert len(origins.checks(SHOP, head)) == 260


def test_checks_that_did_not_change_cost_no_quota_and_one_that_did_is_seen(hub, origins, head):
    hub.set_check_run(SHOP, head, "test", "success")
    origins.checks(SHOP, head)
    hub.requests.clear()
    assert origins.checks(SHOP, head) == {"test": "success"}
    assert [status for _, status in asked(hub)] == [304, 304]
    hub.set_check_run(SHOP, head, "test", "failure")
    assert origins.checks(SHOP, head) == {"test": "failure"}


def test_how_two_commits_stand_is_asked_once(hub, origins, head):
    ahead = hub.commit(SHOP, "main", {"a": "2"}, "More")
    hub.requests.clear()
    for _ in range(2):
        assert origins.comparison(SHOP, head, ahead) == "ahead"
        assert origins.comparison(SHOP, ahead, head) == "behind"
        assert origins.comparison(SHOP, head, head) == "identical"
    assert len(hub.requests) == 3


def test_diverged_commits(hub, origins, head):
    one = hub.commit(SHOP, "side", {"b": "1"}, "Side")
    two = hub.commit(SHOP, "main", {"a": "2"}, "Main")
    assert origins.comparison(SHOP, one, two) == "diverged"


def test_a_commit_s_message_is_asked_once(hub, origins):
    sha = hub.commit(SHOP, "main", {"a": "2"}, "More\n\nUpdater-Pin: staging shop x:1")
    hub.requests.clear()
    for _ in range(2):
        assert origins.message(SHOP, sha).strip() == "More\n\nUpdater-Pin: staging shop x:1"
    assert len(hub.requests) == 1


NOWHERE = "0" * 40


@pytest.mark.parametrize(
    "ask",
    [
        lambda origins, sha: origins.checks("acme/none", sha),
        lambda origins, sha: origins.message("acme/none", sha),
        lambda origins, sha: origins.comparison("acme/none", sha, sha),
        lambda origins, sha: origins.checks(SHOP, NOWHERE),
        lambda origins, sha: origins.message(SHOP, NOWHERE),
        lambda origins, sha: origins.comparison(SHOP, NOWHERE, sha),
    ],
)
def test_what_is_not_there_is_refused_with_the_repository_s_name(hub, origins, *, head, ask):
    with pytest.raises(Refused) as caught:
        ask(origins, head)
    assert "acme/" in caught.value.sentence
    hub.contract.problems.clear()  # such answers are described for few calls


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"status": "sideways"}', '{"commit": null}', '{"check_runs": {}}']
)
def test_nonsense_is_bad_weather(head, body):
    from updater.sandbox import GitHub

    with GitHub() as hub:
        hub.create_repository("acme", "shop", {"a": "1"})
        origins = GitHubSourceCommits(hub.api, lambda: hub.bot_token, limits=RateLimits("here", hub.clock))
        for ask in (
            lambda: origins.checks(SHOP, head),
            lambda: origins.message(SHOP, head),
            lambda: origins.comparison(SHOP, head, head),
        ):
            hub.fail_next(1, 200, matching="/repos/", body=body)
            with pytest.raises(Unavailable):
                ask()
            hub.lift()
        origins.disconnect()


def test_a_failing_github_is_bad_weather(hub, origins, head):
    hub.fault("/repos/", 500)
    with pytest.raises(Unavailable):
        origins.checks(SHOP, head)
    hub.lift()
    hub.contract.problems.clear()


def test_of_a_message_of_any_length_a_bounded_part_is_kept(hub, origins):
    hub.commit(SHOP, "main", {"a": "2"}, "Subject\n\n" + "x" * 200_000)
    message = origins.message(SHOP, hub.head(SHOP, "main"))
    assert (message[:8], len(message)) == ("Subject\n", 64 * 1024)
