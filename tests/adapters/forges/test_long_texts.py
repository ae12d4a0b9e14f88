"""Anybody may write long texts into pull requests: what is read at once is bounded, and none is missed."""

from dataclasses import replace

from updater.adapters import bounded_answers

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


def several(world, count, body):
    """So many open ones, one of ours among them."""
    number = world.hub.open(REPOSITORY, BRANCH, body="Ours.")
    issues = world.hub.find(REPOSITORY).issues
    for other in range(number + 1, number + count):
        issues[other] = replace(issues[number], number=other, head=f"b{other}", body=body)
    return number


def test_a_page_that_is_too_large_is_read_in_parts(world, monkeypatch):
    number = several(world, 130, "long " * 4_000)
    whole = world.another_forge().pull_requests()
    monkeypatch.setattr(bounded_answers, "LARGEST", 500_000)

    parts = world.another_forge().pull_requests()

    assert parts == whole
    assert [pull.number for pull in parts] == list(range(number, number + 130))


def test_one_alone_that_is_too_large_is_said(world, monkeypatch):
    import pytest

    from updater.errors import Refused

    several(world, 3, "long " * 10_000)
    monkeypatch.setattr(bounded_answers, "LARGEST", 20_000)
    with pytest.raises(Refused, match="at most 19 KiB are read") as caught:
        world.forge.pull_requests()
    assert caught.value.code == "forge_too_many"


def test_of_a_fork_no_text_is_kept(world):
    fork = world.hub.fork(REPOSITORY, "mallory")
    world.hub.commit(fork, BRANCH, {"tag": "evil"}, "Look alike")
    world.hub.open(REPOSITORY, f"mallory:{BRANCH}", body="long " * 10_000)
    (pull,) = world.forge.pull_requests()
    assert (pull.same_repository, pull.body) == (False, "")
