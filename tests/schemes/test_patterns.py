"""A pattern names the part of a tag that orders it: what each form reads, in which order, and what not."""

import re
import string
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from updater.config.tag_settings import Follow
from updater.schemes.created import Created
from updater.schemes.numeric import Numeric
from updater.schemes.parts import PARTS
from updater.schemes.patterns import pattern_of
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

FOUND = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "cases" / "found" / "date-and-more" / "tags.tsv"
)

FORMS = [
    (
        "{date}-{time}-{sha}",
        "timestamp",
        ["20260601-101112-abc1234", "20260601-101113-0000000", "20260602-000000-00ff123"],
        ["20260601-101112", "20261301-101112-abc1234", "20260601-106112-abc1234", "20260601-101112-abc123"],
    ),
    (
        "{year}.{month}.{day}-{sha}",
        "timestamp",
        ["2026.07.13-ffffffe", "2026.07.14-a1b2c3d"],
        ["2026.07.14", "2026.02.30-a1b2c3d", "2026.007.14-a1b2c3d", "26.07.14-a1b2c3d"],
    ),
    (
        "{date}.{number}",
        "timestamp",
        ["20260531.77", "20260601.9", "20260601.10"],
        ["20260601", "20260601.", "20260601.1.2", "20260631.1", "2026060.10"],
    ),
    ("{date}-{number}", "timestamp", ["20190208-11", "20190209-4"], ["20190209-a", "20190209-4-1"]),
    (
        "{year}.{month}.{number}",
        "numeric",
        ["2025.12.7", "2026.01.0", "2026.01.9", "2026.01.10", "2026.02.0"],
        ["2026.13.0", "2026.00.0", "2026.01", "2026.01.0-rc1", "v2026.01.0"],
    ),
    (
        "v{year}-{month}-{day}-{number}",
        "timestamp",
        ["v2026-01-30-2", "v2026-01-30-10", "v2026-02-01-1"],
        ["2026-01-30-2", "v2026-02-30-2", "v2026-01-30"],
    ),
    (
        "{version}-{sha}",
        "semver",
        ["1.9.7.4460-a39b25852", "1.40.0.7998-c29d4c0c8", "2.0-0000000"],
        ["1.9.7.4460", "1.9.7.4460-nightly", "1-a39b25852", "a39b25852"],
    ),
    ("{version}", "semver", ["1.9", "1.10", "1.10.1", "v2.0"], ["1", "1.", "1.10-alpine", "latest", "1..2"]),
    (
        "{branch}-{sha}-{epoch}",
        "timestamp",
        ["main-ffffff1-1759999999", "main-0a1b2c3-1760000000", "main-0a1b2c3-1760000000123"],
        ["main-1760000000", "main-0a1b2c3-17600000001", "-0a1b2c3-1760000000", "main-0a1b2c3-0760000000"],
    ),
    ("{version}-{variant}", "semver", ["1.2.3-alpine", "1.10.0-alpine"], ["1.2.3", "1.2.3-rc1", "alpine"]),
    (
        "release-{version}",
        "semver",
        ["release-1.2.3", "release-1.10"],
        ["1.2.3", "release-1", "xrelease-1.2"],
    ),
    ("web-{version}", "semver", ["web-v1.2.3", "web-v1.2.10"], ["v1.2.3", "api-v1.2.3", "web-v1.2.3-x"]),
    (
        "{version}[-{number}-g{sha}]",
        "semver",
        ["v1.2.3", "v1.2.3-2-gfff1234", "v1.2.3-14-gabc1234", "v1.2.4"],
        ["v1.2.3-14", "v1.2.3-gabc1234", "v1.2.3-14-abc1234"],
    ),
    ("%y%m%d", "timestamp", ["251130", "251201"], ["251131", "20251130", "2511301"]),
    (
        "%Y%m%d-%H%M%S-{sha}",
        "timestamp",
        ["20260601-101112-abc1234", "20260601-101113-0000000"],
        ["20260601-101112"],
    ),
    ("%d-%b-%Y", "timestamp", ["31-Jan-2026", "01-Feb-2026"], ["31-Feb-2026", "01-Foo-2026"]),
    ("%G-w%V-%u", "timestamp", ["2026-w01-1", "2026-w53-7"], ["2026-w54-1", "2026-w01-8"]),
    (
        "build-{number}",
        "numeric",
        ["build-9", "build-010", "build-1742"],
        ["build-", "build-1x", "build-" + "1" * 31],
    ),
    ("%Y.%m-{number}", "numeric", ["2026.01-7", "2026.02-1"], ["2026.13-1", "2026.1-1"]),
    ("%Y-%b", "numeric", ["2025-Dec", "2026-Jan", "2026-Apr"], ["2026-Foo", "2026-01"]),
    ("%G-w%V", "numeric", ["2026-w01", "2026-w30"], ["2026-w1", "2026-w54"]),
    ("{major}.{minor}", "numeric", ["1.9", "1.10", "2.0"], ["1.9.0", "1"]),
    ("{build}_{major}.{minor}", "numeric", ["9_1.9", "7_1.10", "8_1.10"], ["1.9"]),
    (
        r"(?P<number>\d+)-(?P<number2>\d+)(?:-rc(?P<number3>\d+))?",
        "numeric",
        ["1-2", "1-2-rc1", "1-10"],
        ["1", "1-2-"],
    ),
    (
        r"(?P<version>\d+(\.\d+)+)-(?P<arch>amd64|arm64)",
        "semver",
        ["1.9-arm64", "1.10.1-arm64"],
        ["1.9", "1.9-riscv"],
    ),
    (
        r"(?P<date>[0-9-]+)T(?P<time>[0-9:-]+)Z",
        "timestamp",
        ["2026-06-01T10-11Z", "2026-06-01T10-12-13Z"],
        ["2026-6-1T1Z"],
    ),
]
"""A pattern, the scheme that follows from it, tags in their order, and junk beside them."""


