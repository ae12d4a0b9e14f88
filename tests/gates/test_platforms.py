"""What the platforms gate says of what images say of themselves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from updater.gates.platforms import Platforms
from updater.model import (
    Case,
    DigestOf,
    Image,
    ImageConfig,
    ImageOf,
    Placement,
    Timeline,
    Unreadable,
    Version,
)

SHOP, WORKER = Image("ghcr.io", "org/shop"), Image("ghcr.io", "org/worker")
NOTHING = Timeline((), frozenset(), {}, None, None, None)
TAG = "20260202-120000"
BOTH = Platforms.model_validate(["linux/amd64", "linux/arm64"])


def case(*said, images=(SHOP,)):
    answers = {ImageOf(image, TAG): one for image, one in zip(images, said, strict=False)}
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version((TAG,), TAG),
        images=images,
        now=datetime(2026, 2, 2, tzinfo=UTC),
        zone=UTC,
        own=NOTHING,
        predecessors={},
        rolled_back={},
        answers=answers,
    )


def built_for(*platforms):
    return ImageConfig("sha256:" + "0" * 64, platforms, None)


@pytest.mark.parametrize(
    ("platforms", "passes"),
    [
        (["linux/amd64", "linux/arm64"], True),
        (["linux/amd64", "linux/arm64/v8", "linux/s390x"], True),
        (["linux/amd64/v1", "linux/arm64"], True),
        (["linux/amd64"], False),
        (["linux/arm/v7", "linux/amd64"], False),
        (["windows/amd64", "linux/arm64"], False),
        (["linux/amd64x", "linux/arm64"], False),
        ([], False),
    ],
)
def test_every_platform_that_is_asked_has_to_be_there(platforms, passes):
    assert BOTH.judge(case(built_for(*platforms))).passes is passes


@pytest.mark.parametrize(
    ("asked", "has", "passes"),
    [
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm/v7", "linux/arm/v6", False),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm", "linux/arm/v6", True),
        ("linux/arm/v6", "linux/arm", False),
    ],
)
def test_a_variant_counts_where_it_is_named(asked, has, passes):
    assert Platforms.model_validate(asked).judge(case(built_for(has))).passes is passes


def test_it_says_what_is_missing_and_what_there_is():
    ruling = BOTH.judge(case(built_for("linux/amd64")))
    assert ruling.sentence == "ghcr.io/org/shop is built for linux/amd64 only, and linux/arm64 is asked"
    assert not ruling.waits


def test_every_image_has_to_have_them():
    answers = built_for("linux/amd64", "linux/arm64"), built_for("linux/amd64")
    ruling = BOTH.judge(case(*answers, images=(SHOP, WORKER)))
    assert "org/worker is built for linux/amd64 only" in ruling.sentence


def test_it_asks_for_what_nobody_has_looked_up():
    known = built_for("linux/amd64", "linux/arm64")
    assert BOTH.judge(case(known, images=(SHOP, WORKER))) == {ImageOf(WORKER, TAG)}


@pytest.mark.parametrize("transient", [True, False])
def test_a_failed_reading_is_a_hold_never_a_pass(transient):
    ruling = BOTH.judge(case(Unreadable("ghcr.io is away", transient=transient)))
    assert (ruling.passes, ruling.waits, ruling.unread) == (False, transient, True)
    assert ruling.sentence == "ghcr.io is away"


def test_what_a_tag_pointed_to_before_it_moved_is_not_judged():
    known = case(built_for("linux/amd64", "linux/arm64"))
    for digit, passes in (("0", True), ("1", False)):
        digests = {DigestOf(SHOP, TAG): "sha256:" + digit * 64}
        ruling = BOTH.judge(replace(known, answers={**known.answers, **digests}))
        assert (ruling.passes, ruling.waits) == (passes, not passes)
        assert ("moved to another digest" in ruling.sentence) is not passes


def test_an_image_that_is_not_there_yet_is_a_hold():
    ruling = BOTH.judge(case(None))
    assert (ruling.passes, ruling.waits) == (False, True)


def test_where_no_platform_is_asked_nothing_is_looked_up():
    assert Platforms.model_validate([]).judge(case()).passes


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (["linux"], "write it like linux/amd64"),
        (["linux/x86_64"], "images call it linux/amd64"),
        (["linux/aarch64"], "images call it linux/arm64"),
        (["Linux/AMD64"], "is no platform"),
        ([7], "valid string"),
        (None, "valid tuple"),
    ],
)
def test_what_is_no_platform_is_refused(value, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Platforms.model_validate(value)
