"""What people record, and how it is read back."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater import holds
from updater.holds import Everything, HoldEntry, HoldsUnreadable, Release
from updater.interpret.active_holds import ActiveHolds
from updater.model import Placement

NOW = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)
SHOP, OTHER = Placement("production", "shop"), Placement("staging", "shop")
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


def test_no_file_holds_nothing():
    assert holds.read(None).over(SHOP, NOW) is None


@pytest.mark.parametrize("text", ["", "# only a comment\n", "holds:\n", "holds: []\nreleases:\n"])
def test_an_empty_file_neither(text):
    assert holds.read(text.encode()).over(SHOP, NOW) is None


def test_a_hold_over_one_environment_leaves_the_others():
    recorded = holds.read(holds.hold(None, HoldEntry(app="shop", environment="production", why="audit")))
    assert recorded.over(SHOP, NOW).why == "audit"
    assert recorded.over(OTHER, NOW) is None


def test_a_hold_over_an_app_is_over_all_its_environments():
    recorded = holds.read(holds.hold(None, HoldEntry(app="shop", why="audit")))
    assert recorded.over(SHOP, NOW)
    assert recorded.over(OTHER, NOW)
    assert recorded.over(Placement("staging", "blog"), NOW) is None


def test_a_hold_over_everything():
    recorded = holds.read(holds.hold(None, Everything(why="incident 7", by="alice")))
    assert recorded.over(Placement("staging", "blog"), NOW).by == "alice"


def test_a_hold_ends_by_itself():
    data = holds.hold(None, HoldEntry(app="shop", why="audit", until=NOW + timedelta(hours=1)))
    assert holds.read(data).over(SHOP, NOW)
    assert holds.read(data).over(SHOP, NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize("hours", [(1, 2), (2, 1), (1, None), (None, 1)])
def test_of_several_holds_the_one_that_lasts_longest_is_told(hours):
    ends = [None if each is None else NOW + timedelta(hours=each) for each in hours]
    data = holds.hold(None, HoldEntry(app="shop", why="audit", until=ends[0]))
    data = holds.hold(data, Everything(why="incident", until=ends[1]))
    longest = None if None in ends else max(ends)
    assert holds.read(data).over(SHOP, NOW).until == longest


def test_a_bare_date_lasts_to_its_end():
    data = b"holds: [{app: shop, why: audit, until: 2026-02-02}]"
    assert holds.read(data).over(SHOP, NOW)
    assert holds.read(data).over(SHOP, NOW + timedelta(hours=12)) is None


def test_holding_twice_replaces_and_lifting_takes_away():
    data = holds.hold(holds.hold(None, HoldEntry(app="shop", why="one")), HoldEntry(app="shop", why="two"))
    assert [hold.why for hold in holds.read(data).holds] == ["two"]
    assert holds.read(holds.lift(data, "shop", None)).holds == ()


def test_lifting_one_environment_leaves_the_others():
    data = holds.hold(None, HoldEntry(app="shop", environment="staging", why="one"))
    data = holds.hold(data, HoldEntry(app="shop", environment="production", why="two"))
    assert [hold.environment for hold in holds.read(holds.lift(data, "shop", "staging")).holds] == [
        "production"
    ]


def test_peoples_comments_and_entries_stay():
    data = b"# ask Kim first\nholds:\n  - app: blog   # until the audit\n    why: 'audit'\n"
    changed = holds.hold(data, HoldEntry(app="shop", why="incident"))
    assert b"# ask Kim first" in changed
    assert b"# until the audit" in changed
    assert [hold.app for hold in holds.read(changed).holds] == ["blog", "shop"]


@given(why=texts, by=texts, tag=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True))
def test_what_is_written_is_read_back(why, by, tag):
    entry = Release(app="shop", environment="production", tag=tag, why=why, by=by)
    assert holds.read(holds.release(None, entry)).releases == (entry,)


@pytest.mark.parametrize(
    "text",
    [
        "holds: {",
        "holds: [{app: shop}]",
        "holds: [{app: shop, why: x, untill: 2026-02-02}]",
        "holds: shop",
        "- a",
        "hold: []",
        "holds: [{app: shop, why: x, until: soon}]",
        "[" * 3000,
        'all: !!int ""',
        "all: !!bool x",
        "\xff",
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(text):
    with pytest.raises(HoldsUnreadable) as caught:
        holds.read(text.encode("latin-1"))
    assert caught.value.sentence.startswith(holds.PATH)
    assert "\n" not in caught.value.sentence
    with pytest.raises(HoldsUnreadable):
        holds.hold(text.encode("latin-1"), HoldEntry(app="shop", why="x"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("holds:\n  - app: shop\n", ":2: holds[0]: why is missing: say why"),
        (
            "holds:\n  - {app: shop, why: x}\n  - {app: a, why: x, untill: 1}",
            ":3: holds[1].untill: unknown key",
        ),
        (
            "holds:\n  - app: shop\n    why: x\n    until: soon",
            ":4: holds[0].until: 'soon' is no moment: write",
        ),
        ("hold: []", ":1: hold: unknown key 'hold': did you mean holds?"),
        ("releases:\n  - app: shop\n    environment: 7\n    why: x", ":3: releases[0].environment: a text"),
        ("# why\n- a", ":2: a mapping is expected here, not a list"),
        ("all:\n\twhy: x", ":2: is indented by a tab"),
        ("all: {why: x}\nall: {why: y}", ":2: all: is there twice, first in line 1: keep one"),
        (
            "holds: [{}]",
            ": why is missing: say why, for whoever meets this hold (nothing moves here until that and 1",
        ),
    ],
)
def test_it_says_in_which_line_what_is_wrong_and_what_to_write(text, said):
    with pytest.raises(HoldsUnreadable) as caught:
        holds.read(text.encode())
    assert said in caught.value.sentence
    assert "nothing moves here until that" in caught.value.sentence


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-02-02", datetime(2026, 2, 2, 23, 59, 59, tzinfo=UTC)),
        ("'2026-02-02'", datetime(2026, 2, 2, 23, 59, 59, tzinfo=UTC)),
        ("2026-02-02T10:00", datetime(2026, 2, 2, 10, tzinfo=UTC)),
        ("2026-02-02 10:00:00 +09:00", datetime(2026, 2, 2, 1, tzinfo=UTC)),
        ('"2026-02-02T10:00+09:00"', datetime(2026, 2, 2, 1, tzinfo=UTC)),
        ("", None),
    ],
)
def test_an_end_may_be_written_as_a_day_or_a_moment(until, end):
    assert holds.read(f"all: {{why: x, until: {until}}}".encode()).all.until == end


def test_it_says_whom_each_entry_names_and_where_that_stands():
    text = """