def followed(pattern, **settings):
    follow = Follow.model_validate(pattern)
    return follow.name, follow.scheme.model_copy(update=settings)


@pytest.mark.parametrize(("pattern", "name", "tags", "junk"), FORMS)
def test_each_form_is_read_in_its_order_and_junk_beside_it_is_not(pattern, name, tags, junk):
    found, scheme = followed(pattern)

    assert found == name
    versions = [scheme.read(tag) for tag in tags]
    assert [version and version.tag for version in versions] == tags, [scheme.why_not(tag) for tag in tags]
    assert all(one < other for one, other in pairwise(versions))
    assert [
        tag for tag in (*junk, "", "latest", "main", "sha256-" + "0" * 64 + ".sig") if scheme.read(tag)
    ] == []
    assert all(scheme.why_not(tag) not in {"", "is read"} for tag in junk)


@pytest.mark.skipif(not FOUND.exists(), reason="needs ../shared/cases/found")
def test_the_forms_that_others_asked_for_are_read_by_one_of_these():
    schemes = [followed(pattern)[1] for pattern, *_ in FORMS]
    told = [line.split("\t")[0].split() for line in FOUND.read_text().splitlines()]
    tags = [tag for line in told for tag in line if re.search("[0-9]", tag)]

    assert len(tags) >= 13
    assert [tag for tag in tags if not any(scheme.read(tag) for scheme in schemes)] == []
    for line in told:
        pairs = [(scheme.read(line[0]), scheme.read(line[-1])) for scheme in schemes]
        assert any(one and other and one <= other for one, other in pairs), line


