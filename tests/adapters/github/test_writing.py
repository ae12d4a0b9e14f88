"""Opening, updating and closing pull requests on the embedded GitHub with the real PyGithub."""

from dataclasses import replace

import pytest

from updater.errors import Refused, Unavailable

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


def test_a_pull_request_is_opened_with_labels_and_reviewers(world, opening):
    step = opening(labels=("promotion",), reviewers=("bob", "team:platform"), draft=True)

    url = world.forge.open(step)

    (pull,) = world.github.pulls(REPOSITORY)
    assert url == f"{world.github.url}/{REPOSITORY}/pull/{pull.number}"
    assert (pull.title, pull.body, pull.draft) == (step.title, step.body, True)
    assert (pull.head, pull.base, pull.user.login) == (BRANCH, "main", "updater-bot")
    assert (pull.labels, pull.team_reviewers) == (["promotion"], ["platform"])
    assert [user.login for user in pull.reviewers] == ["bob"]
    assert world.warnings == []


def test_nothing_more_is_asked_than_needed_to_open_one(world, opening):
    world.forge.open(opening())

    assert world.sent() == ["GET /pulls 200", "POST /pulls 201"]


def test_one_that_is_open_is_adopted_with_the_new_texts(world, opening):
    number = world.github.open(REPOSITORY, BRANCH, title="Old", body="Old", login="updater-bot")

    url = world.forge.open(opening(labels=("promotion",)))

    (pull,) = world.github.pulls(REPOSITORY)
    assert url.endswith(f"/pull/{number}")
    assert (pull.title, pull.body) == ("production: shop 2", "Why it is safe.")
    assert pull.labels == ["promotion"]


def test_adopting_the_very_same_writes_nothing(world, opening):
    world.forge.open(opening(labels=("promotion",)))
    before = world.count

    world.another_forge().open(opening(labels=("promotion",)))

    assert world.sent(before) == ["GET /pulls 200"]


def test_the_same_branch_to_another_base_or_from_a_fork_is_not_adopted(world, opening):
    world.github.create_branch(REPOSITORY, "release")
    world.github.open(REPOSITORY, BRANCH, base="release")
    fork = world.github.fork(REPOSITORY, "mallory")
    world.github.commit(fork, BRANCH, {"tag": "evil"}, "Look alike")
    world.github.open(REPOSITORY, f"mallory:{BRANCH}")

    world.forge.open(opening())

    assert len(world.github.pulls(REPOSITORY)) == 3


def test_a_look_alike_is_not_adopted_where_the_server_ignores_the_filter(world, opening):
    fork = world.github.fork(REPOSITORY, "mallory")
    world.github.commit(fork, BRANCH, {"tag": "evil"}, "Look alike")
    world.github.open(REPOSITORY, f"mallory:{BRANCH}")
    answer = world.github.answer
    world.github.answer = lambda request: answer(replace(request, target=request.target.split("?")[0]))

    assert world.forge.open(opening()).endswith("/pull/2")


def test_a_lost_answer_is_not_asked_for_again_but_found_the_next_time(world, opening):
    world.github.fail_next(matching="POST", carried_out=True, cut="whole")
    with pytest.raises(Unavailable):
        world.forge.open(opening())
    posts = [line for line in world.sent() if line.startswith("POST")]

    world.forge.open(opening())

    assert len(posts) == 1
    assert len(world.github.pulls(REPOSITORY)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_is_never_repeated_blindly(world, opening, status):
    world.github.fault("POST", status)

    with pytest.raises(Unavailable):
        world.forge.open(opening())

    assert world.sent() == ["GET /pulls 200", f"POST /pulls {status}"]


def test_one_that_another_opened_in_between_is_adopted(world, opening):
    number = world.github.open(REPOSITORY, BRANCH, title="Theirs")
    world.github.fail_next(status=200, matching="GET", body="[]")

    url = world.forge.open(opening())

    assert url.endswith(f"/pull/{number}")
    assert world.github.pull(REPOSITORY, number).title == "production: shop 2"


def test_what_github_rejects_is_said_in_its_words(world, opening):
    world.github.create_branch(REPOSITORY, "empty")

    with pytest.raises(Refused, match="No commits between main and empty") as caught:
        world.forge.open(opening(branch="empty"))

    assert caught.value.code == "forge_rejected"


def test_labels_and_reviewers_that_fail_do_not_lose_the_pull_request(world, opening):
    world.github.fault("POST .*/labels", 403, body='{"message": "Resource not accessible"}')

    url = world.forge.open(opening(labels=("promotion",), reviewers=("updater-bot",)))

    assert url.endswith("/pull/1")
    assert [warning.partition(":")[0] for warning in world.warnings] == [
        "#1 did not get promotion",
        "#1 did not get updater-bot",
    ]
    assert "Review cannot be requested from pull request author" in world.warnings[1]


def test_title_and_body_are_updated_in_one_call(world, updating):
    number = world.github.open(REPOSITORY, BRANCH, title="Old", body="Old")

    url = world.forge.update(updating(number, "New", "New body"))

    pull = world.github.pull(REPOSITORY, number)
    assert (pull.title, pull.body, url[-7:]) == ("New", "New body", f"/pull/{number}")
    assert world.sent() == [f"GET /pulls/{number} 200", f"PATCH /pulls/{number} 200"]


def test_what_stands_already_is_not_written_again(world, updating):
    number = world.github.open(REPOSITORY, BRANCH, title="Same", body="One\r\nTwo\r\n")
    world.forge.pull_requests()
    before = world.count

    first = world.forge.update(updating(number, "Same", "One\nTwo"))
    second = world.forge.update(updating(number, "Same", "Three"))
    third = world.forge.update(updating(number, "Same", "Three"))

    assert world.sent(before) == [f"GET /pulls/{number} 200", f"PATCH /pulls/{number} 200"]
    assert first == second == third


def test_the_reason_is_written_before_it_is_closed(world, closing):
    number = world.github.open(REPOSITORY, BRANCH, body="Open")
    world.forge.pull_requests()
    world.github.fail_next(status=500, matching="PATCH", after=1)

    with pytest.raises(Unavailable):
        world.forge.close(closing(number, "Closed, since it is on base"))

    pull = world.github.pull(REPOSITORY, number)
    assert (pull.state, pull.body) == ("open", "Closed, since it is on base")
    world.forge.close(closing(number, "Closed, since it is on base"))
    assert world.github.pull(REPOSITORY, number).state == "closed"


def test_closing_twice_writes_once(world, closing):
    number = world.github.open(REPOSITORY, BRANCH, body="Open")
    world.forge.pull_requests()
    world.forge.close(closing(number, "Closed"))
    before = world.count

    url = world.forge.close(closing(number, "Closed"))

    assert world.sent(before) == []
    assert url.endswith(f"/pull/{number}")


def test_a_body_that_cannot_be_written_is_not_closed_over(world, closing):
    number = world.github.open(REPOSITORY, BRANCH)
    world.github.fail_next(status=422, matching="PATCH", body='{"message": "Validation Failed"}')

    with pytest.raises(Refused):
        world.forge.close(closing(number, "Closed"))

    assert world.github.pull(REPOSITORY, number).state == "open"
