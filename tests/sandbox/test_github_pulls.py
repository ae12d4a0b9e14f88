"""Pull requests of the embedded GitHub behave as GitHub's do, asked by PyGithub."""

import github
import pytest
import requests

from updater.sandbox.github.merging import MergeRefused
from updater.sandbox.github.protection import Protection

DEPLOY, BUMP = "org/deploy", "updater/app/production--shop"


@pytest.fixture
def repository(forge):
    return forge.get_repo(DEPLOY)


@pytest.fixture
def pull(hub, repository):
    hub.commit(DEPLOY, BUMP, {"apps/shop.yaml": "tag: 2\n"}, "Bump\n\nUpdater-Pin: x")
    return repository.create_pull(base="main", head=BUMP, title="Bump shop", body="Why")


def fresh(pull):
    return pull.base.repo.get_pull(pull.number)


def test_a_token_is_somebody(hub, forge):
    assert forge.get_user().login == "updater-bot"
    assert (
        hub.sent_credentials == {f"token {hub.bot_token}"}
        or f"Bearer {hub.bot_token}" in hub.sent_credentials
    )


def test_a_wrong_token_is_unauthorized(hub, connect):
    with pytest.raises(github.BadCredentialsException):
        connect(hub.api, "wrong").get_user().login  # noqa: B018  reading it asks


def test_a_pull_request_is_made_listed_and_edited(repository, pull):
    assert (pull.number, pull.state, pull.user.login) == (1, "open", "updater-bot")
    assert pull.base.repo.full_name == pull.head.repo.full_name == DEPLOY
    pull.edit(title="Other", body="Because")
    assert [(each.number, each.title, each.body) for each in repository.get_pulls()] == [
        (1, "Other", "Because")
    ]
    assert (pull.changed_files, pull.additions, pull.deletions, pull.commits) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("head", "base", "message"),
    [
        (BUMP, "main", f"A pull request already exists for org:{BUMP}."),
        ("same", "main", "No commits between main and same"),
        ("missing", "main", '"field": "head"'),
        (BUMP, "missing", '"field": "base"'),
    ],
)
def test_a_pull_request_that_makes_no_sense_is_refused(hub, pull, head, base, message):
    hub.create_branch(DEPLOY, "same")
    with pytest.raises(github.GithubException, match="422") as refused:
        pull.base.repo.create_pull(base=base, head=head, title="Again", body="")
    assert message in str(refused.value)


def test_numbers_are_shared_with_issues(repository, pull):
    assert repository.create_issue("Trouble").number == 2
    assert repository.get_issue(1).pull_request is not None
    assert [issue.number for issue in repository.get_issues()] == [2, 1]


def test_lists_are_filtered_sorted_and_paged(hub, forge, repository):
    for number in range(5):
        hub.commit(DEPLOY, f"b{number}", {"x": str(number)}, "x")
        hub.open(DEPLOY, f"b{number}")
    hub.close(DEPLOY, 2)

    def numbers(**options):
        return [pull.number for pull in repository.get_pulls(**options)]

    assert numbers() == [5, 4, 3, 1]
    assert numbers(direction="asc", state="all") == [1, 2, 3, 4, 5]
    assert numbers(state="closed") == [2]
    assert numbers(head="org:b3") == [4]
    assert numbers(base="other") == []
    assert numbers(sort="updated", direction="desc", state="all")[0] in (2, 5)
    url = f"{hub.api}/repos/{DEPLOY}/pulls"
    headers = {"Authorization": f"Bearer {hub.bot_token}"}
    answer = requests.get(url, params={"per_page": 2, "page": 2}, headers=headers, timeout=5)
    assert [shape["number"] for shape in answer.json()] == [3, 1]
    assert set(answer.links) == {"prev", "first"}
    assert not {"mergeable", "closed_by", "merged"} & set(answer.json()[0])