@pytest.mark.parametrize(
    ("scheme", "pattern", "sentence"),
    [
        (Timestamp, "{dat}-{time}", "names a part 'dat', which nobody knows here: did you mean date?"),
        (Numeric, "{commit}-{number}", "did you mean sha?"),
        (Timestamp, "{timestamp}-{sha}", "did you mean {date}-{time}, or {epoch}?"),
        (Numeric, "{zzz}-{number}", "it may be one of version, date, time"),
        (Numeric, r"(?P<varaint>\w+)-(?P<number>\d+)", "did you mean variant?"),
        (Semver, r"(?P<version>.+)-(?P<zzz>\w+)", "it may be one of version, date, time"),
        (Timestamp, "{date}-{year}", "says one thing twice: name the year once"),
        (Timestamp, "{date}-{date}", "says one thing twice: name the date once"),
        (Timestamp, "{date}-{time}-%M", "says one thing twice: name the minute once"),
        (Timestamp, "{date}-{epoch}", "says one thing twice: name the year once"),
        (Semver, "{version}-{version}", "name the version once"),
        (Semver, "{version}-{variant}-{variant}", "name the variant once"),
        (Timestamp, "{time}-{sha}", "names no whole date"),
        (Timestamp, "{year}.{month}-{sha}", "names no whole date"),
        (Timestamp, "{date}-{minute}", "hours before minutes"),
        (Numeric, "{month}.{number}", "names no whole date"),
        (Timestamp, "{number}-{sha}", "names no whole date"),
        (Semver, "{date}-{sha}", "has no version"),
        (Numeric, "{version}-{sha}", "has no number"),
        (Numeric, "{branch}-{sha}", "orders tags: name a part that grows"),
        (Timestamp, "{date}-[{sha}", r"has a \[ without its \]"),
        (Timestamp, "{date}]-{sha}", "has a bracket too many"),
        (Timestamp, "{date}[-[{sha}]]", "has a bracket too many"),
        (Timestamp, "{date}-{sha", "has a single {"),
        (Timestamp, "{date}-.*", "'\\*' stands in none"),
        (Timestamp, "-{date}", "none begins with a dot or a dash"),
        (Timestamp, "{date}-" + "a" * 120, "none begins with a dot or a dash, or has 128 letters"),
        (Timestamp, "{date}-%Q", "%Q is not understood here"),
        (Timestamp, "%V.%Y.%u", "no date together"),
        (Numeric, "{number}{sha}", "nothing tells where {number} ends and {sha} begins"),
        (Numeric, "{number}0{number}", "nothing tells where {number} ends"),
        (Numeric, "{sha}a0{sha}-{number}", "nothing tells where {sha} ends"),
        (Numeric, r"(?P<build>\d+)-.*-.*x.*.*y.*", "could take for ever"),
        (Semver, "{version}[-x]{variant}", "nothing tells where {version} ends and {variant} begins"),
        (Numeric, "[a]" * 9 + "{number}", "has 9 brackets around what may lack: 8 are the most"),
        (Numeric, "{any}-{branch}-{variant}-{number}", "names 3 parts that may hold anything"),
        (Numeric, r"(?P<number>[0-9.]+)-(?P<branch>/)", "matches no tag"),
        (Numeric, r"(?P<build>v[0-9]+)", "holds more than digits"),
        (Numeric, r"v(?P<build>)", "the group build of 'v(?P<build>)' never holds digits"),
        (Timestamp, r"(?P<epoch>[0-9]{9})", "never holds seconds since 1970 in ten digits"),
        (Timestamp, r"(?P<date>[0-9]{6})", "never holds a year, month and day in eight digits"),
        (Timestamp, r"(?P<year>[0-9]{2})-(?P<month>..)-(?P<day>..)", "never holds four digits"),
        (
            Semver,
            r"(?P<version>[a-z.]+)",
            "the group version of '(?P<version>[a-z.]+)' never holds 1.2.3, v1.2",
        ),
        (Timestamp, r"(?P<year>[a-z]{4})(?P<month>\d\d)(?P<day>\d\d)", "holds more than digits"),
        (Numeric, r"(?:\w+-?)*-(?P<number>\d+)", "could take for ever"),
        (Numeric, r"((a+)+|b)-(?P<build>\d+)", "could take for ever"),
        (Created, "(?:[a-z]+[.a-z]*)+-x[0-9a-f]{7}", "could take for ever"),
        (Created, "{any}", "also matches latest"),
        (Created, "{branch}", "also matches latest"),
    ],
)
def test_a_pattern_that_can_never_order_or_match_is_refused_in_a_sentence(scheme, pattern, sentence):
    with pytest.raises(ValidationError) as raised:
        scheme(pattern=pattern)
    (fault,) = raised.value.errors()
    assert sentence.replace("\\", "") in fault["msg"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:[a-z]+-)*(?P<number>[0-9]+)",
        r"v\d+(?:\.\d+)*-(?P<number>\d+)",
        "(?:ab|cd){2,}(?P<number>1+)",
        r".*-.*-.*-(?P<number>[0-9]+)",
        r"[a-z]+-[0-9]+-[a-z]+-[0-9]+-[a-z]+-(?P<number>[0-9]+)",
    ],
)
def test_what_repeats_but_ends_somewhere_is_taken(pattern):
    assert Numeric(pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "tag", "variant"),
    [
        ("{version}-{variant}", "1.2.3-alpine", "alpine"),
        ("{version}-{variant}", "1.2.3-slim-bookworm", "slim-bookworm"),
        ("{version}[-{variant}]", "1.2.3", ""),
        ("{version}[-{variant}]", "1.2.3-alpine", "alpine"),
        ("{branch}-{sha}-{epoch}", "feature-7-0a1b2c3-1760000000", "feature-7"),
        ("{branch}-{number}-{arch}", "main-7-arm64", "main/arm64"),
        (r"(?:(?P<branch>\w+)-)?(?P<number>\d+)", "7", ""),
    ],
)
def test_what_has_to_stay_the_same_is_the_variant(pattern, tag, variant):
    assert followed(pattern)[1].read(tag).variant == variant


