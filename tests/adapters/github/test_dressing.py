"""Labels, reviewers, assignees and milestone: set once, even after a death, and left as people leave them."""

import pytest

from updater.model import Placement, PullRequestMetadata, SetMetadata

PLACEMENT = Placement("production", "shop")
REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
DRESS = {
    "labels": ("promotion", "Shop"),
    "reviewers": ("bob", "team:platform"),
    "assignees": ("kim",),
    "milestone": "Spring",
}
WORN = ["promotion", "Shop", "bob", "platform", "kim", "Spring"]


@pytest.fixture(autouse=True)
def spring(world):
    world.github.create_milestone(REPOSITORY, "Spring")


def worn(world, number=1):
    pull = world.github.pull(REPOSITORY, number)
    people = [*(user.login for user in pull.reviewers), *pull.team_reviewers]
    people += [user.login for user in pull.assignees]
    return [*pull.labels, *people, *([pull.milestone] if pull.milestone else [])]


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_i6_one_that_died_between_two_calls_is_completed(world, opening, calls):
    # From the k-th write on nothing gets through, as if the process had died there.
    world.github.fail_next(99, 503, matching="POST|PATCH", after=calls)
    world.forge.open(opening(**DRESS))
    world.github.lift()
    before = world.count

    restarted = world.another_forge()
    restarted.open(opening(**DRESS))

    assert worn(world) == WORN
    writes = [line for line in world.sent(before) if not line.startswith("GET")]
    assert len(writes) == 5 - calls
    restarted.disconnect()


def test_what_is_missing_of_one_that_is_open_can_be_completed(world, opening):
    world.forge.open(opening())
    step = SetMetadata(REPOSITORY, PLACEMENT, BRANCH, 1, opening(**DRESS).metadata)
    assert world.forge.set_metadata(step).endswith("/pull/1")
    assert worn(world) == WORN
    (pull,) = world.forge.pull_requests()
    assert step.metadata.without(pull.metadata_items) == PullRequestMetadata()


def test_what_a_person_has_taken_away_stays_away(world, opening):
    world.forge.open(opening(**DRESS))
    world.github.unlabel(REPOSITORY, 1, "promotion")
    world.github.unrequest(REPOSITORY, 1, "bob")
    world.github.unrequest(REPOSITORY, 1, "team:platform")
    world.github.assign(REPOSITORY, 1)
    world.github.set_milestone(REPOSITORY, 1, None)

    for forge in (world.forge, world.another_forge()):
        forge.open(opening(**DRESS))
        assert worn(world) == ["Shop"]


def test_what_a_person_has_given_and_taken_stays_away_as_well(world, opening):
    world.github.open(REPOSITORY, BRANCH, login="updater-bot")
    world.github.label(REPOSITORY, 1, "promotion")
    world.github.unlabel(REPOSITORY, 1, "promotion")

    world.forge.open(opening(labels=("promotion",)))

    assert worn(world) == []


def test_all_it_ever_had_is_told_in_lower_case(world, opening):
    world.forge.open(opening(**DRESS))
    world.github.unlabel(REPOSITORY, 1, "Shop")
    restarted = world.another_forge()

    had = restarted.metadata_history(1)

    assert had == world.forge.metadata_history(1) == opening(**DRESS).metadata.as_items
    assert had >= {("label", "shop"), ("reviewer", "team:platform"), ("milestone", "spring")}
    before = world.count
    restarted.metadata_history(1)
    assert world.sent(before) == []
    restarted.disconnect()


def test_what_failed_for_now_is_set_later_by_the_same_process(world, opening):
    world.github.fail_next(status=429, matching="POST .*/labels")
    world.forge.open(opening(**DRESS))
    assert worn(world) == [], "a limit holds for all that would be sent"
    world.clock.pass_by(hours=1)

    assert world.forge.metadata_history(1) == frozenset()
    world.forge.open(opening(**DRESS))

    assert worn(world) == WORN


def test_what_github_refuses_is_not_asked_for_in_every_pass(world, opening):
    world.github.fault("POST .*/requested_reviewers", 422, body='{"message": "Could not resolve to a node"}')
    for _ in range(3):
        world.forge.open(opening(**DRESS))

    asked = [line for line in world.sent() if line.startswith("POST /pulls/1/requested_reviewers")]
    assert (len(asked), len(world.warnings)) == (3, 3), "together, then each alone"


def test_a_reviewer_whom_github_refuses_keeps_nobody_else_from_being_asked(world, opening):
    world.forge.open(opening(reviewers=("bob", world.github.bot_login, "team:platform")))
    assert worn(world) == ["bob", "platform"]
    assert any("author" in warning for warning in world.warnings)


def test_a_milestone_that_is_not_there_is_said_once(world, opening):
    for _ in range(2):
        world.forge.open(opening(milestone="Autumn", labels=("promotion",)))
    assert worn(world) == ["promotion"]
    (said,) = world.warnings
    assert "no open milestone called Autumn" in said
