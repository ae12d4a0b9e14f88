"""What is followed after a migration: never a tag that the tool would refuse, and always in its order."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from updater.tools.migrate.found import NotCarriedOver
from updater.tools.migrate.semver_ranges import version_range
from updater.tools.migrate.tag_choice import TagChoice

_STRICT = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?")


def versions(text):
    """The order that semver.org gives; None where it is no version."""
    match = _STRICT.fullmatch(text)
    if match is None:
        return None
    words = tuple(
        (0, int(word), "") if word.isdigit() else (1, 0, word) for word in (match[4] or "").split(".")
    )
    return (*map(int, match.groups()[:3]), (1,) if match[4] is None else (0, words))


def tools_order(choice, tag):
    """What the tool sorts a tag by, as Flux and Argo CD Image Updater are written; None: it refuses it."""
    if choice.allowed and not re.search(choice.allowed, tag, re.ASCII):
        return None
    if any(re.search(one, tag, re.ASCII) for one in choice.refused):
        return None
    if any(fnmatchcase(tag, glob) for glob in choice.ignored):
        return None
    text = tag
    if choice.extract:
        text = re.search(choice.allowed, tag, re.ASCII)["x"]
    if choice.order == "semver":
        found = versions(text)
        return None if found is None or (found[3] != (1,) and "-" not in choice.range) else found
    if choice.order == "numerical":
        return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else None
    return text


_FILTERS = st.sampled_from(
    [
        ("", ""),
        (r"^main-[a-f0-9]+-(?P<x>[0-9]+)", "$x"),
        (r"^main-[a-f0-9]+-(?P<x>.*)$", "$x"),
        (r"^(?P<x>[0-9]+)-[a-f0-9]+$", "${x}"),
        (r"^v(?P<x>[0-9.]+)-ls[0-9]+$", "$x"),
        (r"(?P<x>[0-9]+)", "$x"),
        (r"^web-(?P<x>.+)$", "$x"),
        (r"^(?P<x>[0-9]{8}-[0-9]{6})$", "$x"),
        (r"^main-(?P<x>[0-9]{8}-[0-9]{6})$", "$x"),
        (r"^(?:main|web)-(?P<x>[0-9]+)$", "$x"),
        (r"^[0-9]{8}-[0-9]{6}$", ""),
        (r"^v?\d+\.\d+\.\d+$", ""),
        (r"^v[0-9]+\.[0-9]+\.[0-9]+$", ""),
        ("-rc", ""),
        ("^main|^web", ""),
    ]
)
_CHOICES = st.builds(
    lambda order, chosen, range_, refused, ignored: TagChoice(
        order, range=range_, allowed=chosen[0], extract=chosen[1], refused=refused, ignored=ignored
    ),
    st.sampled_from(["semver", "numerical", "alphabetical"]),
    _FILTERS,
    st.sampled_from(["", "*", ">=0.0.0-0"]),
    st.sampled_from([(), (r"^.*\.sig$",), ("^main-0",)]),
    st.sampled_from([(), ("latest", "*-rc*"), ("1.*",)]),
)
_NUMBER = st.sampled_from(["0", "1", "2", "9", "10", "010", "42", "1700000000", "20260202", "143512"])
_WORD = st.sampled_from(["main", "web", "v", "abc1234", "0123abc", "rc", "rc1", "rc9", "rc10", "ls", "alpha"])
_TAGS = st.lists(
    st.one_of(
        st.lists(
            st.tuples(st.sampled_from(["", ".", "-"]), st.one_of(_NUMBER, _WORD)), min_size=1, max_size=5
        )
        .map(lambda parts: "".join(f"{before}{word}" for before, word in parts).lstrip(".-"))
        .filter(bool),
        st.tuples(_NUMBER, _NUMBER, _NUMBER).map(".".join),
        st.tuples(st.just("main"), st.just("abc1234"), _NUMBER).map("-".join),
        st.sampled_from(
            ["20260202-143512", "20260202-150000", "main-20260202-143512", "main-20260301-000000"]
        ),
    ),
    min_size=2,
    max_size=8,
    unique=True,
)


@given(_CHOICES, _TAGS)
def test_what_is_followed_the_tool_would_take_in_that_order(choice, tags):
    try:
        found = choice.followed(tags[0])
    except NotCarriedOver:
        return
    assert found.follow.reads(tags[0])
    read = [tag for tag in tags if found.follow.reads(tag) and not any(map_of(tag, found.forbid))]
    keys = {tag: tools_order(choice, tag) for tag in read}
    assert None not in keys.values(), keys
    scheme = found.follow.scheme
    for one in read:
        for other in read:
            if scheme.read(one) < scheme.read(other):
                assert keys[one] < keys[other], (found.follow, one, other)


def map_of(tag, globs):
    return [fnmatchcase(tag, glob) for glob in globs]


@given(_CHOICES, _TAGS)
def test_a_tag_that_runs_and_that_the_tool_would_refuse_is_not_followed(choice, tags):
    assume(tools_order(choice, tags[0]) is None and not choice.ignored)
    with pytest.raises(NotCarriedOver):
        choice.followed(tags[0])


@pytest.mark.parametrize(
    ("range_", "same"),
    [
        ("", "*"),
        ("1.2", "1.2"),
        ("^1.2.3 || ~2.0", "^1.2.3 || ~2.0"),
        ("1.0 - 2", ">=1.0 <=2"),
        (">=1.0.0-0 <2.0.0-0", ">=1.0.0-0 <2.0.0-0"),
        ("X", "x"),
    ],
)
def test_a_range_is_said_as_it_means_the_same(range_, same):
    assert version_range(range_).text == same


@pytest.mark.parametrize(
    "range_", [">=1.0.0-0 <2.0.0", "!=1.2", "latest", "==1", ">1 <", "^1.0.0-0 || ^2.0.0"]
)
def test_a_range_that_means_several_things_is_not_carried_over(range_):
    with pytest.raises(NotCarriedOver):
        version_range(range_)


@pytest.mark.parametrize(
    ("allowed", "running", "setting"),
    [
        (r"^(?P<ts>[0-9]{8}-[0-9]{6})$", "20260202-143512", "timestamp"),
        (r"^(?P<ts>\d{8}-\d{6})$", "20260202-143512", "timestamp"),
        (r"(?P<ts>.*)", "20260202-143512", "timestamp"),
        (
            r"^main-(?P<ts>[0-9]{8}-[0-9]{6})$",
            "main-20260202-143512",
            {"timestamp": {"pattern": "main-(?P<date>[0-9]{8})-(?P<time>[0-9]{6})"}},
        ),
    ],
)
def test_a_time_that_is_extracted_is_read_as_a_time(allowed, running, setting):
    found = TagChoice("alphabetical", allowed=allowed, extract="$ts").followed(running)
    assert found.follow.setting == setting
    assert "Asia/Seoul" in found.doubts[0]