def test_tags_ordered_by_creation_have_variants_too():
    scheme = Created(pattern="{branch}-{sha}").knowing({}, {"main-abc1234": datetime(2026, 2, 2, tzinfo=UTC)})
    assert scheme.read("main-abc1234").variant == "main"
    assert scheme.same == ["branch"]


@pytest.mark.parametrize(
    ("pattern", "tag", "why"),
    [
        ("{version}-{variant}", "1.2.3", "has no variant as {version}-{variant} asks"),
        ("{arch}-{number}", "12", "has no arch as {arch}-{number} asks"),
        ("{date}-{sha}", "20260230-abc1234", "is no real date and time"),
        ("{date}-{sha}", "v1", "does not look like {date}-{sha}"),
        ("{version}", "1.2.3-rc1", "is a prerelease, and these are not asked for"),
        (r"(?P<build>\d*)", "", "says nothing that orders it"),
        (r"(?P<build>\d+)", "1" * 31, "has no number of a sensible length there"),
        (r"(?P<version>.+)-x", "1..2-x", "has no version where one has to be: 1..2"),
    ],
)
def test_it_is_said_why_a_tag_is_not_read(pattern, tag, why):
    scheme = followed(pattern)[1]
    assert scheme.read(tag) is None
    assert scheme.why_not(tag) == why


@pytest.mark.parametrize(
    ("pattern", "tag", "stamp", "span"),
    [
        ("{date}-{time}-{sha}", "20260601-101112-abc1234", datetime(2026, 6, 1, 1, 11, 12, tzinfo=UTC), 0),
        ("{date}-{sha}", "20260601-abc1234", datetime(2026, 5, 31, 15, tzinfo=UTC), 86_400),
        ("{date}[-{time}]", "20260601", datetime(2026, 5, 31, 15, tzinfo=UTC), 86_400),
        ("{date}[-{time}]", "20260601-101112", datetime(2026, 6, 1, 1, 11, 12, tzinfo=UTC), 0),
        ("{date}T%H%M", "20260601T1011", datetime(2026, 6, 1, 1, 11, tzinfo=UTC), 60),
        ("{date}T%H", "20260601T10", datetime(2026, 6, 1, 1, tzinfo=UTC), 3600),
        ("%Y%m%d", "20260601", datetime(2026, 5, 31, 15, tzinfo=UTC), 86_400),
        ("{number}-{epoch}", "7-1760000000", datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC), 0),
        ("{version}-{date}", "1.2-20260601", datetime(2026, 5, 31, 15, tzinfo=UTC), 86_400),
        ("{year}.{month}.{number}", "2026.01.7", None, 0),
        ("{version}", "1.2.3", None, 0),
    ],
)
def test_a_stamp_is_the_first_moment_of_what_the_tag_says(pattern, tag, stamp, span):
    version = followed(pattern)[1].read(tag)
    assert (version.stamp, version.span) == (stamp, timedelta(seconds=span))