def test_an_answer_that_was_seen_is_not_sent_again(hub, pull):
    url, headers = f"{hub.api}/repos/{DEPLOY}/pulls", {"Authorization": f"token {hub.bot_token}"}
    first = requests.get(url, headers=headers, timeout=5)
    seen = {**headers, "If-None-Match": first.headers["ETag"]}
    again = requests.get(url, headers=seen, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    hub.comment(DEPLOY, 1, "Hm")
    hub.label(DEPLOY, 1, "x")
    assert requests.get(url, headers=seen, timeout=5).status_code == 200


def test_mergeability_is_computed_after_it_was_asked_for(hub, pull):
    assert pull.mergeable is None
    assert fresh(pull).mergeable is None
    assert (fresh(pull).mergeable, fresh(pull).mergeable_state) == (True, "clean")
    hub.commit(DEPLOY, "main", {"apps/shop.yaml": "tag: 3\n"}, "Conflict")
    assert fresh(pull).mergeable is None
    assert (fresh(pull).mergeable, fresh(pull).mergeable_state) == (False, "dirty")
    with pytest.raises(github.GithubException, match="405"):
        pull.merge()


@pytest.mark.parametrize(
    ("method", "parents", "subject"),
    [
        ("merge", 2, f"Merge pull request #1 from org/{BUMP}"),
        ("squash", 1, "Bump (#1)"),
        ("rebase", 1, "Bump"),
    ],
)
def test_a_merge_is_seen_by_git(hub, pull, method, parents, subject):
    hub.commit(DEPLOY, "main", {"README.md": "moved\n"}, "Moved")
    result = pull.merge(merge_method=method)
    newest = hub.log(DEPLOY)[0]
    assert result.merged
    assert (newest.sha, newest.subject, len(newest.parents)) == (result.sha, subject, parents)
    assert hub.read(DEPLOY, "main", "apps/shop.yaml") == b"tag: 2\n"
    assert hub.read(DEPLOY, "main", "README.md") == b"moved\n"
    merged = fresh(pull)
    assert (merged.merged, merged.state, merged.merge_commit_sha) == (True, "closed", result.sha)
    assert merged.merged_by.login == "updater-bot"


def test_a_squash_keeps_the_trailer_of_a_single_commit(hub, pull):
    hub.merge(DEPLOY, 1, "squash")
    assert hub.log(DEPLOY)[0].rest == "Updater-Pin: x"


def test_a_merge_of_another_head_is_a_conflict(pull):
    with pytest.raises(github.GithubException, match="409"):
        pull.merge(sha="0" * 40)


def test_pushing_the_head_into_base_merges(hub, pull):
    hub.force_push(DEPLOY, "main", pull.head.sha)
    assert (fresh(pull).merged, fresh(pull).state) == (True, "closed")


def test_deleting_the_head_branch_closes_for_good(hub, repository, pull):
    repository.get_git_ref(f"heads/{BUMP}").delete()
    closed = fresh(pull)
    assert (closed.state, closed.merged) == ("closed", False)
    assert repository.get_issue(1).closed_by.login == "updater-bot"
    with pytest.raises(github.GithubException, match="422"):
        closed.edit(state="open")


def test_making_the_head_equal_to_base_closes(hub, pull):
    hub.force_push(DEPLOY, BUMP, "main")
    assert (fresh(pull).state, fresh(pull).merged) == ("closed", False)


def test_a_closed_pull_request_reopens_unless_its_branch_was_rewritten(hub, pull):
    pull.edit(state="closed")
    pull.edit(state="open")
    assert fresh(pull).state == "open"
    pull.edit(state="closed")
    hub.commit(DEPLOY, "main", {"README.md": "moved\n"}, "Moved")
    hub.force_push(DEPLOY, BUMP, "main")
    hub.commit(DEPLOY, BUMP, {"apps/shop.yaml": "tag: 2\n"}, "Again")
    with pytest.raises(github.GithubException, match="force-pushed"):
        pull.edit(state="open")


def test_a_push_to_the_branch_moves_the_head_and_keeps_an_approval(hub, pull):
    hub.approve(DEPLOY, 1)
    sha = hub.commit(DEPLOY, BUMP, {"apps/shop.yaml": "tag: 3\n"}, "More")
    assert fresh(pull).head.sha == sha
    assert [(review.state, review.user.login) for review in pull.get_reviews()] == [("APPROVED", "alice")]


def test_a_branch_brought_up_to_date_has_base_in_it(hub, pull):
    base = hub.commit(DEPLOY, "main", {"README.md": "moved\n"}, "Moved")
    assert pull.update_branch()
    assert base in hub.log(DEPLOY, BUMP)[0].parents
    assert not pull.update_branch(expected_head_sha="0" * 40)


def test_a_required_status_blocks_the_merge_until_it_is_green(hub, repository, pull):
    protection = Protection(requires_pull=False, required_statuses=("updater/gates",))
    hub.protect_by_ruleset(DEPLOY, "main", protection)
    fresh(pull)
    assert fresh(pull).mergeable_state == "blocked"
    with pytest.raises(github.GithubException, match="is expected"):
        pull.merge()
    with pytest.raises(MergeRefused):
        hub.merge(DEPLOY, 1)
    commit = repository.get_commit(pull.head.sha)
    commit.create_status("pending", context="updater/gates")
    commit.create_status("success", context="updater/gates", description="all gates")
    assert commit.get_combined_status().state == "success"
    assert [status.state for status in commit.get_statuses()] == ["success", "pending"]
    assert pull.merge().merged


def test_a_failed_status_makes_a_pull_request_unstable(hub, pull):
    hub.set_status(DEPLOY, pull.head.sha, "ci", "failure")
    fresh(pull)
    assert fresh(pull).mergeable_state == "unstable"


def test_a_status_may_say_only_so_much(repository, pull):
    commit = repository.get_commit(pull.head.sha)
    with pytest.raises(github.GithubException, match="140"):
        commit.create_status("success", description="x" * 141)


def test_comments_labels_reviewers_and_assignees_stay(hub, pull):
    comment = pull.create_issue_comment("One")
    comment.edit("Two")
    pull.add_to_labels("promotion", "updater:stop")
    pull.remove_from_labels("updater:stop")
    pull.create_review_request(reviewers=["alice"], team_reviewers=["platform"])
    pull.add_to_assignees("alice")
    assert [each.body for each in pull.get_issue_comments()] == ["Two"]
    shown = fresh(pull)
    assert [label.name for label in shown.labels] == ["promotion"]
    assert [user.login for user in shown.assignees] == ["alice"]
    people, teams = shown.get_review_requests()
    assert ([user.login for user in people], [team.slug for team in teams]) == (["alice"], ["platform"])
    assert hub.pull(DEPLOY, 1).comments[0].user.login == "updater-bot"


def test_a_pull_request_from_a_fork_shows_where_it_comes_from(hub, repository):
    fork = hub.fork(DEPLOY, "mallory")
    hub.commit(fork, BUMP, {"apps/shop.yaml": "tag: 9\n"}, "Bump")
    number = hub.open(DEPLOY, f"mallory:{BUMP}", login="mallory")
    pull = repository.get_pull(number)
    assert (pull.head.repo.full_name, pull.head.repo.fork) == ("mallory/deploy", True)
    assert [each.number for each in repository.get_pulls(head=f"org:{BUMP}")] == []
    hub.merge(DEPLOY, number)
    assert hub.read(DEPLOY, "main", "apps/shop.yaml") == b"tag: 9\n"


def test_the_branch_goes_with_the_merge_where_the_repository_says_so(hub, pull):
    hub.delete_branch_on_merge(DEPLOY)
    pull.merge()
    assert list(hub.branches(DEPLOY)) == ["main"]
    assert fresh(pull).merged


def test_auto_merge_waits_for_the_required_status(hub, pull):
    status = Protection(requires_pull=False, required_statuses=("ci",))
    with pytest.raises(github.GithubException, match="not allowed for this repository"):
        pull.enable_automerge()
    hub.allow_auto_merge(DEPLOY)
    with pytest.raises(github.GithubException, match="clean status"):
        pull.enable_automerge()
    hub.protect_by_ruleset(DEPLOY, "main", status)
    pull.enable_automerge(merge_method="SQUASH")
    assert fresh(pull).raw_data["auto_merge"]["merge_method"] == "squash"
    hub.set_status(DEPLOY, pull.head.sha, "ci", "success")
    assert (fresh(pull).merged, hub.log(DEPLOY)[0].subject) == (True, "Bump (#1)")


def test_auto_merge_can_be_taken_back(hub, pull):
    hub.allow_auto_merge(DEPLOY)
    hub.protect_by_ruleset(DEPLOY, "main", Protection(requires_pull=False, required_statuses=("ci",)))
    pull.enable_automerge()
    pull.disable_automerge()
    hub.set_status(DEPLOY, pull.head.sha, "ci", "success")
    assert fresh(pull).state == "open"


class TestFaults:
    def test_a_write_that_fails_after_it_was_carried_out_has_happened(self, hub, repository):
        hub.commit(DEPLOY, BUMP, {"apps/shop.yaml": "tag: 2\n"}, "Bump")
        hub.fail_next(1, 502, matching="POST .*/pulls", carried_out=True)
        with pytest.raises(github.GithubException, match="502"):
            repository.create_pull(base="main", head=BUMP, title="T", body="")
        assert [pull.number for pull in hub.pulls(DEPLOY)] == [1]

    def test_a_write_that_fails_before_has_not(self, hub, repository):
        hub.commit(DEPLOY, BUMP, {"apps/shop.yaml": "tag: 2\n"}, "Bump")
        hub.fail_next(1, matching="POST .*/pulls", cut="whole")
        with pytest.raises(requests.ConnectionError):
            repository.create_pull(base="main", head=BUMP, title="T", body="")
        assert hub.pulls(DEPLOY) == []

    def test_a_rate_limit_comes_with_its_headers(self, hub, forge):
        hub.limit_rate(matching="/user")
        with pytest.raises(github.RateLimitExceededException) as limited:
            forge.get_user().login  # noqa: B018  reading it asks
        assert limited.value.headers["x-ratelimit-remaining"] == "0"
        hub.limit_rate(matching="/user", retry_after=7)
        with pytest.raises(github.RateLimitExceededException) as limited:
            forge.get_user().login  # noqa: B018  reading it asks
        assert limited.value.headers["retry-after"] == "7"
        assert forge.get_user().login == hub.bot_login

    def test_writes_are_told_apart_from_reads(self, hub, pull):
        writes = [recorded[:3] for recorded in hub.requests if recorded.write]
        assert writes == [("POST", f"/api/v3/repos/{DEPLOY}/pulls", 201)]
