"""Rollback floors: what is read of the file and of labels, and which of them are in the way."""

import pytest
from scenario import IMAGE, SECOND, Past, Scenario, agrees, built, digest_of

from updater.decide.rollback_floors import judge_way_back
from updater.gates.reversible import Reversible
from updater.image_labels import FLOOR, FLOOR_WHY, rollback_floor
from updater.model import (
    ImageConfig,
    ImageOf,
    Placement,
    Promote,
    RecordedFloors,
    RollbackFloor,
    Ruling,
    Unreadable,
)
from updater.reasons import failure_reasons
from updater.rollback_floors import PATH, recorded_floors
from updater.timeline import Lost

T6, T7, T8, T9, T10 = (built(hour) for hour in (6, 7, 8, 9, 10))
SHOP = Placement("production", "shop")
AWAY = Unreadable("no answer", transient=True, reason=failure_reasons.REGISTRY_UNAVAILABLE)
REVERSIBLE = {"reversible": Reversible.model_validate(True)}


def labelled(floor, why=None, of="shop"):
    labels = {FLOOR: floor} | ({FLOOR_WHY: why} if why else {})
    return ImageConfig("sha256:" + "a" * 64, ("linux/amd64",), None, labels)


def written(*tags):
    return RecordedFloors(tuple(RollbackFloor(tag, f"{PATH}:2", "a column went") for tag in tags))


# --- the file -----------------------------------------------------------------------------------------------


def test_the_file_names_apps_and_perhaps_environments_each_with_its_line():
    text = b"""\
floors:
  - {app: shop, tag: 20260202-080000, why: its migration drops a column}
  - {app: shop, tag: 20260202-090000, environment: staging, why: another}
  - app: pay
    tag: 20260202-100000
    why: moved
"""
    column = RollbackFloor(T8, f"{PATH}:2", "its migration drops a column")
    assert recorded_floors(text, SHOP) == RecordedFloors((column,))
    both = recorded_floors(text, Placement("staging", "shop"))
    assert [floor.tag for floor in both.floors] == [T8, T9]
    assert recorded_floors(text, Placement("staging", "pay")).floors[0].said_by == f"{PATH}:4"
    assert column.sentence == f"no way back below {T8}: its migration drops a column ({PATH}:2)"


@pytest.mark.parametrize("text", [None, b"", b"# nothing\n", b"floors:\n", b"floors: []\n", b"{}\n"])
def test_nothing_written_is_no_floor(text):
    assert recorded_floors(text, SHOP) == RecordedFloors()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"floors:\n  - {app: shop, why: x}\n", f"{PATH}:2: floors[0]: tag is missing: "),
        (b"floors:\n  - {app: shop, tag: 20260202-080000}\n", f"{PATH}:2: floors[0]: why is missing: "),
        (b"floors:\n  - app: shop\n    tag: 'a b'\n    why: x\n", f"{PATH}:3: floors[0].tag: that is no tag"),
        (b"floors:\n  - {app: shop, tag: 42, why: x}\n", f"{PATH}:2: floors[0].tag: a text is expected here"),
        (b"floors:\n  - {app: shop, tag: a, why: x, until: y}\n", "unknown key 'until'"),
        (b"floor: []\n", f"{PATH}:1: floor: unknown key 'floor': did you mean floors?"),
        (b"floors: [\n", PATH),
        (b"\xff\xfe", PATH),
        (b"- app: shop\n", f"{PATH}:1"),
        (b"floors: &a [*a]\n", PATH),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_its_line_for_every_app(text, said):
    found = recorded_floors(text, SHOP)
    assert not found.floors
    assert said in found.unread
    assert recorded_floors(text, Placement("staging", "pay")) == found


# --- labels -------------------------------------------------------------------------------------------------


def test_a_label_says_why_where_it_does():
    assert rollback_floor(labelled(T8, "a column went"), IMAGE, T9) == RollbackFloor(
        T8, f"the label of {IMAGE}:{T9}", "a column went"
    )
    assert rollback_floor(labelled(T8), IMAGE, T9).why is None
    assert rollback_floor(ImageConfig("sha256:0", (), None), IMAGE, T9) is None


@pytest.mark.parametrize("label", ["", " ", "a b", "@someone", "x" * 129, "../etc"])
def test_a_label_that_is_no_tag_is_said_and_not_repeated(label):
    said = rollback_floor(labelled(label), IMAGE, T9)
    assert isinstance(said, str)
    assert "is no tag" in said
    assert not label.strip() or label not in said


