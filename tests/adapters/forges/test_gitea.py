"""Where Gitea differs from what every forge promises."""

from dataclasses import replace

import pytest
from swagger import GITEA_MODULE, gitea

from updater.errors import LostRace, Refused, Unavailable
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


@pytest.fixture
def kind():
    return "gitea"


@pytest.mark.real
def test_the_stand_in_is_held_against_the_description_of_gitea():
    if gitea() is None:
        pytest.skip(f"the description comes with `go mod download {GITEA_MODULE}`")


# --- closed ones ----------------------------------------------------------------------------------------


def test_a_rejection_is_known_once_the_branch_is_gone(world):
    number = world.opened()
    world.hub.close(REPOSITORY, number)
    world.hub.delete_branch(REPOSITORY, BRANCH)
    for forge in (world.forge, world.another_forge()):
        (pull,) = forge.closed_pull_requests(BRANCH)
        assert (pull.number, pull.branch, pull.state) == (number, BRANCH, "closed")


def test_deleting_the_branch_of_an_open_one_closes_it(world):
    number = world.opened()
    world.hub.delete_branch(REPOSITORY, BRANCH)
    (pull,) = world.forge.pull_requests()
    assert (pull.number, pull.branch, pull.state) == (number, BRANCH, "closed")


def closed(world, count):
    """So many of others are closed, one a minute."""
    first = world.hub.open(REPOSITORY, BRANCH)
    world.hub.close(REPOSITORY, first)
    issues = world.hub.find(REPOSITORY).issues
    for number in range(2, count + 2):
        world.clock.forward(minutes=1)
        issues[number] = replace(
            issues[1], number=number, head=f"b{number}", updated_at=world.clock.now, events=[], comments=[]
        )
    return first


def listings(world):
    return [each.path for each in world.hub.requests if "state=closed" in each.path]


def test_all_closed_ones_are_read_once_and_then_what_has_changed(world):
    """Gitea cannot be asked for those of a branch."""
    closed(world, 180)
    (pull,) = world.forge.closed_pull_requests(BRANCH)
    assert pull.number == 1
    before = len(listings(world))
    assert before == 4
    assert world.forge.closed_pull_requests(BRANCH) == (pull,)
    assert len(listings(world)) == before + 1


def test_one_that_is_closed_again_after_long_is_found_among_those_that_changed_last(world):
    first = closed(world, 120)
    world.forge.closed_pull_requests(BRANCH)
    world.clock.forward(minutes=1)
    world.hub.reopen(REPOSITORY, first)
    assert first in {each.number for each in world.forge.pull_requests() if each.state == "open"}
    assert world.forge.closed_pull_requests(BRANCH) == ()
    world.clock.forward(minutes=1)
    world.hub.close(REPOSITORY, first)
    assert [each.number for each in world.forge.closed_pull_requests(BRANCH)] == [first]


def test_so_many_that_closed_meanwhile_are_read_to_the_last(world):
    closed(world, 10)
    world.forge.closed_pull_requests(BRANCH)
    issues = world.hub.find(REPOSITORY).issues
    for number in range(100, 260):
        world.clock.forward(minutes=1)
        branch = BRANCH if number == 100 else f"c{number}"
        issues[number] = replace(issues[1], number=number, head=branch, updated_at=world.clock.now)
    world.forge.pull_requests()
    assert [each.number for each in world.forge.closed_pull_requests(BRANCH)] == [100, 1]


def test_of_branches_that_are_not_ours_nothing_is_kept_and_nobody_asks_who_merges_them(world):
    forge = world.another_forge(prefixes=("updater/",))
    world.branch("theirs")
    world.hub.close(REPOSITORY, world.hub.open(REPOSITORY, "theirs"))
    world.hub.open(REPOSITORY, "theirs")
    assert {each.branch for each in forge.pull_requests()} == {"theirs"}
    assert forge.closed_pull_requests("theirs") == ()
    assert not [each for each in world.hub.requests if "timeline" in each.path]


# --- texts ----------------------------------------------------------------------------------------------


def test_a_title_that_gitea_would_cut_is_refused_and_nothing_is_opened(world):
    with pytest.raises(Refused, match="too long for Gitea"):
        world.forge.open(world.opening(title="x" * 256))
    assert world.hub.pulls(REPOSITORY) == []