def test_epochs_are_instants_whatever_the_zone():
    read = Timestamp(pattern="{epoch}", zone="UTC").read
    assert read("1760000000").stamp == Timestamp(pattern="{epoch}").read("1760000000").stamp
    assert read("1760000000") < read("1760000000001") < read("1760000001")
    assert read("1760000000") == read("1760000000000")


@pytest.mark.parametrize(
    "tag", ["0999999999", "99999999999", "9" * 30, "1760000000 ", "1760000000\n", "१७६०००००००"]
)
def test_what_is_no_instant_of_these_centuries_is_not_read(tag):
    assert Timestamp(pattern="{epoch}").read(tag) is None
    assert Timestamp(pattern=r"(?P<epoch>\d+)").read(tag) is None


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("{date}-{time}-{sha}", "00000601-101112-abc1234"),
        ("{date}-{time}-{sha}", "99991231-235959-abc1234"),
        ("{date}-{time}-{sha}", "20261301-101112-abc1234"),
        ("{date}-{time}-{sha}", "20260601-241112-abc1234"),
        ("{date}-{time}-{sha}", "20261231-235960-abc1234"),
        ("{date}-{time}-{sha}", "२०२६०६०१-101112-abc1234"),
        ("{date}-{time}-{sha}", "20260601-101112-" + "a" * 65),
        ("{date}-{time}-{sha}", "20260601-101112-ABC1234"),
        ("{year}-{month}-{day}", "2026-0-1"),
        ("{year}-{month}-{day}", "2026-1-32"),
        ("{year}{month}{day}", "2026111"),
        ("{year}.{month}.{number}", "2026.1.²"),
        ("{version}", "1.2.٣"),
        ("{version}", "1." + "9" * 19),
        ("{number}-{sha}", "9" * 31 + "-abc1234"),
        ("{branch}-{number}", "-7"),
        (r"(?P<number>\d*)-(?P<arch>\w*)", "-"),
        (r"(?:(?P<epoch>\d{10})|latest)", "latest"),
        (r"(?:(?P<date>\d{8}))?-?(?P<arch>\w+)", "-arm64"),
        (r"(?P<date>[0-9_]+)", "2026_6_1"),
        (r"(?P<year>....)(?P<month>..)(?P<day>..)", "१२३४0601"),
    ],
)
def test_what_only_looks_like_one_is_not_read(pattern, tag):
    scheme = followed(pattern)[1]
    assert scheme.read(tag) is None
    assert scheme.why_not(tag)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York", "Pacific/Apia", "Europe/Dublin"])
@pytest.mark.parametrize("hour", ["00", "01", "02", "03", "23"])
def test_each_wall_clock_time_is_read_in_every_zone_also_where_clocks_are_set(zone, hour):
    days = ["20260308", "20260329", "20261025", "20261101", "20111230"]
    read = Timestamp(pattern="{date}-{time}", zone=zone).read
    versions = [read(f"{day}-{hour}3000") for day in days]
    assert None not in versions
    assert all(version.stamp.utcoffset() is not None for version in versions)


def test_what_counts_first_is_what_stands_first_or_what_the_scheme_goes_by():
    tags = ["2-20260101", "1-20260102"]

    def newest(scheme):
        return max(scheme.read(tag) for tag in tags).tag

    assert newest(followed("{number}-{date}")[1]) == "2-20260101"
    assert newest(Timestamp(pattern="{number}-{date}")) == "1-20260102"


@pytest.mark.parametrize(
    ("follow", "tag"),
    [
        ({"timestamp": "{date}-{sha}"}, "20260601-abc1234"),
        ({"created": "{branch}-{sha}"}, "main-abc1234"),
        ({"semver": "web-{version}"}, "web-1.2.3"),
        ({"numeric": "build-{number}"}, "build-7"),
    ],
)
def test_behind_a_scheme_its_pattern_may_stand_alone(follow, tag):
    (name,) = follow
    found, scheme = followed(follow)
    assert found == name
    assert scheme.read(tag)