holds:
  - {app: shop, why: x, until: 2026-02-02}
  - app: blog
    environment: staging
    why: x
releases:
  - {app: shop, environment: production, tag: "1", why: x}
"""
    named = list(holds.parse_target(text.encode()))
    assert [(one.app, one.environment, one.kind) for one in named] == [
        ("shop", None, "hold"),
        ("blog", "staging", "hold"),
        ("shop", "production", "release"),
    ]
    assert [one.where for one in named] == [f"{holds.PATH}:{line}" for line in (3, 4, 8)]
    assert list(holds.parse_target(None)) == []


def test_a_hold_until_the_end_of_the_calendar_is_for_ever():
    assert holds.read(b"holds: [{app: shop, why: x, until: 9999-12-31}]").over(SHOP, NOW).until is None


@pytest.mark.parametrize("unit", ["[", "{", "- ", "? ", "[{"])
def test_a_file_that_nests_without_end_is_refused_at_once(unit):
    """The library's own reading of 3,000 brackets takes a quarter of a minute."""
    began = time.process_time()
    with pytest.raises(HoldsUnreadable):
        holds.read((unit * 3_000).encode())
    assert time.process_time() - began < 2


def test_a_file_full_of_mistakes_is_refused_in_a_moment():
    """Each is searched for what was meant, and all of them for what they have in common."""
    text = "holds:\n" + "".join(f"- {{app: app{number}, wy: x}}\n" for number in range(4800)) + "#" * 130_000
    began = time.process_time()
    with pytest.raises(HoldsUnreadable, match=r"did you mean why\? .* and at least 20 more are mended"):
        holds.read(text.encode())
    assert time.process_time() - began < 5


def test_aliases_do_not_make_it_larger_than_any_file_may_be():
    text = "holds:\n- &one {app: shop, why: audit}\n" + "- *one\n" * 20_000
    with pytest.raises(HoldsUnreadable, match="grows beyond all measure through its aliases"):
        holds.read(text.encode())


def test_a_reason_of_any_length_is_told_of_every_app_in_few_words():
    """A thousand apps would have it a thousand times in memory, in logs and on the page."""
    data = holds.hold(None, Everything(why="because " * 20_000, by="alice " * 1_000))
    ruling = ActiveHolds(holds.read(data), None, NOW).over(SHOP, UTC)
    assert "because" in ruling.sentence
    assert len(ruling.sentence) < 3_000


def test_an_end_that_is_filled_up_is_refused_in_a_moment():
    text = f"all: {{why: audit, until: '2026-02-03{' ' * 200_000}x'}}"
    began = time.thread_time()
    with pytest.raises(HoldsUnreadable, match="is no moment"):
        holds.read(text.encode())
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (b"holds: [{app: shop, environment: production, why: x}]", "updater release shop production"),
        (b"holds: [{app: shop, why: x}]", "updater release shop"),
        (b"all: {why: x}", "updater release --all"),
    ],
)
def test_a_hold_says_what_lifts_just_that_one(text, command):
    assert ActiveHolds(holds.read(text), None, NOW).over(SHOP, UTC).command == command