def test_a_body_that_changes_between_the_look_and_the_write_stays_as_it_is(world):
    """Gitea 1.26 takes the version of the body that was read."""
    number = world.opened()
    world.forge.pull_requests()
    world.hub.fault("PATCH", 409, body='{"message": "the issue is already changed"}')
    with pytest.raises(LostRace, match="after it was read"):
        world.forge.update(world.updating(number))


def test_the_version_of_the_body_goes_along(world):
    number = world.opened()
    world.forge.pull_requests()
    world.forge.update(world.updating(number))
    world.pull(number).body = "A body of mine"
    world.forge._texts._check_unchanged = lambda _number: None
    with pytest.raises(LostRace):
        world.forge.update(world.updating(number, body="Ours again"))
    assert world.pull(number).body == "A body of mine"


@pytest.mark.parametrize("title", ["WIP: production", "[wip] production", "wip:production"])
def test_any_prefix_of_a_draft_is_none_of_its_title(world, title):
    world.hub.open(REPOSITORY, BRANCH, title="production", draft=True)
    answer = world.hub.answer

    def renamed(request):
        given = answer(request)
        return replace(given, body=given.body.replace(b"WIP: production", title.encode()))

    world.hub.answer = renamed
    (pull,) = world.forge.pull_requests()
    assert (pull.title, pull.draft) == ("production", True)


# --- merging --------------------------------------------------------------------------------------------


def test_who_asks_for_patience_is_asked_again(world):
    """A 405 like that which says no."""
    number = world.opened()
    world.hub.fail_next(status=405, matching="/merge$", body='{"message": "Please try again later"}')
    with pytest.raises(Unavailable, match="does not know yet"):
        world.forge.merge(world.merging(number, world.head()))
    world.forge.merge(world.merging(number, world.head()))
    assert world.pull(number).merged_at


def test_a_squash_keeps_what_the_commits_say(world):
    """Gitea's own message has only the title."""
    message = "chore(shop): bump production to 2\n\nUpdater-Pin: production shop ghcr.io/org/shop:2"
    world.hub.commit(REPOSITORY, "updater/app/one", {"tag": "one"}, message)
    number = world.opened(branch="updater/app/one")
    world.forge.merge(world.merging(number, world.head("updater/app/one"), "squash"))
    merged = world.hub.find(REPOSITORY).git.text("log", "-1", "--format=%B", "main").strip()
    head, _, rest = message.partition("\n")
    assert merged == f"{head} (#{number})\n{rest}"


def test_a_squash_of_several_keeps_what_each_of_them_says(world):
    for app in ("shop", "blog"):
        world.hub.commit(
            REPOSITORY, "updater/env/production", {app: "2"}, f"bump {app}\n\nUpdater-Pin: {app}"
        )
    number = world.opened(branch="updater/env/production")
    world.forge.merge(world.merging(number, world.head("updater/env/production"), "squash"))
    merged = world.hub.find(REPOSITORY).git.text("log", "-1", "--format=%B", "main")
    assert [line for line in merged.splitlines() if line.startswith("Updater-Pin")] == [
        "Updater-Pin: shop",
        "Updater-Pin: blog",
    ]


def test_its_own_merging_is_switched_on_seen_and_switched_off(world, blocked):
    head = world.head()
    world.forge.set_auto_merge(world.auto_merging(blocked, head))
    world.clock.forward(minutes=1)
    for forge in (world.forge, world.another_forge()):
        (pull,) = forge.pull_requests()
        assert (pull.auto_merge, pull.merges_by) == (True, "updater-bot")
    for _ in range(2):
        world.forge.set_auto_merge(world.auto_merging(blocked, head, None))
    world.clock.forward(minutes=1)
    (pull,) = world.forge.pull_requests()
    assert (pull.auto_merge, pull.merges_by) == (False, None)
    world.hub.set_auto_merge(REPOSITORY, blocked, "kim")
    assert [each.merges_by for each in world.another_forge().pull_requests()] == ["kim"]


def test_what_happened_is_read_again_only_where_something_did(world):
    world.opened()
    timelines = lambda: len([each for each in world.hub.requests if "timeline" in each.path])  # noqa: E731
    for _ in range(4):
        world.forge.pull_requests()
    assert timelines() == 2, "once more, since a second has room for two changes"