def test_two_builds_of_one_moment_are_one_version_with_two_names():
    read = followed("{date}-{time}-{sha}")[1].read
    one, other = read("20260601-101112-abc1234"), read("20260601-101112-def5678")
    assert one == other
    assert one.rank < other.rank, "and in lists they stand in one order, always"


def test_a_range_and_prereleases_go_by_the_version_in_a_pattern():
    scheme = Semver(pattern="web-{version}", range=">=1.2.0-rc9 <2")
    assert [
        tag
        for tag in ("web-1.1.9", "web-1.2.0-rc8", "web-1.2.0-rc10", "web-v1.9", "web-2.0.0")
        if scheme.read(tag)
    ] == [
        "web-1.2.0-rc10",
        "web-v1.9",
    ]
    assert scheme.why_not("web-2.0.0") == "is outside the range >=1.2.0-rc9 <2"


@pytest.mark.parametrize(
    ("pattern", "by_text"),
    [
        ("{date}-{time}-{sha}", True),
        ("main-{date}{time}", True),
        ("%Y%m%d-%H%M%S-{any}", True),
        ("{sha}-{date}", False),
        ("{date}.{number}", False),
        ("{date}[-{time}]", False),
        ("%d%m%Y-{sha}", False),
        ("%y%m%d", False),
        ("{epoch}", False),
        ("{number}", False),
    ],
)
def test_it_is_known_which_patterns_sort_as_their_text(pattern, by_text):
    assert followed(pattern)[1].sorts_by_text is by_text


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1000, 1, 1), datetime(8999, 1, 1)),  # noqa: DTZ001 - wall clock
            st.from_regex("[0-9a-f]{7}", fullmatch=True),
        ),
        min_size=2,
        max_size=6,
    )
)
def test_where_text_tells_the_order_it_is_that_of_the_versions(made):
    scheme = Timestamp(pattern="{date}-{time}-{sha}")
    versions = [scheme.read(f"{at.year:04}{at:%m%d-%H%M%S}-{sha}") for at, sha in made]
    assert None not in versions
    assert all((one > other) <= (one.tag > other.tag) for one in versions for other in versions)


CHARACTERS = string.ascii_letters + string.digits + "._-"
PIECES = [f"{{{name}}}" for name in PARTS] + [
    "%Y",
    "%m",
    "%d",
    "%H",
    "-",
    ".",
    "_",
    "v",
    "g",
    "[-",
    "]",
    "[",
    "x7",
]


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=7),
    st.lists(st.text(CHARACTERS, max_size=128) | st.text(max_size=20), max_size=5),
)
def test_any_pattern_is_refused_in_one_sentence_or_reads_in_a_total_order(pieces, tags):
    pattern = "".join(pieces)
    try:
        _, scheme = followed(pattern if "{" in pattern else pattern + "{date}")
    except ValidationError as error:
        said = [fault["msg"] for fault in error.errors()]
    else:
        said = []
        _check_order(scheme, tags)
    assert all(sentence.startswith("Value error, ") and "\n" not in sentence for sentence in said)


def _check_order(scheme, tags):
    versions = sorted(filter(None, map(scheme.read, tags)))
    assert all(one <= other for one, other in pairwise(versions))
    assert all(scheme.why_not(tag) for tag in tags)


@settings(max_examples=400)
@given(st.sampled_from([form[0] for form in FORMS]), st.data())
def test_what_a_form_reads_it_orders_consistently(pattern, data):
    _, scheme = followed(pattern)
    strategy = st.from_regex(pattern_of(scheme.named).regex, fullmatch=True)
    tags = data.draw(st.lists(strategy, min_size=3, max_size=3))
    found = [version for tag in tags if (version := scheme.read(tag)) is not None]
    assert all(sorted(each) == sorted(found) for each in permutations(found))
    for version in found:
        assert scheme.read(version.tag) == version
        assert scheme.read(version.tag + "!") is None
        assert "".join(part.text for part in scheme.parts(version.tag)) != ""