def test_the_why_of_a_label_is_made_fit_to_be_shown():
    floor = rollback_floor(labelled(T8, "a\x1b[31m\n\nb" + "c" * 1000), IMAGE, T9)
    assert "\x1b" not in floor.why
    assert "\n" not in floor.why
    assert len(floor.why) < 400


# --- a way back -------------------------------------------------------------------------------------------

OTHER = "its scheme reads none of that"
FREE, FLOORED, UNKNOWN = "free", "floored", "unknown"
RAN = [(7, T7), (8, T8), (9, T9)]
WAYS = {
    "nothing is said": (Scenario(Past(RAN)), T8, FREE),
    "the file has a floor above the target": (Scenario(Past(RAN), floors=written(T9)), T8, FLOORED),
    "the target is the floor": (Scenario(Past(RAN), floors=written(T8)), T8, FREE),
    "the floor is below the target": (Scenario(Past(RAN), floors=written(T7)), T8, FREE),
    "nothing that ran has reached the floor": (Scenario(Past(RAN), floors=written(T10)), T7, FREE),
    "several, of which one lies above": (Scenario(Past(RAN), floors=written(T7, T8)), T7, FLOORED),
    "the label of what runs": (Scenario(Past(RAN), described={T9: labelled(T9)}), T8, FLOORED),
    "of what ran between": (Scenario(Past(RAN), described={T8: labelled(T8)}), T7, FLOORED),
    "not of the target itself": (Scenario(Past(RAN), described={T8: labelled(T8)}), T8, FREE),
    "nor of what ran before it": (Scenario(Past(RAN), described={T7: labelled(T9)}), T8, FREE),
    "a label of a later build names an older floor": (
        Scenario(Past(RAN), described={T9: labelled(T8)}),
        T7,
        FLOORED,
    ),
    "which leaves the way back to that one": (Scenario(Past(RAN), described={T9: labelled(T8)}), T8, FREE),
    "a label above its own image": (Scenario(Past(RAN), described={T9: labelled(T10)}), T8, FLOORED),
    "what was left backwards has run, too": (
        Scenario(Past([*RAN, (10, T8)]), described={T9: labelled(T9)}),
        T7,
        FLOORED,
    ),
    "but before the target ran again": (
        Scenario(Past([*RAN, (10, T7), (11, T8)]), described={T9: labelled(T9)}),
        T7,
        FREE,
    ),
    "of a target that never ran all counts that did": (
        Scenario(Past(RAN), described={T7: labelled(T7)}),
        T6,
        FLOORED,
    ),
    "what a merge has hidden has run, too": (
        Scenario(Past([(7, T7), (8, T8)], lost=Lost(frozenset({T9}))), described={T9: labelled(T9)}),
        T7,
        FLOORED,
    ),
    "and so has what only one of its pins holds": (
        Scenario(Past([(7, (T7, T7)), (8, (T7, T9))]), images=(IMAGE, SECOND), described={T9: labelled(T9)}),
        T7,
        FLOORED,
    ),
    "a placeholder is asked for no label": (Scenario(Past([(7, T7), (8, "latest"), (9, T9)])), T7, FREE),
    "the file cannot be read": (Scenario(Past(RAN), floors=RecordedFloors(unread="x")), T8, UNKNOWN),
    "what can be read is in the way all the same": (
        Scenario(Past(RAN), floors=RecordedFloors(unread="x"), described={T9: labelled(T9)}),
        T8,
        FLOORED,
    ),
    "a label cannot be read": (Scenario(Past(RAN), described={T9: AWAY}), T8, UNKNOWN),
    "an image is gone": (Scenario(Past(RAN), described={T9: None}), T8, UNKNOWN),
    "a label is no tag": (Scenario(Past(RAN), described={T9: labelled("a b")}), T8, UNKNOWN),
    "a floor is none that the scheme orders": (Scenario(Past(RAN), floors=written("v2")), T8, UNKNOWN),
    "nor is the target": (Scenario(Past([(8, "v1.2"), (9, T9)]), floors=written(T8)), "v1.2", UNKNOWN),
    "but without a floor that matters to nobody": (
        Scenario(Past([(8, "v1.2"), (9, T9)])),
        "v1.2",
        FREE,
    ),
    "so many have run that not all are looked at": (
        Scenario(Past([(number / 10, built(number / 10)) for number in range(60)])),
        built(0),
        UNKNOWN,
    ),
    "of several images one is enough": (
        Scenario(Past([(8, (T8, T8)), (9, (T9, T9))]), images=(IMAGE, SECOND), described={T9: labelled(T9)}),
        T8,
        FLOORED,
    ),
}


