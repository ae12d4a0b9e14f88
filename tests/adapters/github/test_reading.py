"""Reading pull requests from the embedded GitHub with the real PyGithub."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from updater.adapters.github.shapes import pull_request
from updater.errors import Unavailable

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


def test_a_pull_request_is_read_with_all_the_model_holds(world):
    number = world.github.open(REPOSITORY, BRANCH, title="A title", body="A body", draft=True)
    world.github.label(REPOSITORY, number, "promotion")

    (pull,) = world.forge.pull_requests()

    assert (pull.number, pull.title, pull.body, pull.state) == (number, "A title", "A body", "open")
    assert (pull.branch, pull.base) == (BRANCH, "main")
    assert pull.head == world.github.head(REPOSITORY, BRANCH)
    assert (pull.author, pull.same_repository) == ("alice", True)
    assert (pull.labels, pull.draft, pull.closed) == (frozenset({"promotion"}), True, None)
    assert pull.url == f"{world.github.url}/{REPOSITORY}/pull/{number}"
    assert pull.created is not None
    assert pull.created.utcoffset() is not None


def test_closed_and_merged_ones_are_told_apart(world):
    closed, merged = (world.github.open(REPOSITORY, branch) for branch in (BRANCH, _branch(world, "b")))
    world.github.close(REPOSITORY, closed)
    world.github.merge(REPOSITORY, merged)

    states = {pull.number: (pull.state, pull.closed is None) for pull in world.forge.pull_requests()}

    assert states == {closed: ("closed", False), merged: ("merged", False)}


def test_a_fork_is_not_the_same_repository(world):
    fork = world.github.fork(REPOSITORY, "mallory")
    world.github.commit(fork, BRANCH, {"tag": "evil"}, "Look alike")
    world.github.open(REPOSITORY, f"mallory:{BRANCH}")
    world.github.open(REPOSITORY, BRANCH)

    found = world.forge.pull_requests()

    assert [(pull.branch, pull.same_repository) for pull in found] == [(BRANCH, False), (BRANCH, True)]


def test_a_deleted_fork_and_a_deleted_account_can_be_read():
    end = {"ref": "main", "sha": "1" * 40, "repo": {"full_name": "acme/deploy"}}
    content = {"number": 1, "html_url": "u", "title": "t", "body": None, "state": "open", "user": None}

    pull = pull_request({**content, "head": {**end, "repo": None}, "base": end})

    assert (pull.same_repository, pull.author, pull.body) == (False, "ghost", "")


def test_all_pages_of_open_ones_are_read(world):
    _open_many(world, 250)

    found = world.forge.pull_requests()

    assert [pull.number for pull in found] == list(range(1, 251))
    assert len(world.sent()) == 3 + 1


def test_of_the_closed_ones_the_hundred_that_changed_last_are_read(world):
    _open_many(world, 130)
    for number in range(1, 131):
        world.github.close(REPOSITORY, number)

    assert len(world.forge.pull_requests()) == 100


def test_a_quiet_reading_costs_no_quota_and_no_parsing(world):
    _open_many(world, 150)
    first = world.forge.pull_requests()
    before = world.count

    second = world.forge.pull_requests()

    assert world.sent(before) == ["GET /pulls 304"] * 3
    assert second == first
    assert all(mine is theirs for mine, theirs in zip(first, second, strict=True))


def test_what_changed_is_read_again(world):
    number = world.github.open(REPOSITORY, BRANCH, title="Before")
    world.forge.pull_requests()
    world.github.pull(REPOSITORY, number).title = "After"

    assert [pull.title for pull in world.forge.pull_requests()] == ["After"]


def test_one_page_that_fails_fails_the_reading(world):
    _open_many(world, 150)
    world.github.fault("page=2", 500)

    with pytest.raises(Unavailable):
        world.forge.pull_requests()


def test_the_closed_ones_of_a_branch_come_newest_first(world):
    first = world.github.open(REPOSITORY, BRANCH)
    world.github.close(REPOSITORY, first)
    second = world.github.open(REPOSITORY, BRANCH)
    world.github.merge(REPOSITORY, second)
    world.github.close(REPOSITORY, world.github.open(REPOSITORY, _branch(world, "another")))

    found = world.forge.closed_pull_requests(BRANCH)

    assert [(pull.number, pull.state) for pull in found] == [(second, "merged"), (first, "closed")]


def test_a_head_filter_the_server_ignores_is_not_believed(world):
    world.github.close(REPOSITORY, world.github.open(REPOSITORY, BRANCH))
    everything = world.github.answer
    world.github.answer = lambda request: everything(replace(request, target=request.target.split("?")[0]))

    assert world.forge.closed_pull_requests("another") == ()


def test_one_that_is_closed_while_we_read_is_closed(world):
    number = world.github.open(REPOSITORY, BRANCH)
    answer = world.github.answer

    def close_behind(request):
        answered = answer(request)
        world.github.close(REPOSITORY, number)
        return answered

    world.github.answer = close_behind

    assert [pull.state for pull in world.forge.pull_requests()] == ["closed"]


def test_the_login_is_asked_once(world):
    assert [world.forge.login(), world.forge.login()] == ["updater-bot", "updater-bot"]
    assert world.count == 1


def test_an_app_has_no_login(world):
    body = '{"message": "Resource not accessible by integration"}'
    world.github.fail_next(status=403, body=body)

    assert [world.forge.login(), world.forge.login()] == [None, None]
    assert world.count == 1


def test_a_forge_can_be_read_by_many_threads(world):
    numbers = {f"b{each}": world.github.open(REPOSITORY, _branch(world, f"b{each}")) for each in range(8)}
    for number in numbers.values():
        world.github.close(REPOSITORY, number)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(world.forge.closed_pull_requests, [*numbers] * 5))

    assert [[pull.number for pull in pulls] for pulls in found] == [
        [number] for number in numbers.values()
    ] * 5


def test_answers_are_counted_by_host_and_code(world):
    world.forge.pull_requests()
    world.forge.pull_requests()

    assert world.seen == [(world.github.host, code) for code in (200, 200, 304, 304)]


def _branch(world, name):
    world.branch(name)
    return name


def _open_many(world, count):
    """Without a branch for each: reading does not ask for it."""
    world.github.open(REPOSITORY, BRANCH)
    issues = world.github.find(REPOSITORY).issues
    for number in range(2, count + 1):
        issues[number] = replace(issues[1], number=number, head=f"b{number}")
