"""What gates say, and when they will say otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from updater.gates import after
from updater.gates.age import Age
from updater.gates.digest import Digest
from updater.gates.freeze import Freeze
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.model import Case, DigestOf, Image, Placement, Stay, Timeline, Version

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
NOTHING = Timeline((), frozenset(), {}, None, None, None)
TAG = "20260202-120000"
STAMP = datetime(2026, 2, 2, 12, 0, tzinfo=SEOUL)


def case(now, *stays):
    held = Timeline(tuple(stays), frozenset({TAG}), {}, None, None, None)
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version((TAG,), TAG, STAMP),
        images=(Image("ghcr.io", "org/shop"),),
        now=now,
        zone=SEOUL,
        own=NOTHING,
        predecessors={"staging": held},
        rolled_back={},
        answers={},
    )


def at(day, clock, zone=SEOUL):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


def stay(since, until=None, ended="still"):
    return Stay(TAG, since, "a" * 40, True, until, ended)


OFFICE = Window.model_validate([{"days": "mon-fri", "from": "10:00", "to": "17:00"}])


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        pytest.param(at("2026-02-02", "10:00"), None, id="open from the first second"),
        pytest.param(at("2026-02-02", "16:59:59"), None, id="to the last"),
        pytest.param(at("2026-02-02", "17:00"), at("2026-02-03", "10:00"), id="closed from the hour on"),
        pytest.param(at("2026-02-02", "09:59:59"), at("2026-02-02", "10:00"), id="opens the same day"),
        pytest.param(
            at("2026-02-06", "17:00"), at("2026-02-09", "10:00"), id="Friday evening opens on Monday"
        ),
        pytest.param(at("2026-02-07", "12:00"), at("2026-02-09", "10:00"), id="closed on Saturday"),
    ],
)
def test_office_hours(now, opens):
    ruling = OFFICE.judge(case(now.astimezone(UTC)))
    assert (ruling.passes, ruling.until) == (opens is None, opens)


def test_a_window_over_midnight_belongs_to_the_day_it_opens():
    night = Window.model_validate([{"days": "fri", "from": "22:00", "to": "04:00"}])
    assert night.judge(case(at("2026-02-07", "03:59"))).passes
    assert not night.judge(case(at("2026-02-06", "03:59"))).passes


def test_a_day_without_hours_is_a_whole_day():
    saturday = Window.model_validate({"days": "sat"})
    assert saturday.judge(case(at("2026-02-07", "00:00"))).passes
    assert saturday.judge(case(at("2026-02-07", "23:59:59"))).passes
    assert not saturday.judge(case(at("2026-02-08", "00:00"))).passes


@pytest.mark.parametrize(
    ("now", "passes"),
    [
        pytest.param(datetime(2026, 3, 6, 14, 59, tzinfo=UTC), False, id="winter: 09:59"),
        pytest.param(datetime(2026, 3, 6, 15, 0, tzinfo=UTC), True, id="winter: 10:00"),
        pytest.param(datetime(2026, 3, 9, 13, 59, tzinfo=UTC), False, id="summer: 09:59"),
        pytest.param(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), True, id="summer: 10:00"),
    ],
)
def test_daylight_saving_moves_a_window_with_the_clocks(now, passes):
    window = Window.model_validate(
        [{"days": "mon-fri", "from": "10:00", "to": "17:00", "zone": "America/New_York"}]
    )
    assert window.judge(case(now)).passes is passes


def test_an_hour_that_is_skipped_opens_when_the_clocks_have_moved():
    window = Window.model_validate([{"from": "02:30", "to": "04:00", "zone": "America/New_York"}])
    before = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)  # 01:59 in New York, a minute before 03:00
    ruling = window.judge(case(before))
    assert not ruling.passes
    assert window.judge(case(ruling.until)).passes


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True),
    st.times(),
    st.times(),
)
def test_a_window_opens_when_it_says(now, days, start, end):
    if start.replace(second=0, microsecond=0) == end.replace(second=0, microsecond=0):
        return
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    opening = {"days": [names[day] for day in days], "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    window = Window.model_validate([{**opening, "zone": "America/New_York"}])
    ruling = window.judge(case(now))
    if not ruling.passes:
        assert ruling.until > now
        assert window.judge(case(ruling.until)).passes or ruling.until.astimezone(NEW_YORK).month in {3, 11}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([{"from": "10:00", "to": "10:00"}], "never opens"),
        ([{"from": "10"}], "no time of day"),
        ([{"days": "monday"}], "no day"),
        ([{"zone": "Asia/Soul"}], "no time zone"),
        ([], "at least 1 item"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(value, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Window.model_validate(value)


HOLIDAYS = Freeze.model_validate([{"from": "2026-12-24", "to": "2026-12-26", "why": "holidays"}])


@pytest.mark.parametrize(
    ("now", "passes"),
    [
        (at("2026-12-23", "23:59:59"), True),
        (at("2026-12-24", "00:00"), False),
        (at("2026-12-26", "23:59:59"), False),
        (at("2026-12-27", "00:00"), True),
    ],
)
def test_a_freeze_of_days_includes_its_last(now, passes):
    assert HOLIDAYS.judge(case(now)).passes is passes


def test_a_freeze_says_until_when_and_why():
    ruling = HOLIDAYS.judge(case(at("2026-12-25", "12:00")))
    assert ruling.sentence == "promotions are frozen until 2026-12-27 00:00:00 KST (holidays)"
    assert ruling.until == at("2026-12-27", "00:00")


def test_a_freeze_by_the_minute():
    freeze = Freeze.model_validate({"from": "2026-02-02T10:00", "to": "2026-02-02T12:00"})
    assert not freeze.judge(case(at("2026-02-02", "11:59"))).passes
    assert freeze.judge(case(at("2026-02-02", "12:00"))).passes


def test_a_freeze_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValidationError, match="ends before it starts"):
        Freeze.model_validate([{"from": "2026-12-26", "to": "2026-12-24"}])


@pytest.mark.parametrize(
    ("hours", "passes"),
    [(0.5, False), (1, True), (14 * 24, True), (14 * 24 + 0.1, False)],
)
def test_age(hours, passes):
    age = Age.model_validate({"min": "1h", "max": "14d"})
    assert age.judge(case(STAMP + timedelta(hours=hours))).passes is passes


def test_an_age_that_no_tag_can_have_is_refused():
    with pytest.raises(ValidationError, match="no tag can pass"):
        Age.model_validate({"min": "2h", "max": "1h"})


ARRIVED = STAMP + timedelta(minutes=5)
SOAK = Soak.model_validate("30m")
RUNNING = Soak.model_validate({"for": "30m", "counts": "running"})


@pytest.mark.parametrize("minutes", [-1, 0, 1])
def test_soak_passes_to_the_second(minutes):
    now = ARRIVED + timedelta(minutes=30 + minutes)
    assert SOAK.judge(case(now, stay(ARRIVED))).passes is (minutes >= 0)


def test_soak_goes_on_after_a_newer_tag_came():
    left = stay(ARRIVED, ARRIVED + timedelta(minutes=10), "newer")
    assert SOAK.judge(case(ARRIVED + timedelta(minutes=30), left)).passes


def test_soak_counts_running_time_only_where_asked():
    left = stay(ARRIVED, ARRIVED + timedelta(minutes=10), "newer")
    ruling = RUNNING.judge(case(ARRIVED + timedelta(days=1), left))
    assert not ruling.passes
    assert ruling.until is None, "waiting alone does not help"


def test_running_time_adds_up_over_stays():
    first = stay(ARRIVED, ARRIVED + timedelta(minutes=20), "newer")
    again = stay(ARRIVED + timedelta(hours=1))
    assert not RUNNING.judge(case(ARRIVED + timedelta(minutes=69), first, again)).passes
    assert RUNNING.judge(case(ARRIVED + timedelta(minutes=70), first, again)).passes


def test_what_was_rolled_back_has_not_soaked():
    left = stay(ARRIVED, ARRIVED + timedelta(hours=2), "backwards")
    assert not SOAK.judge(case(ARRIVED + timedelta(hours=3), left)).passes


def test_a_freeze_beyond_all_dates_is_refused_and_nothing_breaks():
    with pytest.raises(ValidationError, match="beyond all dates"):
        Freeze.model_validate([{"from": "2026-12-24", "to": "9999-12-31"}])


def test_it_soaks_in_every_environment_before():
    late, early = stay(at("2026-02-02", "12:20")), stay(at("2026-02-02", "12:00"))
    here = case(at("2026-02-02", "12:40"), early)
    other = case(here.now, late).predecessors["staging"]
    both = replace(here, predecessors={**here.predecessors, "other": other})
    ruling = Soak.model_validate("30m").judge(both)
    assert not ruling.passes
    assert ruling.until == at("2026-02-02", "12:50")


def test_running_time_passes_to_the_second_in_a_stay_that_is_over():
    over = stay(at("2026-02-02", "12:00"), at("2026-02-02", "12:30"), "newer")
    assert RUNNING.judge(case(at("2026-02-02", "14:00"), over)).passes


def test_of_several_stays_the_newest_is_told():
    old = stay(at("2026-02-02", "12:00"), at("2026-02-02", "12:10"), "newer")
    new = stay(at("2026-02-02", "13:00"))
    (ruling,) = after.judge(case(at("2026-02-02", "13:10"), old, new))
    assert "since 2026-02-02 13:00:00 KST" in ruling.sentence


def test_of_two_freezes_the_longer_one_is_told():
    freeze = Freeze.model_validate(
        [{"from": "2026-02-02", "to": "2026-02-02"}, {"from": "2026-02-01", "to": "2026-02-05"}]
    )
    assert freeze.judge(case(at("2026-02-02", "12:00"))).until == at("2026-02-06", "00:00")


@pytest.mark.parametrize(("setting", "passes"), [({}, True), ("required", False)])
def test_a_digest_nobody_recorded_holds_only_where_it_is_required(setting, passes):
    here = case(at("2026-02-02", "13:10"), stay(at("2026-02-02", "12:00")))
    known = replace(here, answers={DigestOf(here.images[0], TAG): "sha256:" + "0" * 64})
    assert Digest.model_validate(setting).judge(known).passes is passes


def test_a_freeze_of_no_length_and_an_age_that_nothing_has_are_refused():
    moment = "2026-02-02T10:00"
    with pytest.raises(ValidationError, match="ends before it starts"):
        Freeze.model_validate([{"from": moment, "to": moment}])
    with pytest.raises(ValidationError, match="no tag can pass"):
        Age.model_validate({"min": "1h", "max": "1h"})
