"""Labels and reviewers: set once, also after a death in between, and left as people leave them."""

import pytest

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
DRESS = {"labels": ("promotion", "Shop"), "reviewers": ("bob", "team:platform")}


def worn(world, number=1):
    pull = world.github.pull(REPOSITORY, number)
    return [*pull.labels, *(user.login for user in pull.reviewers), *pull.team_reviewers]


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_i6_one_that_died_between_two_calls_is_completed(world, opening, calls):
    # From the k-th write on nothing gets through, as if the process had died there.
    world.github.fail_next(99, 503, matching="POST", after=calls)
    world.forge.open(opening(**DRESS))
    world.github.lift()
    before = world.count

    restarted = world.another_forge()
    restarted.open(opening(**DRESS))

    assert worn(world) == ["promotion", "Shop", "bob", "platform"]
    posts = [line for line in world.sent(before) if line.startswith("POST")]
    assert len(posts) == 3 - calls
    restarted.disconnect()


def test_what_a_person_has_taken_away_stays_away(world, opening):
    world.forge.open(opening(**DRESS))
    world.github.unlabel(REPOSITORY, 1, "promotion")
    world.github.unrequest(REPOSITORY, 1, "bob")
    world.github.unrequest(REPOSITORY, 1, "team:platform")

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

    had = restarted.dressed(1)

    assert had == world.forge.dressed(1) == {"promotion", "shop", "bob", "team:platform"}
    before = world.count
    restarted.dressed(1)
    assert world.sent(before) == []
    restarted.disconnect()


def test_what_failed_for_now_is_set_later_by_the_same_process(world, opening):
    world.github.fail_next(status=429, matching="POST .*/labels")
    world.forge.open(opening(**DRESS))
    assert worn(world) == []
    world.clock.pass_by(hours=1)

    assert world.forge.dressed(1) == frozenset()
    world.forge.open(opening(**DRESS))

    assert worn(world) == ["promotion", "Shop", "bob", "platform"]


def test_what_github_refuses_is_not_asked_for_in_every_pass(world, opening):
    world.github.fault("POST .*/requested_reviewers", 422, body='{"message": "Could not resolve to a node"}')
    for _ in range(3):
        world.forge.open(opening(**DRESS))

    asked = [line for line in world.sent() if line.startswith("POST /pulls/1/requested_reviewers")]
    assert (len(asked), len(world.warnings)) == (1, 1)
