"""What is recorded of deployments is read back; what cannot be read is named."""

import gc
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.messages import read_verdicts, with_verdicts
from updater.messages.verdicts import MOST, verdict_line
from updater.model import DeploymentVerdict, Image, Placement

SHOP = Placement("cluster-a/production", "shop")
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
FAILED = DeploymentVerdict(
    placement=SHOP,
    tag="20260202-143512",
    commit="a" * 40,
    result="failed",
    since=NOON,
    until=NOON,
    written=NOON,
    seen=("HighErrorRate fired",),
    failed=("alerts",),
    digests={Image("ghcr.io", "org/shop"): "sha256:" + "b" * 64},
)

instants = st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
texts = st.text(max_size=40)
lines_of_print = st.text(st.characters(categories=["L", "N", "P"]), max_size=60)
found = st.builds(
    DeploymentVerdict,
    placement=st.just(SHOP),
    tag=texts,
    commit=texts,
    result=st.sampled_from(["verified", "failed", "cut", "unknown"]),
    since=instants,
    until=instants,
    written=instants,
    seen=st.lists(lines_of_print, max_size=3).map(tuple),
    failed=st.lists(st.sampled_from(["health", "alerts", "metrics"]), max_size=3).map(tuple),
    digests=st.dictionaries(st.just(Image("ghcr.io", "org/shop")), texts, max_size=1),
)


@given(st.lists(found, max_size=4), st.lists(found, max_size=4))
def test_what_is_recorded_is_read_back_behind_what_was_there(old, new):
    file = with_verdicts(with_verdicts(b"", old), new)
    assert read_verdicts(SHOP, file) == (*old, *new)


def test_each_verdict_is_a_line_of_plain_json():
    assert verdict_line(FAILED) == (
        '{"v":1,"tag":"20260202-143512","commit":"' + "a" * 40 + '","result":"failed",'
        '"since":"2026-02-02T12:00:00Z","until":"2026-02-02T12:00:00Z","written":"2026-02-02T12:00:00Z",'
        '"seen":["HighErrorRate fired"],"failed":["alerts"],'
        '"digests":{"ghcr.io/org/shop":"sha256:' + "b" * 64 + '"}}\n'
    )


def _many(results):
    return [replace(FAILED, tag=str(number), result=result) for number, result in enumerate(results)]


def test_of_the_oldest_what_failed_stays_and_what_was_verified_last():
    many = _many([*["verified"] * 7, "failed", *["cut"] * 5, *["unknown"] * 10])
    file = with_verdicts(with_verdicts(b"", many[:12]), many[12:])
    assert [each.tag for each in read_verdicts(SHOP, file)] == [
        *("2", "3", "4", "5", "6", "7"),
        *map(str, range(13, 23)),
    ]


def test_there_are_never_more_lines_than_may_be():
    many = _many(["failed"] * (MOST + 3))
    assert [each.tag for each in read_verdicts(SHOP, with_verdicts(b"", many))] == [
        str(number) for number in range(3, MOST + 3)
    ]


def test_what_a_later_version_adds_is_passed_over_and_kept():
    later = verdict_line(FAILED).replace('"v":1', '"v":2,"mood":{"of":[1]}').encode()
    assert read_verdicts(SHOP, later) == (FAILED,)
    assert with_verdicts(later.rstrip(), [FAILED]).startswith(later)


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< HEAD",
        "[1]",
        "{}",
        verdict_line(FAILED).replace('"failed",', '"doomed",'),
        verdict_line(FAILED).replace('"2026-02-02T12:00:00Z"', "12"),
        verdict_line(FAILED).replace("2026-02-02T12:00:00Z", ""),
        verdict_line(FAILED).replace("2026-02-02T12:00:00Z", "9999-12-31T23:59:59Z"),
        verdict_line(FAILED).replace("2026-02-02T12:00:00Z", "0001-01-01T00:00:00Z"),
        verdict_line(FAILED).replace("ghcr.io/org/shop", "shop"),
        verdict_line(FAILED)[:-9],
        "[" * 100_000,
        verdict_line(replace(FAILED, digests={})).replace('"digests":{}', '"digests":[]'),
        verdict_line(replace(FAILED, digests={})).replace('"digests":{}', '"digests":null'),
    ],
)
def test_a_line_that_is_none_is_named(line):
    file = (verdict_line(FAILED) + line).encode()
    with pytest.raises(ValueError, match=r"^line 2 is no verdict: "):
        read_verdicts(SHOP, file)


def test_whoever_pushes_the_ref_writes_one_short_line_of_print():
    line = verdict_line(replace(FAILED, seen=("\x1b[31m\n" * 900,), failed=("alerts\n\x1b[2J" * 90,)))
    (verdict,) = read_verdicts(SHOP, line.encode())
    for text in (*verdict.seen, *verdict.failed):
        assert text.isprintable()
        assert len(text) < 2500


@given(st.binary(max_size=200))
def test_whatever_stands_there_is_read_or_named(data):
    try:
        read_verdicts(SHOP, data)
    except ValueError as error:
        assert "is no verdict" in str(error)  # noqa: PT017 - most of it is none, and some is empty


def test_of_each_app_only_what_was_read_last_is_kept():
    """There may be more of them than fit anywhere, and each file is another after each deployment."""
    files = [verdict_line(replace(FAILED, tag=f"2026020{day}-000000")).encode() for day in range(1, 4)]
    first = read_verdicts(SHOP, files[0])
    assert read_verdicts(SHOP, bytes([*files[0]])) is first
    for file in files:
        read_verdicts(SHOP, file)
    del first
    gc.collect()
    left = {each.tag for each in gc.get_objects() if isinstance(each, DeploymentVerdict)}
    assert "20260203-000000" in left
    assert not {"20260201-000000", "20260202-000000"} & left
