"""Every scheme is strict and total, and orders what it reads."""

import json
import random
import string
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from updater.model import ImageDate
from updater.schemes import SCHEMES, needs_dates
from updater.schemes.created import Created
from updater.schemes.digest import MovingTag
from updater.schemes.numeric import Numeric
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

CASES = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases" / "flux"
MAIN = MovingTag(tag="main")
JUNK = [
    "",
    "latest",
    "buildcache",
    "pr-12",
    "sha256-" + "0" * 64 + ".sig",
    "99999999-999999",
    "20260230-000000",
    "20260202-143512-arm64",
    "20260202-143512-rc1",
]


@pytest.mark.parametrize("pattern", ["{branch}-{sha}", "sha.+", "[a-z0-9]+-[0-9a-f.sig]+"])
@pytest.mark.parametrize("ending", ["", ".sig", ".att", ".sbom"])
def test_where_signatures_stand_no_image_is_looked_for(pattern, ending):
    """Cosign's tag for an image, and the one that stands in for referrers: one for each image."""
    scheme, tag = Created(pattern=pattern), f"sha256-{'0a' * 32}{ending}"
    assert not scheme.asks(tag)
    assert scheme.read(tag) is None
    assert scheme.why_not(tag) == "is where a signature, or whatever else is attached to an image, stands"
    assert scheme.asks("sha-0a1b2c3d")


@pytest.mark.parametrize(
    "scheme",
    [
        Timestamp(),
        Semver(),
        Numeric(pattern="build-(?P<number>[0-9]+)"),
        Created(),
        Created().knowing({}, {}),
        MAIN,
        MAIN.knowing({}, {}),
    ],
)
@pytest.mark.parametrize("tag", JUNK)
def test_junk_is_read_by_no_scheme(scheme, tag):
    assert scheme.read(tag) is None


@given(st.text(max_size=40) | st.text(string.digits + ".-+vx", max_size=40))
def test_reading_is_total(tag):
    for scheme in made().values():
        version = scheme.read(tag)
        assert version is None or version.tag == tag
        assert scheme.why_not(tag)


def made():
    """Every scheme, told what it has to be told."""
    return {name: scheme(**({"tag": "main"} if name == "digest" else {})) for name, scheme in SCHEMES.items()}


