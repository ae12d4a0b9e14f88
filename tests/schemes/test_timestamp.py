"""Which tags are timestamps, and in which order they stand."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.schemes.timestamp import Timestamp

KOREAN = Timestamp()


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "latest",
        "v1.2.3",
        "buildcache",
        "pr-12",
        "sha-abc1234",
        "sha256-" + "0" * 64 + ".sig",
        "99999999-999999",
        "20260230-000000",
        "20261399-999999",
        "20260202-240000",
        "20260202-143560",
        "20260202-143512-rc1",
        "20260202-143512-arm64",
        "20260202-143512\n",
        " 20260202-143512",
        "20260202143512",
        "2026022-143512",
        "00000101-000000",
        "99991231-235959",
        "२०२६०२०२-१४३५१२",
    ],
)
def test_junk_is_no_timestamp(tag):
    assert KOREAN.read(tag) is None


def test_a_tag_is_korean_time_unless_told_otherwise():
    assert KOREAN.read("20260202-143512").stamp == datetime(2026, 2, 2, 5, 35, 12, tzinfo=UTC)
    assert Timestamp(zone="UTC").read("20260202-143512").stamp == datetime(2026, 2, 2, 14, 35, 12, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 12, 31)))  # noqa: DTZ001 - wall clock
def test_every_real_time_is_read_and_said_again(time):
    tag = f"{time.year:04}{time:%m%d-%H%M%S}"
    assert KOREAN.read(tag).tag == tag


@given(st.lists(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 12, 31)), min_size=2))  # noqa: DTZ001
def test_the_order_is_that_of_the_digits(times):
    tags = [f"{time.year:04}{time:%m%d-%H%M%S}" for time in times]
    assert [version.tag for version in sorted(map(KOREAN.read, tags))] == sorted(tags)


@given(st.text(max_size=20))
def test_reading_never_raises(tag):
    KOREAN.read(tag)
