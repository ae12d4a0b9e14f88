"""Histories as rows: what the pins held, commit by commit, and what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.model import Commit, Version
from updater.schemes.timestamp import Timestamp
from updater.timeline import Lost, Order, Point, latest_times, settled_times, timeline

START = datetime(2026, 2, 2, 0, 0, tzinfo=UTC)
NOW = START + timedelta(days=2)
ORDER = Order(Timestamp().read, frozenset({"latest", "placeholder", ""}))
# Built an hour before, and one, two, three hours after the first commit; Korean time is nine hours ahead.
A, B, C, D = "20260202-080000", "20260202-100000", "20260202-110000", "20260202-120000"
TOMORROW = "20260204-200000"


def points(*held, ours=()):
    """One commit an hour; a tuple is an app of several pins."""
    rows = [row if isinstance(row, tuple) else (row,) for row in held]
    return [
        Point(f"c{number}", START + timedelta(hours=number + 1), number in ours, row)
        for number, row in enumerate(rows)
    ]


def told(*held, **more):
    return timeline(points(*held), ORDER, NOW, **more)


def endings(line):
    return [(stay.tag, stay.ended) for stay in line.stays]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param([A], [(A, "still")], id="a first tag lasts"),
        pytest.param([A, B], [(A, "newer"), (B, "still")], id="a bump ends a stay with a newer tag"),
        pytest.param(
            [A, B, A], [(A, "newer"), (B, "backwards"), (A, "still")], id="a revert ends it backwards"
        ),
        pytest.param(
            [A, "v1.2.3"], [(A, "backwards"), ("v1.2.3", "still")], id="a foreign tag is no newer tag"
        ),
        pytest.param(
            [A, "latest"], [(A, "backwards"), ("latest", "still")], id="a placeholder is older than all"
        ),
        pytest.param(
            ["latest", A], [("latest", "newer"), (A, "still")], id="from a placeholder to a tag is forward"
        ),
        pytest.param([A, None], [(A, "removed")], id="a pin that is taken out ends its stay"),
        pytest.param(
            [A, None, A], [(A, "removed"), (A, "still")], id="a pin that comes back starts another stay"
        ),
        pytest.param([(A, A), (B, A), (B, B)], [(A, "newer"), (B, "still")], id="two pins moved one by one"),
        pytest.param(
            [(A, A), (B, B), (A, B)], [(A, "newer"), (B, "backwards")], id="one of two pins moved back"
        ),
        pytest.param([(B, B), (A, C)], [(B, "backwards")], id="one forward and one back is a step back"),
        pytest.param([], [], id="nothing was ever there"),
    ],
)
def test_stays(held, expected):
    assert endings(told(*held)) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param([A, B], {}, id="forward only"),
        pytest.param([A, B, A], {B: "c2"}, id="a revert rolls back the tag that was left"),
        pytest.param([A, B, C, A], {B: "c3", C: "c3"}, id="and every tag held above the target"),
        pytest.param([A, B, C, B], {C: "c3"}, id="but not the target and what is below"),
        pytest.param([A, B, A, B], {}, id="until somebody sets it again"),
        pytest.param([A, B, A, C], {B: "c2"}, id="and not when something newer comes"),
        pytest.param([A, B, "v1.2.3"], {B: "c2"}, id="through a foreign tag only what was left"),
        pytest.param([A, B, "v1.2.3", A], {B: "c2"}, id="through a foreign tag to an older one"),
        pytest.param([A, B, "latest"], {A: "c2", B: "c2"}, id="through a placeholder everything"),
        pytest.param([A, B, ""], {A: "c2", B: "c2"}, id="so does an empty tag"),
        pytest.param(
            [A, C, B, A], {B: "c3", C: "c3"}, id="a tag left long ago stays with its last step back"
        ),
        pytest.param([A, None, C, B], {C: "c3"}, id="after a gap steps back count as ever"),
        pytest.param([A, B, None, A], {}, id="a removed pin is not a step back"),
        pytest.param([(A, A), (B, B), (A, B)], {B: "c2"}, id="one of two pins is enough"),
    ],
)
def test_rolled_back(held, expected):
    assert told(*held).rolled_back == expected


def test_the_last_backward_move_is_dated():
    assert told(A, B, A).moved_back == START + timedelta(hours=3)


def test_a_newer_tag_than_all_before_makes_up_for_a_backward_move():
    assert told(A, B, A, C).moved_back is None


def test_going_forward_below_the_tag_that_was_left_does_not():
    assert told(A, C, A, B).moved_back == START + timedelta(hours=3)


def test_the_floor_is_the_newest_ever_held_and_not_the_current():
    assert told(A, C, B).floor.tag == C


def test_the_floor_of_pins_that_disagree_is_the_highest_of_any():
    assert told((A, A), (A, C)).floor.tag == C


def test_a_tag_from_the_future_is_no_floor():
    assert told(A, TOMORROW).floor.tag == A


def test_a_persons_date_before_the_build_does_not_make_a_tag_one_of_the_future():
    early = Point("c9", START - timedelta(days=3), False, (C,), {}, NOW)
    assert timeline([*points(A), early], ORDER, NOW).floor.tag == C


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        pytest.param(set(), [48, 48, 48], id="people's commits were there by now"),
        pytest.param({"c1"}, [2, 2, 48], id="and before the next of ours, which is where it says"),
        pytest.param({"c0", "c2"}, [1, 3, 3], id="ours are believed"),
    ],
)
def test_when_a_commit_was_there_at_the_latest(ours, expected):
    chain = [commit(f"c{number}", number + 1) for number in range(3)]
    latest = latest_times(chain, ours, settled_times(chain, ours, NOW), NOW)
    assert [latest[c.sha] for c in chain] == [START + timedelta(hours=hour) for hour in expected]


@pytest.mark.parametrize(("seconds", "floor"), [(300, True), (301, False)])
def test_five_minutes_ahead_of_its_commit_is_no_future(seconds, floor):
    stamped = datetime(2026, 2, 2, 2, 0, tzinfo=UTC)  # C says 11:00 in Korea
    point = Point("c9", stamped - timedelta(seconds=seconds), True, (C,))
    assert (timeline([point], ORDER, NOW).floor is not None) is floor


def test_a_stay_of_a_tag_from_the_future_began_with_its_commit():
    assert told(A, TOMORROW).stays[-1].since == START + timedelta(hours=2)


def test_one_pin_to_a_new_height_does_not_make_up_for_the_other_that_went_back():
    assert told((B, B), (A, C)).moved_back == START + timedelta(hours=2)


@pytest.mark.parametrize(
    ("held", "left"),
    [
        pytest.param([A, B], {A: "c1", B: None}, id="what is there has not been left"),
        pytest.param([A, B, A], {A: None, B: "c2"}, id="what came back neither"),
        pytest.param([(A, A), (B, A), (A, A)], {A: None, B: "c2"}, id="one pin is enough to hold it"),
        pytest.param([A, None], {A: "c1"}, id="what was taken out was left"),
    ],
)
def test_which_commit_took_a_tag_away_last(held, left):
    assert told(*held).left == left


def test_a_bump_hidden_by_a_merge_counts_as_held():
    line = told(A, lost=Lost(hidden=frozenset({C})))
    assert C in line.held
    assert line.floor.tag == C
    assert C not in line.rolled_back


def test_a_line_the_branch_was_forced_away_from_counts_as_rolled_back():
    line = told(A, lost=Lost(abandoned={C: "gone"}))
    assert line.rolled_back == {C: "gone"}
    assert line.floor.tag == C


def test_a_tag_of_the_lost_line_that_was_set_again_is_not_rolled_back():
    assert told(A, C, lost=Lost(abandoned={C: "gone"})).rolled_back == {}


def test_placeholders_were_never_held():
    assert told("latest", A, "").held == {A}


def test_no_tag_was_held_before_its_image_was_built():
    (stay,) = timeline(points(D), ORDER, NOW).stays
    assert stay.since == datetime(2026, 2, 2, 3, 0, tzinfo=UTC)


def test_a_stay_is_ours_where_its_commit_is():
    line = timeline(points(A, B, ours={1}), ORDER, NOW)
    assert [stay.ours for stay in line.stays] == [False, True]


def commit(sha, hours):
    return Commit(
        sha, (), "Human <h@example.org>", "Human <h@example.org>", START + timedelta(hours=hours), ""
    )


@pytest.mark.parametrize(
    ("hours", "ours", "expected"),
    [
        pytest.param([1, 2, 3], set(), [1, 2, 3], id="honest dates are believed"),
        pytest.param([1, 99, 3], set(), [1, 3, 3], id="a date of tomorrow is that of the next at most"),
        pytest.param([1, 99], set(), [1, 99], id="and stands still while there is no next"),
        pytest.param([1, 99, 3], {"c1"}, [1, 3, 3], id="ours are no better, where our clock was wrong"),
        pytest.param([5, 1, 6], {"c0"}, [5, 5, 6], id="nothing is older than our commit before it"),
        pytest.param([1, 9, 6], {"c2"}, [1, 6, 6], id="or younger than our commit after it"),
        pytest.param([5, 1, 6], set(), [5, 1, 6], id="among people's commits there is nothing to hold on to"),
    ],
)
def test_times_are_believed_as_far_as_ours_allow(hours, ours, expected):
    chain = [commit(f"c{number}", hour) for number, hour in enumerate(hours)]
    times = settled_times(chain, ours, NOW)
    assert [times[c.sha] for c in chain] == [START + timedelta(hours=hour) for hour in expected]


# --- tags that nobody can order any more ----------------------------------------------------------------


def created(**hours):
    """By letter: created so many hours after the start; a text says when it was first held, which is all."""

    def read(tag):
        hour = hours.get(tag)
        if hour is None:
            return None
        instant = START + timedelta(hours=float(hour))
        return Version((instant, tag), tag, instant, guessed=isinstance(hour, str))

    return Order(read, frozenset())


@pytest.mark.parametrize(
    ("held", "hours", "ended", "rolled_back"),
    [
        pytest.param("ab", {"a": 0, "b": "2"}, "backwards", {"a"}, id="to one that is gone: nobody can tell"),
        pytest.param("ab", {"a": "1", "b": 1.5}, "newer", set(), id="from one that is gone to a newer one"),
        pytest.param("ab", {"a": "1", "b": 0.5}, "backwards", {"a"}, id="or to one that may be older"),
        pytest.param("ab", {"a": "1", "b": "2"}, "newer", set(), id="both are gone: as they came"),
        pytest.param("aba", {"a": "1", "b": "2"}, "newer", {"b"}, id="both are gone: a revert is one"),
        pytest.param("abc", {"a": 0, "b": 1, "c": "3"}, "newer", {"a", "b"}, id="all before may be newer"),
    ],
)
def test_a_tag_that_is_gone_from_the_registry(held, hours, ended, rolled_back):
    line = timeline(points(*held), created(**hours), NOW)
    assert line.stays[0].ended == ended
    assert set(line.rolled_back) == rolled_back


def test_the_floor_is_as_high_as_a_tag_that_is_gone_can_have_been():
    line = timeline(points("a", "b", "c"), created(a=0, b="2", c=1), NOW)
    assert (line.floor.tag, line.floor.guessed) == ("b", True)


@st.composite
def histories(draw):
    """Letters by the hour they were created in, what was held hour by hour, and which are gone by now."""
    order = draw(st.permutations("abcdefgh"))
    born = {tag: 18 + hour for hour, tag in enumerate(order)}
    drawn = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9))
    held = [order[0]]
    for tag in drawn:
        held += [tag] if born[tag] <= 20 + len(held) else []
    gone = draw(st.sets(st.sampled_from("abcdefgh")))
    return born, held, gone


@given(histories())
def test_i2_i3_what_is_gone_from_the_registry_makes_no_rule_weaker(history):
    """Against what would be said if nothing were gone: bars that stand there stand here, too."""
    born, held, gone = history
    rows = [
        Point(f"c{number}", START + timedelta(hours=20 + number), True, (tag,))
        for number, tag in enumerate(held)
    ]
    first = {tag: 20 + held.index(tag) for tag in held}
    told = {tag: hour for tag, hour in born.items() if tag not in gone} | {
        tag: str(first[tag]) for tag in gone if tag in first
    }
    full, left = (timeline(rows, created(**known), NOW) for known in (born, told))
    there = set(born) - gone
    assert full.rolled_back.keys() & there <= left.rolled_back.keys()
    for tag in there - set(held):
        built = START + timedelta(hours=born[tag])
        version = created(**born).read(tag)
        allowed = version > left.floor and (left.moved_back is None or built > left.moved_back)
        assert not allowed or (version > full.floor and (full.moved_back is None or built > full.moved_back))
    for stay, other in zip(full.stays, left.stays, strict=True):
        assert stay.ended != "backwards" or other.ended == "backwards" or stay.tag in gone