def test_its_own_merging_merges_once_nothing_is_missing(world, blocked):
    world.forge.set_auto_merge(world.auto_merging(blocked, world.head(), "squash"))
    world.hub.approve(REPOSITORY, blocked)
    assert world.pull(blocked).merged_at


def test_a_head_that_has_moved_is_not_left_to_gitea(world, blocked):
    judged = world.head()
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "moved"}, "Move")
    for _ in range(2):
        world.forge.set_auto_merge(world.auto_merging(blocked, judged))
    assert world.pull(blocked).auto_merge is None
    assert world.warnings == [f"#{blocked} is not merged by Gitea itself: its head has moved"]


def test_a_check_that_the_base_wants_and_lacks_blocks(world):
    world.hub.protect(REPOSITORY, "main", Protection(required_statuses=("ci/*",)))
    number = world.opened()
    world.forge.reviews(number)
    assert world.forge.reviews(number).mergeable == "blocked"
    world.hub.set_status(REPOSITORY, world.head(), "ci/test", "success")
    assert world.forge.reviews(number).mergeable == "clean"


def test_an_approval_of_somebody_who_may_not_write_is_none(world, blocked):
    world.hub.forge.user("mallory")
    world.hub.approve(REPOSITORY, blocked, "mallory")
    assert not world.forge.reviews(blocked).approved


# --- labels and people ----------------------------------------------------------------------------------


def test_a_team_is_asked_by_its_name(world):
    number = world.opened(reviewers=("team:platform",))
    assert world.pull(number).team_reviewers == ["platform"]
    assert world.another_forge().metadata_history(number) == {("reviewer", "team:platform")}


def test_a_label_that_is_not_there_is_made_and_one_that_is_there_is_not(world):
    world.hub.forge.label(world.hub.find(REPOSITORY), "Promotion")
    number = world.opened(labels=("promotion", "new"))
    assert world.pull(number).labels == ["Promotion", "new"]
    assert [line for line in world.writes if line == f"POST /api/v1/repos/{REPOSITORY}/labels"] == [
        f"POST /api/v1/repos/{REPOSITORY}/labels"
    ]


def test_one_reviewer_whom_gitea_does_not_know_keeps_no_other_out(world):
    world.hub.forge.user("bob")
    number = world.opened(reviewers=("bob", "nobody-there"), assignees=("bob", "nobody-there"))
    assert [user.login for user in world.pull(number).reviewers] == ["bob"]
    assert [user.login for user in world.pull(number).assignees] == ["bob"]
    assert len([each for each in world.warnings if "#1 did not get nobody-there" in each]) == 2


# --- the rest -------------------------------------------------------------------------------------------


def test_an_archived_repository_is_said_to_be(world):
    world.hub.archive(REPOSITORY)
    assert world.forge.branch_rules("main").archived
    with pytest.raises(Refused, match="archived") as caught:
        world.forge.open(world.opening())
    assert caught.value.code == "repository_archived"


def test_what_a_branch_demands_is_told_to_whoever_may_read_it(world):
    world.hub.protect(
        REPOSITORY, "main", Protection(required_reviews=2, required_statuses=("ci",), bypass=frozenset())
    )
    rules = world.forge.branch_rules("main")
    assert (rules.reviews, rules.checks, rules.pull_request_required) == (2, ("ci",), True)
    assert rules.up_to_date is None, "only administrators are told"
    assert not rules.checks_pushes


def test_the_files_it_changes_are_read(world):
    number = world.opened()
    assert world.forge.changed_files(number, world.head()) == ("tag",)


def test_the_token_goes_by_giteas_own_word(world):
    seen = []
    answer = world.hub.answer
    world.hub.answer = lambda request: (seen.append(request.headers), answer(request))[1]
    world.forge.pull_requests()
    assert {headers.get("authorization") for headers in seen} == {f"token {world.hub.bot_token}"}


@pytest.mark.parametrize("body", ["[" * 20_000, '{"message": ' + "[" * 900 + "]" * 900 + "}"])
@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_nests_without_end_is_one_that_cannot_be_read(world, status, body):
    world.hub.fault("pulls", status, body=body)
    with pytest.raises((Unavailable, Refused)):
        world.forge.pull_requests()