def ordered(scheme, tags):
    versions = [scheme.read(tag) for tag in tags]
    random.shuffle(versions)
    return [version.tag for version in sorted(versions)]


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("%Y-%m-%d_%H%M", "2026-02-02_1435"),
        ("build-%Y%m%d.%H%M%S", "build-20260202.143512"),
        ("%Y.%j", "2026.033"),
        ("main-.%Y_%m_%d", "main-.2026_02_02"),
    ],
)
def test_a_timestamp_may_look_otherwise(pattern, tag):
    assert Timestamp(pattern=pattern).read(tag).tag == tag
    assert Timestamp(pattern=pattern).read(tag + "x") is None
    assert Timestamp(pattern=pattern).read("20260202-143512") is None


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("%Y%m%d-%Q", "%Q is not understood"),
        ("%Y%m%d-%Y", "says one thing twice"),
        ("%H%M%S", "names no whole date"),
        ("100%%-%Y%m%d", "'%' stands in none"),
        ("^%Y%m%d$", r"'\^' stands in none"),
        ("main-%Y%m%d.*", r"'\*' stands in none"),
        (r"\d{8}-\d{6}", "It is no regular expression"),
        ("(?P<t>[0-9]{8})", "orders tags: name a part that grows"),
        ("(?P<foo>[0-9]{8})", "names a part 'foo', which nobody knows here, and nothing in it orders tags"),
        ("-%Y%m%d", "none begins with a dot or a dash"),
        ("plain", "names no whole date"),
    ],
)
def test_a_pattern_that_cannot_order_time_is_refused(pattern, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Timestamp(pattern=pattern)


def test_days_are_ordered_by_what_they_say_and_not_by_their_digits():
    scheme = Timestamp(pattern="%d.%m.%Y")
    assert ordered(scheme, ["31.01.2026", "01.02.2026", "15.12.2025"]) == [
        "15.12.2025",
        "31.01.2026",
        "01.02.2026",
    ]


SEMVER_ORDER = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_versions_are_ordered_as_their_specification_says():
    assert ordered(Semver(prereleases=True), SEMVER_ORDER) == SEMVER_ORDER


@pytest.mark.parametrize(
    "tag", ["1.2", "1", "1.2.3.4", "01.2.3", "1.2.3p", "b1.2.3", "vv1.2.3", "1.2.3-", "v"]
)
def test_what_is_no_whole_version_is_not_read(tag):
    assert Semver(prereleases=True).read(tag) is None


def test_prereleases_only_if_asked_or_named():
    assert Semver().read("1.2.3-rc.1") is None
    assert Semver(prereleases=True).read("1.2.3-rc.1")
    assert Semver(range=">=1.2.3-rc.0").read("1.2.3-rc.1")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("*", ["0.0.1", "99.0.0"], []),
        ("1.x", ["1.0.0", "v1.9.9"], ["0.9.9", "2.0.0"]),
        ("1.0.x", ["1.0.0", "1.0.9"], ["1.1.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("=1.2.3", ["v1.2.3"], ["1.2.2"]),
        ("^1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
        (">=1.0 <2", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9"]),
        (">0, <2.0", ["1.0.0"], ["0.9.9", "2.0.0"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("1.x || 3.x", ["1.0.0", "3.1.0"], ["2.0.0"]),
        ("!=1.2.3", ["1.2.4"], ["1.2.3"]),
    ],
)
def test_ranges(text, inside, outside):
    scheme = Semver(range=text)
    assert [tag for tag in inside if scheme.read(tag) is None] == []
    assert [tag for tag in outside if scheme.read(tag) is not None] == []


@pytest.mark.parametrize("text", ["", "1.0.0p", "1x", "x1", "-1", "a", ">=", "1.2.3.4", "1 ||"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValidationError):
        Semver(range=text)


@pytest.mark.parametrize(
    ("scheme", "one", "other"),
    [
        (Semver(), "1.2.3", "v1.2.3"),
        (Numeric(pattern="build-(?P<number>[0-9]+)"), "build-7", "build-007"),
        (Numeric(pattern="main-[a-f]+-(?P<number>[0-9]+)"), "main-a-7", "main-b-7"),
    ],
)
def test_one_version_under_two_names_is_one_version(scheme, one, other):
    assert scheme.read(one) == scheme.read(other)
    assert scheme.read(one).rank != scheme.read(other).rank


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not there")
def test_the_semver_cases_of_others():
    fields = json.loads((CASES / "semver_test.json").read_text())
    latest = next(each for each in fields if each["func"] == "TestSemVer_Latest")
    for case in latest["cases"]:
        versions = filter(None, map(Semver(range=case["semverRange"]).read, case["versions"]))
        newest = max(versions, default=None)
        assert (newest.tag if newest else None) == case.get("expectedVersion"), case["label"]


@pytest.mark.parametrize("pattern", ["(", "[0-9]+", "(?P<n>[0-9]+)"])
def test_a_numeric_pattern_needs_its_number(pattern):
    with pytest.raises(ValidationError):
        Numeric(pattern=pattern)


@pytest.mark.parametrize(
    ("scheme", "pattern", "sentence"),
    [
        (Numeric, r"(?P<number>\d{8}-\d{6})", "holds more than digits"),
        (Numeric, "(?P<number>[0-9]+\\.[0-9]+)", "holds more than digits"),
        (Numeric, "(?P<number>v[0-9]+)", "holds more than digits"),
        (Numeric, "build:(?P<number>[0-9]+)", "matches no tag"),
        (Numeric, "build (?P<number>[0-9]+)", "matches no tag"),
        (Created, "sha/[0-9a-f]{7}", "matches no tag"),
        (Created, "[0-9a-f]{200}", "matches no tag"),
        (Created, "main@.*", "matches no tag"),
    ],
)
def test_a_pattern_that_no_tag_can_match_is_refused(scheme, pattern, sentence):
    with pytest.raises(ValidationError, match=sentence):
        scheme(pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        (r"(?P<number>[0-9-]+)", "12"),
        (r"(?P<number>\d+)", "12"),
        (r"^(?:main|dev)-(?P<number>[^-]+)(?:-.*)?$", "dev-12-x"),
        (r"(?i)BUILD[-:](?P<number>.+?)", "build-12"),
        (r"(?P<number>-?\w*)", "12"),
        (r"((?P<a>v)|b)(?P<number>(?:[0-9]{2})+)(?(a)x|y)", "v12x"),
    ],
)
def test_a_pattern_that_some_tag_can_match_is_taken(pattern, tag):
    assert Numeric(pattern=pattern).read(tag)


@pytest.mark.parametrize("text", [">2 <1", "^1.2 >=2", "1.0.0 2.0.0", ">1.0.0 <1.0.0", "~>2 <2.0.0 || >5 <4"])
def test_a_range_that_holds_no_version_is_refused(text):
    with pytest.raises(ValidationError, match="holds no version at all"):
        Semver(range=text)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("~>1.2", "1.2.9", "1.3.0"),
        ("~> 1", "1.9.0", "2.0.0"),
        ("1.0.0 - 2.0.0", "2.0.0", "2.0.1"),
        ("1.2 - 2.3", "2.3.9", "2.4.0"),
        ("v1.0.0 - v1.4 || 3.x", "3.1.0", "2.0.0"),
    ],
)
def test_ranges_as_npm_and_masterminds_write_them(text, inside, outside):
    assert Semver(range=text).read(inside)
    assert Semver(range=text).read(outside) is None


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("1.0.0 - 2.0.0", False),
        (">=1.0 <2", False),
        ("1.0.0-rc.1 - 2.0.0", True),
        (">=1.0.0-0 <2", True),
    ],
)
def test_a_range_reads_prereleases_only_where_it_names_one(text, reads):
    """The dash between two versions names none."""
    assert (Semver(range=text).read("1.5.0-rc.1") is not None) is reads


@pytest.mark.parametrize("tag", ["build-7-rc1", "build-7x", "a-build-7", "build-7\n"])
def test_a_number_with_something_around_it_is_none(tag):
    assert Numeric(pattern="build-(?P<number>[0-9]+)").read(tag) is None


def test_numbers_are_ordered_as_numbers():
    scheme = Numeric(pattern="main-[a-f0-9]+-(?P<number>[0-9]+)")
    tags = ["main-6e60951-999", "main-abc-1000", "main-000-1606234201"]
    assert ordered(scheme, tags) == tags


@given(st.lists(st.integers(0, 10**29), min_size=2, max_size=9, unique=True))
def test_the_number_decides(numbers):
    tags = [f"build-{number}" for number in sorted(numbers)]
    assert ordered(Numeric(pattern="build-(?P<number>[0-9]+)"), tags) == tags


@given(
    st.lists(st.sampled_from(SEMVER_ORDER) | st.from_regex(r"v?\d\.\d\.\d(-[a-c0-9]{1,3})?", fullmatch=True))
)
def test_an_order_is_total(tags):
    versions = sorted(filter(None, map(Semver(prereleases=True).read, tags)))
    assert all(low <= high for low, high in pairwise(versions))


# --- by creation ----------------------------------------------------------------------------------------

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
DIGEST = "sha256:" + "0" * 64


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def knowing(*, held=None, **dates):
    """By commit: when its image was created, in minutes after noon."""
    dated = {f"sha-{sha}": ImageDate(DIGEST, at(minutes)) for sha, minutes in dates.items()}
    return Created().knowing(dated, {f"sha-{sha}": at(minutes) for sha, minutes in (held or {}).items()})


@pytest.mark.parametrize(
    "tag",
    [
        "sha-6e6095",
        "sha-6E60951",
        "sha-6e60951 ",
        "sha-6e60951\n",
        "sha-xyz1234",
        "Xsha-6e60951",
        "sha-" + "a" * 41,
    ],
)
def test_a_tag_that_is_not_of_the_pattern_is_not_read_whatever_its_image_says(tag):
    scheme = Created().knowing({tag: ImageDate(DIGEST, NOON)}, {tag: NOON})
    assert (scheme.asks(tag), scheme.read(tag)) == (False, None)


def test_tags_are_ordered_by_the_creation_of_their_images():
    scheme = knowing(fffffff=0, aaaaaaa=1, ccccccc=2)
    assert ordered(scheme, ["sha-fffffff", "sha-aaaaaaa", "sha-ccccccc"]) == [
        "sha-fffffff",
        "sha-aaaaaaa",
        "sha-ccccccc",
    ]
    assert scheme.read("sha-aaaaaaa").stamp == at(1)


def test_a_tag_whose_image_nobody_has_read_has_no_order():
    assert knowing().read("sha-aaaaaaa") is None


def test_an_image_that_says_nothing_plausible_has_no_order():
    assert Created().knowing({"sha-aaaaaaa": ImageDate(DIGEST, None)}, {}).read("sha-aaaaaaa") is None


def test_what_was_held_and_is_gone_counts_as_created_when_it_was_first_held():
    scheme = knowing(bbbbbbb=5, held={"aaaaaaa": 4, "bbbbbbb": 9})
    gone, there = scheme.read("sha-aaaaaaa"), scheme.read("sha-bbbbbbb")
    assert (gone.stamp, gone.guessed) == (at(4), True)
    assert (there.stamp, there.guessed) == (at(5), False)


def test_one_that_says_nothing_plausible_counts_so_too_once_it_was_held():
    dated = {"sha-aaaaaaa": ImageDate(DIGEST, None)}
    assert Created().knowing(dated, {"sha-aaaaaaa": at(4)}).read("sha-aaaaaaa").guessed


def test_more_can_be_learnt_later():
    scheme = knowing(bbbbbbb=5).knowing({}, {"sha-aaaaaaa": at(7)})
    assert scheme.read("sha-aaaaaaa") > scheme.read("sha-bbbbbbb")


@given(st.dictionaries(st.from_regex(r"[0-9a-f]{7}", fullmatch=True), st.integers(0, 3), min_size=2))
def test_two_tags_are_never_equally_new(minutes):
    scheme = knowing(**minutes)
    versions = sorted(scheme.read(f"sha-{sha}") for sha in minutes)
    assert all(low < high for low, high in pairwise(versions))


def test_what_has_to_know_more_says_so():
    informed = {name: scheme for name, scheme in made().items() if needs_dates(scheme)}
    assert informed.keys() == {"created", "digest"}
    assert all(callable(scheme.asks) and callable(scheme.knowing) for scheme in informed.values())


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (".*", "also matches latest"),
        ("[a-z]+", "also matches latest"),
        ("main|sha-.*", "matches main"),
        ("(", "no regular"),
    ],
)
def test_a_pattern_that_takes_moving_tags_is_refused(pattern, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Created(pattern=pattern)


# --- by digest ------------------------------------------------------------------------------------------

OLD, NEW = (f"main@sha256:{letter * 64}" for letter in "ab")


def test_a_moving_tag_is_as_many_versions_as_it_has_had_digests():
    dates = {OLD: ImageDate("sha256:" + "a" * 64, at(0)), NEW: ImageDate("sha256:" + "b" * 64, at(1))}
    scheme = MAIN.knowing(dates, {})
    assert scheme.read(OLD) < scheme.read(NEW)
    assert list(scheme.there) == [OLD, NEW]
    assert scheme.read("main") is None, "nobody knows what it points to"
    assert MAIN.read("main").tag == "main", "but it is the tag that is followed"


@pytest.mark.parametrize(
    "tag",
    [
        "main@",
        "main@sha256:" + "a" * 63,
        "main@sha256:" + "A" * 64,
        "main@sha512:" + "a" * 64,
        "other@sha256:" + "a" * 64,
        "@sha256:" + "a" * 64,
        OLD + "\n",
        OLD + "@" + OLD,
    ],
)
def test_what_is_no_digest_of_the_tag_is_not_read(tag):
    assert MAIN.knowing({tag: ImageDate(DIGEST, NOON)}, {tag: NOON}).read(tag) is None


@pytest.mark.parametrize(
    "value", [{}, {"tag": ""}, {"tag": "a b"}, {"tag": "main@sha256:0"}, {"tag": "*"}, 7]
)
def test_what_is_no_tag_cannot_be_followed(value):
    with pytest.raises(ValidationError):
        MovingTag.model_validate(value)


# --- numbers count as numbers, and a variant is no newer version ------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("v1.0.1-rc9", "v1.0.1-rc10"),
        ("1.0.1-rc.9", "1.0.1-rc.10"),
        ("1.0.0-beta2", "1.0.0-rc1"),
        ("1.0.0-rc", "1.0.0-rc1"),
        ("1.0.0-alpine3.9", "1.0.0-alpine3.18"),
        ("1.0.0-rc10", "1.0.0"),
        ("1.0.0-7-gabc1234", "1.0.0-14-g0123456"),
        ("1.0.0-2", "1.0.0-a"),
    ],
)
def test_what_a_person_calls_newer_is_newer(older, newer):
    read = Semver(prereleases=True).read
    assert read(older) < read(newer)


