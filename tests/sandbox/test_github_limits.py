"""What GitHub refuses, the embedded GitHub refuses too, and in GitHub's words."""

import github
import pytest
from openapi import CheckedGitHub

from updater.sandbox.github.merging import MergeRefused
from updater.sandbox.github.protection import Protection

DEPLOY, BUMP = "org/deploy", "updater/app/production--shop"
REFUSED = github.GithubException


@pytest.fixture
def hub():
    with CheckedGitHub() as hub:
        hub.create_repository("org", "deploy", {"a.yaml": "tag: 1\n"})
        hub.commit(DEPLOY, BUMP, {"a.yaml": "tag: 2\n"}, "Bump")
        yield hub


@pytest.fixture
def repository(hub, connect):
    return connect(hub.api, hub.bot_token).get_repo(DEPLOY)


@pytest.fixture
def pull(repository):
    return repository.create_pull(base="main", head=BUMP, title="Bump", body="Why")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda repo, pull: pull.edit(body="x" * 65_537), "body is too long (maximum is 65536 characters)"),
        (lambda repo, pull: pull.edit(title="x" * 257), "title is too long (maximum is 256 characters)"),
        (lambda repo, pull: pull.create_issue_comment("x" * 65_537), "body is too long"),
        (lambda repo, pull: repo.create_issue("x" * 257), "title is too long"),
        (
            lambda repo, pull: repo.create_pull(base="main", head="other", title="t", body="x" * 65_537),
            "body is too long",
        ),
        (
            lambda repo, pull: repo.get_commit(pull.head.sha).create_status("success", description="x" * 141),
            "description is too long (maximum is 140 characters)",
        ),
    ],
)
def test_texts_have_an_upper_bound(hub, repository, pull, write, said):
    hub.commit(DEPLOY, "other", {"b.yaml": "x\n"}, "Other")
    with pytest.raises(REFUSED, match="422") as refused:
        write(repository, pull)
    assert said in str(refused.value)


def test_texts_may_be_just_that_long(pull):
    pull.edit(title="x" * 256, body="ü" * 65_536)
    pull.create_issue_comment("x" * 65_536)


@pytest.mark.parametrize("asked", [{"reviewers": ["mallory"]}, {"team_reviewers": ["strangers"]}])
def test_only_collaborators_are_asked_to_review(hub, pull, asked):
    with pytest.raises(REFUSED, match="422") as refused:
        pull.create_review_request(**{"reviewers": ["bob"], **asked})
    assert "Reviews may only be requested from collaborators" in str(refused.value)
    assert hub.pull(DEPLOY, pull.number).reviewers == []


def test_who_may_not_be_assigned_is_left_out_without_a_word(hub, pull):
    pull.as_issue().add_to_assignees("kim", "mallory")
    assert [user.login for user in hub.pull(DEPLOY, pull.number).assignees] == ["kim"]


@pytest.mark.parametrize(
    "write",
    [
        lambda repo, pull: pull.edit(title="Other"),
        lambda repo, pull: pull.create_issue_comment("x"),
        lambda repo, pull: repo.get_commit(pull.head.sha).create_status("success"),
        lambda repo, pull: repo.create_git_ref("refs/heads/new", pull.head.sha),
        lambda repo, pull: pull.merge(),
    ],
)
def test_an_archived_repository_is_read_only(hub, repository, pull, write):
    hub.archive(DEPLOY)
    with pytest.raises(REFUSED, match="403") as refused:
        write(repository, pull)
    assert "Repository was archived so is read-only." in str(refused.value)
    assert repository.get_pull(pull.number).title == "Bump"


def test_an_archived_repository_takes_no_push(hub, clone):
    hub.archive(DEPLOY)
    assert clone("fetch").returncode == 0
    pushed = clone("push", "origin", "main:new")
    assert pushed.returncode
    assert "This repository was archived so it is read-only." in pushed.stderr
    assert "403" in pushed.stderr


def test_a_branch_is_locked_while_its_pull_request_is_queued(hub, pull, clone):
    hub.queue(DEPLOY, pull.number)
    assert clone("checkout", "-q", BUMP).returncode == 0
    assert clone("commit", "-q", "--allow-empty", "-m", "More").returncode == 0
    for refspec in (BUMP, f":{BUMP}"):
        pushed = clone("push", "origin", refspec)
        assert "GH006: Protected branch update failed" in pushed.stderr
        assert "Branches that are queued for merging cannot be updated" in pushed.stderr
        assert "protected branch hook declined" in pushed.stderr
    hub.dequeue(DEPLOY, pull.number)
    assert clone("push", "origin", BUMP).returncode == 0


def test_nothing_is_merged_beside_the_queue_that_base_demands(hub, repository, pull):
    hub.protect_by_ruleset(DEPLOY, "main", Protection(requires_pull=False, merge_queue=True))
    with pytest.raises(REFUSED, match="405") as refused:
        pull.merge()
    assert "Changes must be made through the merge queue" in str(refused.value)
    with pytest.raises(MergeRefused):
        hub.merge(DEPLOY, pull.number)
    hub.queue(DEPLOY, pull.number)
    hub.merge_queued(DEPLOY, pull.number)
    assert repository.get_pull(pull.number).merged
