"""A tour of the embedded GitHub agrees with GitHub's published description, question by question."""

import github
import pytest
import requests
from openapi import CheckedGitHub, Contract

from updater.sandbox.exchange import Request, answer_json
from updater.sandbox.github.protection import Protection

DEPLOY, BUMP = "org/deploy", "updater/env/production"


@pytest.fixture
def hub():
    with CheckedGitHub() as hub:
        hub.create_repository("org", "deploy", {"a.yaml": "tag: 1\n", "b.yaml": "x\n"})
        hub.commit(DEPLOY, BUMP, {"a.yaml": "tag: 2\n", "b.yaml": None, "c.yaml": "other\n"}, "Bump")
        yield hub


@pytest.fixture
def repository(hub, connect):
    return connect(hub.api, hub.bot_token).get_repo(DEPLOY)


@pytest.fixture
def pull(repository):
    return repository.create_pull(base="main", head=BUMP, title="Bump", body="Why", draft=False)


def test_users_repositories_branches_and_refs(hub, repository, connect):
    hub.protect(DEPLOY, "main", Protection(required_statuses=("updater/gates",)))
    hub.protect_by_ruleset(DEPLOY, "main", Protection(required_statuses=("updater/gates",)))
    assert connect(hub.api, hub.bot_token).get_user().login == hub.bot_login
    connect(hub.api, hub.bot_token).get_rate_limit()
    assert [branch.name for branch in repository.get_branches()] == ["main", BUMP]
    assert repository.get_branch("main").protected
    ref = repository.create_git_ref("refs/updater/main", hub.head(DEPLOY, "main"))
    ref.edit(hub.head(DEPLOY, BUMP))
    repository.get_git_ref("updater/main")
    assert len(list(repository.get_git_matching_refs("heads/"))) == 2
    ref.delete()
    url = f"{hub.api}/repos/{DEPLOY}/rules/branches/main"
    rules = requests.get(url, headers={"Authorization": f"Bearer {hub.bot_token}"}, timeout=5)
    assert [rule["type"] for rule in rules.json()] == ["pull_request", "required_status_checks"]


def test_commits_comparisons_and_statuses(hub, repository):
    head = hub.head(DEPLOY, BUMP)
    assert len(list(repository.get_commits(sha=BUMP))) == 2
    commit = repository.get_commit(head)
    assert [file.status for file in commit.files] == ["modified", "removed", "added"]
    comparison = repository.compare("main", BUMP)
    assert (comparison.status, comparison.ahead_by, comparison.behind_by) == ("ahead", 1, 0)
    commit.create_status(
        "failure", target_url="http://127.0.0.1/x", description="No", context="updater/gates"
    )
    assert commit.get_combined_status().state == "failure"
    assert [status.description for status in commit.get_statuses()] == ["No"]
    hub.set_check_run(DEPLOY, head, "build", None)
    hub.set_check_run(DEPLOY, head, "test", "success")
    assert [run.conclusion for run in commit.get_check_runs()] == ["success", None]


def test_a_pull_request_from_opening_to_merge(hub, repository, pull):
    assert list(repository.get_pulls(state="all", sort="updated", direction="desc", head=f"org:{BUMP}"))
    pull.edit(title="Better", state="open", base="main")
    assert [file.filename for file in pull.get_files()] == ["a.yaml", "b.yaml", "c.yaml"]
    assert len(list(pull.get_commits())) == 1
    pull.create_review_request(reviewers=["alice"], team_reviewers=["platform"])
    pull.get_review_requests()
    pull.delete_review_request(reviewers=["alice"])
    hub.approve(DEPLOY, 1)
    pull.create_review(body="Fine", event="COMMENT")
    assert [review.state for review in pull.get_reviews()] == ["APPROVED", "COMMENTED"]
    hub.commit(DEPLOY, "main", {"d.yaml": "x\n"}, "Moved")
    assert pull.update_branch()
    assert repository.get_pull(1).mergeable is None
    assert repository.get_pull(1).mergeable
    assert not pull.is_merged()
    assert pull.merge(merge_method="squash", commit_title="Bump", sha=hub.head(DEPLOY, BUMP)).merged
    assert pull.is_merged()
    assert repository.get_pull(1).merged