def judged(scenario, target):
    situation = scenario._situation({})
    state = situation.states[Placement("staging", "shop")]
    asked = judge_way_back(target, state, {})
    answers = {one: scenario._look_up(one) for one in asked} if isinstance(asked, frozenset) else {}
    said = judge_way_back(target, state, answers)
    assert not isinstance(said, frozenset), "it asks all at once"
    return said


@pytest.mark.parametrize(("scenario", "target", "expected"), WAYS.values(), ids=WAYS.keys())
def test_what_is_in_the_way(scenario, target, expected):
    said = judged(scenario, target)
    assert said is None if expected == FREE else isinstance(said, Ruling)
    if said is not None:
        assert (said.code, said.passes, said.unread) == ("rollback_floor", False, expected == UNKNOWN)
        assert said.sentence.startswith(
            f"{target} is too old: no way back below "
            if expected == FLOORED
            else f"whether there is a rollback floor above {target} cannot be said: "
        )


def test_what_ran_is_asked_about_by_the_digest_that_was_recorded():
    scenario = Scenario(Past(RAN, {T9: digest_of("another")}))
    state = scenario._situation({}).states[Placement("staging", "shop")]
    assert judge_way_back(T8, state, {}) == {ImageOf(IMAGE, f"{T9}@{digest_of('another')}")}


# --- forward ------------------------------------------------------------------------------------------------

PROVEN = [(8, T8), (9, T9)]
FORWARD = {
    "nothing is said": ({}, f"-> {T9}", "no rollback floor lies between it and " + T8),
    "the file has one between": ({"floors": written(T9)}, "reversible: no way back below", None),
    "the floor is reached already": ({"floors": written(T8)}, f"-> {T9}", None),
    "or is still to come": ({"floors": written(T10)}, f"-> {T9}", None),
    "the label of the candidate": ({"described": {T9: labelled(T9)}}, "reversible: no way back below", None),
    "a label that only repeats what runs": ({"described": {T9: labelled(T8)}}, f"-> {T9}", None),
    "the label of another build": ({"described": {T7: labelled(T9)}}, f"-> {T9}", None),
    "the file cannot be read": (
        {"floors": RecordedFloors(unread="x")},
        "reversible: whether there is a way back from it cannot be said: x",
        None,
    ),
}


@pytest.mark.parametrize(("more", "expected", "said"), FORWARD.values(), ids=FORWARD.keys())
def test_reversible_lets_nothing_be_pushed_that_has_no_way_back(more, expected, said):
    scenario = Scenario(Past([*PROVEN]), Past([(8.5, T8)]), [T8, T9], now=12, gates=REVERSIBLE, **more)
    scenario.production_delivers = "push"
    assert agrees(scenario.outcome("production"), expected)
    decision = scenario.decided("production")
    if isinstance(decision, Promote):
        told = [ruling.sentence for ruling in decision.rulings if ruling.code == "reversible"]
        assert [said] == told if said else len(told) == 1
    scenario.production_delivers = "pull-request"
    proposed = scenario.decided("production")
    assert proposed.tag == T9, "the fix must be mergeable"
    left = [ruling.code for ruling in proposed.rulings if ruling.left_to_people]
    assert left == ([] if isinstance(decision, Promote) else ["reversible"])


@pytest.mark.parametrize("gates", [{}, {"reversible": Reversible.model_validate(False)}])
def test_where_the_gate_is_not_asked_people_are_told_before_they_merge(gates):
    past = (Past(PROVEN), Past([(8.5, T8)]))
    scenario = Scenario(*past, [T8, T9], now=12, floors=written(T9), gates=gates)
    decision = scenario.decided("production")
    told = [ruling for ruling in decision.rulings if ruling.code == "reversible"]
    assert [(ruling.passes, ruling.sentence) for ruling in told] == [
        (True, f"note that once it runs there is no way back below {T9}: a column went ({PATH}:2)")
    ]


def test_where_nothing_runs_there_is_no_way_back_to_lose():
    scenario = Scenario(Past([(8, "latest")]), tags=[T9], floors=written(T9), gates_of_staging=REVERSIBLE)
    assert scenario.outcome("staging") == f"-> {T9}"
