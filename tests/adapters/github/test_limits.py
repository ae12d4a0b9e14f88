"""Our own limit on writing. No test here waits for it."""

from datetime import UTC, datetime

import pytest

from updater.adapters.github import RateLimits
from updater.errors import Unavailable
from updater.model import CommitStatus

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


@pytest.fixture
def write(world):
    """Sets a status nobody has set before; once, by the world's forge or another."""
    sha, numbers = world.github.head(REPOSITORY, BRANCH), iter(range(2000))
    return lambda forge=None: (forge or world.forge).set_status(
        sha, CommitStatus("pending", f"{next(numbers)}")
    )


def test_more_than_sixty_writes_a_minute_are_not_sent(world, write):
    start = world.clock.now
    for _ in range(60):
        write()
        world.clock.pass_by(seconds=0.5)

    with pytest.raises(Unavailable) as caught:
        write()

    assert caught.value.code == "rate_limited"
    assert "60 writes within a minute" in caught.value.sentence
    assert world.github.host in caught.value.sentence
    assert _instant(caught.value.sentence) == start.timestamp() + 60
    assert world.count == 60


def test_more_than_five_hundred_writes_an_hour_are_not_sent(world, write):
    start = world.clock.now
    for _ in range(500):
        write()
        world.clock.pass_by(seconds=1.5)

    with pytest.raises(Unavailable, match="500 writes within an hour") as caught:
        write()

    assert caught.value.code == "rate_limited"
    assert _instant(caught.value.sentence) == start.timestamp() + 3600
    assert world.count == 500
    world.clock.pass_by(minutes=48)
    write()


def test_reading_goes_on_meanwhile(world, write):
    for _ in range(60):
        write()

    assert world.forge.pull_requests() == ()


def test_what_is_left_goes_out_as_time_passes(world, write):
    for _ in range(60):
        write()
        world.clock.pass_by(seconds=0.5)
    world.clock.pass_by(seconds=30)

    write()
    with pytest.raises(Unavailable):
        write()
    world.clock.pass_by(seconds=10)
    for _ in range(20):
        write()
    with pytest.raises(Unavailable):
        write()


def test_a_write_that_failed_counts_and_one_that_was_not_sent_does_not(world, write):
    world.github.fault("POST", 500)
    for _ in range(60):
        with pytest.raises(Unavailable, match="500"):
            write()
    for _ in range(100):
        with pytest.raises(Unavailable, match="within a minute"):
            write()
    world.github.lift()
    world.clock.pass_by(minutes=1)

    for _ in range(60):
        write()


def test_a_clock_that_is_set_back_does_not_stop_us(world, write):
    for _ in range(60):
        write()
    world.clock.pass_by(days=-1)

    write()


def test_those_with_the_same_token_share_their_limits(world, write):
    limits = RateLimits(world.github.host, world.clock, writes_a_minute=3)
    one, other = (world.another_forge(limits=limits) for _ in range(2))
    for forge in (one, other, one):
        write(forge)

    with pytest.raises(Unavailable, match="3 writes within a minute"):
        write(other)
    world.clock.pass_by(minutes=1)
    world.github.limit_rate(retry_after=300)
    with pytest.raises(Unavailable, match="used up"):
        one.login()
    with pytest.raises(Unavailable, match="used up"):
        other.pull_requests()
    one.disconnect()
    other.disconnect()


def _instant(sentence):
    found = sentence.partition("go out at ")[2].partition(" UTC")[0]
    return datetime.fromisoformat(f"{found}+00:00").timestamp()


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-ratelimit-remaining": "4999"}, [("forge.example", 4999)]),
        ({"ratelimit-remaining": "0"}, [("forge.example", 0)]),
        ({"x-ratelimit-remaining": "many"}, []),
        ({"x-ratelimit-remaining": "٣"}, []),
        ({}, []),
    ],
)
def test_what_a_forge_still_allows_is_told(headers, told):
    heard = []
    limits = RateLimits("forge.example", lambda: datetime.now(UTC), budget=lambda *each: heard.append(each))

    limits.heed(200, headers, "")

    assert heard == told
