"""Where GitLab differs from what every forge promises."""

from dataclasses import replace

import pytest

from updater.adapters.gitlab import GitLabForge
from updater.adapters.gitlab.shapes import meant, plain
from updater.errors import Refused, Unavailable
from updater.model import CommitStatus
from updater.sandbox import GitLab

REPOSITORY = "acme/deploy"


@pytest.fixture
def kind():
    return "gitlab"


@pytest.mark.parametrize("text", ["/merge", "Fine.\n/close\n  /label ~evil", "/Approve"])
def test_a_line_that_gitlab_would_obey_is_written_as_text_and_read_as_it_was_meant(world, text):
    number = world.opened(body=text)
    world.forge.comment(world.saying(number, "said", text))
    for written in (world.pull(number).body, world.pull(number).comments[0].body):
        assert not [line for line in written.splitlines() if line.lstrip().startswith("/")]
    assert world.forge.pull_requests()[0].body == text
    assert world.another_forge().comments(number) == {"said": text}
    before = world.writes
    world.forge.update(world.updating(number, "production: shop 2", text))
    assert world.writes == before


def test_a_path_is_no_line_to_obey():
    text = "see /merge\n// comment\n/ root\n1/2"
    assert plain(text) == meant(text) == text


def test_a_status_that_waits_for_something_else_never_turns_green_in_between(world):
    sha = world.head()
    world.forge.set_status(sha, CommitStatus("pending", "One"))
    world.forge.set_status(sha, CommitStatus("pending", "Two"))
    states = [status.state for status in world.hub.statuses(REPOSITORY, sha)]
    assert states == ["pending", "canceled"]


def test_a_cancelled_status_that_stays_alone_reads_as_failure_and_is_mended(world):
    sha = world.head()
    world.forge.set_status(sha, CommitStatus("pending", "One"))
    world.hub.fail_next(status=500, matching="POST", after=2)
    with pytest.raises(Exception, match="500"):
        world.forge.set_status(sha, CommitStatus("pending", "Two"))
    assert world.forge.status(sha).state == "failure"
    world.forge.set_status(sha, CommitStatus("pending", "Two"))
    assert world.another_forge().status(sha) == CommitStatus("pending", "Two")


def test_a_team_cannot_be_asked_and_that_is_said(world):
    world.opened(reviewers=("team:platform",))
    assert world.warnings == [
        "team:platform cannot be asked to review: on GitLab only people can, groups by approval rules"
    ]


def test_a_project_in_a_group_of_a_group_is_one_name(world):
    world.hub.create_repository("acme/infra", "deploy", {"tag": "1"})
    world.hub.commit("acme/infra/deploy", "updater/app/a", {"tag": "2"}, "Bump")
    forge = world.another_forge(repository="acme/infra/deploy")
    url = forge.open(replace(world.opening(), branch="updater/app/a"))
    assert url == f"{world.hub.url}/acme/infra/deploy/-/merge_requests/1"
    assert [pull.url for pull in forge.pull_requests()] == [url]


def test_a_source_branch_that_is_gone_leaves_it_open(world):
    number = world.opened()
    world.hub.delete_branch(REPOSITORY, world.opening().branch)
    assert world.forge.pull_requests()[0].number == number
    assert world.forge.pull_requests()[0].state == "open"


def test_a_token_that_may_not_merge_says_so(world):
    number = world.opened()
    world.hub.fail_next(status=401, matching="PUT", body='{"message": "401 Unauthorized"}')
    with pytest.raises(Refused, match="does not let this token merge") as caught:
        world.forge.merge(world.merging(number, world.head()))
    assert caught.value.code == "not_mergeable"


def test_the_token_goes_by_gitlabs_own_header():
    """The same words over the wire as python-gitlab's own, and no other credential beside."""
    with GitLab() as hub:
        hub.create_repository("acme", "deploy", {"tag": "1"})
        seen = []
        answer = hub.answer
        hub.answer = lambda request: (seen.append(request.headers), answer(request))[1]
        forge = GitLabForge(REPOSITORY, api=hub.api, token=lambda: hub.bot_token)
        forge.pull_requests()
        forge.disconnect()
        assert {headers.get("private-token") for headers in seen} == {hub.bot_token}
        assert not [headers for headers in seen if "authorization" in headers]


@pytest.mark.parametrize("body", ["[" * 20_000, '{"message": ' + "[" * 900 + "]" * 900 + "}"])
@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_nests_without_end_is_one_that_cannot_be_read(world, status, body):
    world.hub.fault("merge_requests", status, body=body)
    with pytest.raises((Unavailable, Refused)):
        world.forge.pull_requests()