def test_a_pull_request_from_a_fork(hub, repository):
    hub.fork(DEPLOY, "mallory")
    hub.commit("mallory/deploy", "x", {"a.yaml": "tag: 9\n"}, "x")
    assert repository.get_pull(hub.open(DEPLOY, "mallory:x")).head.repo.fork


def test_the_issue_side_of_a_pull_request(hub, repository, pull):
    issue = repository.get_issue(pull.number)
    comment = issue.create_comment("One")
    comment.edit("Two")
    assert [each.body for each in issue.get_comments()] == ["Two"]
    repository.get_issue(pull.number).get_comment(comment.id)
    comment.delete()
    issue.add_to_labels("promotion")
    issue.set_labels("promotion", "other")
    assert len(list(issue.get_labels())) == 2
    issue.remove_from_labels("other")
    issue.delete_labels()
    issue.add_to_assignees("alice")
    issue.remove_from_assignees("alice")
    hub.create_milestone(DEPLOY, "spring")
    (milestone,) = repository.get_milestones()
    issue.edit(milestone=milestone)
    assert repository.get_issue(pull.number).milestone.title == "spring"
    issue.edit(milestone=None)
    events = [event.event for event in issue.get_events()]
    assert events[-4:] == ["assigned", "unassigned", "milestoned", "demilestoned"]
    issue.edit(state="closed", labels=["x"], assignees=["alice"])
    assert repository.get_issue(pull.number).closed_by.login == "updater-bot"
    repository.create_issue("Trouble", body="Much")
    assert len(list(repository.get_issues(state="all"))) == 2


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda repository: repository.get_pull(99), 404),
        (lambda repository: repository.get_branch("none"), 404),
        (lambda repository: repository.create_pull(base="main", head=BUMP, title="T", body=""), 422),
        (lambda repository: repository.create_pull(base="main", head="none", title="T", body=""), 422),
        (lambda repository: repository.get_pull(1).merge(sha="0" * 40), 409),
        (lambda repository: repository.get_commit("0" * 40), 422),
        (lambda repository: repository.create_git_ref("refs/heads/main", "0" * 40), 422),
    ],
)
def test_refusals_too(repository, pull, ask, status):
    with pytest.raises(github.GithubException) as refused:
        ask(repository)
    assert refused.value.status == status


def test_the_check_itself_finds_what_is_wrong():
    contract = Contract.load()
    contract.check(Request("GET", "/api/v3/nothing"), answer_json({}))
    contract.check(Request("GET", "/api/v3/rate_limit?x=1"), answer_json({"rate": {}}))
    contract.check(Request("POST", "/api/v3/repos/o/r/pulls", {}, b'{"title": 1}'), answer_json({}, 418))
    told = "\n".join(contract.problems)
    for problem in (
        "GET /nothing is not described",
        "unknown parameter x",
        "'resources' is a required property",
        "POST /repos/o/r/pulls sent: title: 1 is not of type 'string'",
        "POST /repos/o/r/pulls answered 418, which is not described",
    ):
        assert problem in told


def test_a_session_can_be_held_against_the_description(hub):
    contract = Contract.load()
    with requests.Session() as session:
        session.hooks["response"].append(contract.check_response)
        session.headers["Authorization"] = f"Bearer {hub.bot_token}"
        session.get(f"{hub.api}/repos/{DEPLOY}", timeout=5)
        assert contract.problems == []
        hub.fail_next(1, 200, body="[]")
        session.get(f"{hub.api}/repos/{DEPLOY}", timeout=5)
    assert any("is not of type 'object'" in problem for problem in contract.problems)