def test_a_range_goes_by_the_same_order():
    assert Semver(range=">=1.0.1-rc9").read("1.0.1-rc10")
    assert Semver(range=">=1.0.1-rc10").read("1.0.1-rc9") is None


@pytest.mark.parametrize(
    ("tag", "variant"),
    [
        ("1.2.3", ""),
        ("1.2.3-rc1", ""),
        ("1.2.3-beta.2", ""),
        ("1.2.3-alpine", "alpine"),
        ("1.2.3-alpine3.18", "alpine"),
        ("1.2.3-rc1-alpine", "alpine"),
        ("1.2.3-slim-bookworm", "slim-bookworm"),
        ("1.2.3-14-gabc1234", ""),
        ("1.2.3-main.0a1b2c3", "main"),
    ],
)
def test_a_variant_is_what_says_no_stage_and_no_commit(tag, variant):
    assert Semver(prereleases=True).read(tag).variant == variant


@given(st.lists(st.text("rcalphbet0123456789.-", min_size=1, max_size=8), min_size=3, max_size=3))
def test_the_order_of_prereleases_is_total(words):
    found = [version for word in words if (version := Semver(prereleases=True).read(f"1.0.0-{word}"))]
    ordered = sorted(found)
    assert all(one <= two for one, two in pairwise(ordered))
    backwards = list(reversed(found))
    assert sorted(backwards) == ordered
