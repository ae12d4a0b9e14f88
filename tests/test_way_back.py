"""I15: of a human's way back nothing of policy or time is asked."""

from hypothesis import given
from hypothesis import strategies as some
from scenario import Past, Scenario, Shown, built

from updater.config import Limits
from updater.gates.age import Age
from updater.gates.freeze import Freeze
from updater.gates.platforms import Platforms
from updater.gates.reversible import Reversible
from updater.gates.soak import Soak
from updater.gates.source_order import SourceOrder
from updater.gates.window import Window
from updater.model import Placement, Promote, Request, Unreadable
from updater.reasons import failure_reasons, pin_reasons, reasons_in
from updater.views.reason_codes import all_reasons

T6, T7, T8, T9, T10 = (built(hour) for hour in (6, 7, 8, 9, 10))
EXCEPTIONS = {
    "file_missing": "the file",
    "file_ambiguous": "the file",
    "not_delivered": "others write the file",
    "not_there_yet": "the tag",
    "forbidden": "the tag",
    "no_way_back": "there is no tag",
    "up_to_date": "it runs the tag",
    "asked": "an order that is open",
    "retargeted": "an order that is open, and aimed elsewhere",
    "rollback_floor": "what a migration has left behind",
    "bug": "ours",
}
"""What may keep a person from going back, and what it is about. Beside these: what cannot be read of the
file, the tag or the forge, and the reasons about pins, which are about the file."""
READINGS = {reason.code for reason in reasons_in(failure_reasons)}
PINS = {reason.code for reason in reasons_in(pin_reasons)}


def test_i15_these_and_no_others_keep_a_person_from_going_back():
    asked = {reason for reason in all_reasons() if reason.asked_of_rollback and not reason.lifted_by_name}
    named = {reason.code for reason in asked} - READINGS - PINS
    assert named == EXCEPTIONS.keys()


def test_i15_time_keeps_nobody_but_while_a_host_has_the_branch_locked():
    asked = {each.code for each in all_reasons() if each.asked_of_rollback and not each.lifted_by_name}
    timed = {reason.code for reason in all_reasons() if reason.about == "time"}
    assert asked & timed == {"branch_queued"}


def test_i15_what_we_have_recorded_or_people_have_need_not_be_readable():
    unasked = {reason.code for reason in reasons_in(failure_reasons) if not reason.asked_of_rollback}
    assert unasked == {"holds_unreadable", "verdicts_unreadable"}


NOWHERE = Window.model_validate([{"days": "sun", "from": "03:00", "to": "03:01", "zone": "Asia/Seoul"}])
GATES = {
    "window": NOWHERE,
    "freeze": Freeze.model_validate([{"from": "2026-01-01", "to": "2026-12-31", "why": "audit"}]),
    "soak": Soak.model_validate("300h"),
    "age": Age.model_validate({"min": "100d"}),
    "platforms": Platforms.model_validate(["linux/arm64"]),
    "source_order": SourceOrder.model_validate(True),
    "reversible": Reversible.model_validate(True),
}
AWAY = Unreadable("no answer", transient=True, reason=failure_reasons.REGISTRY_UNAVAILABLE)
PROVEN = [(8, T8), (9, T9)]


@given(
    gates=some.sets(some.sampled_from(sorted(GATES))),
    deliver=some.sampled_from(["push", "pull-request"]),
    held=some.booleans(),
    unreadable_holds=some.sampled_from([None, failure_reasons.HOLDS_UNREADABLE, failure_reasons.TOO_LARGE]),
    stopped_line=some.booleans(),
    refused=some.none() | some.just("apps/shop.yaml:3: replicas"),
    unread=some.booleans(),
    retargeted=some.booleans(),
    shown=some.none() | some.builds(Shown, some.just(T9), edited=some.booleans(), stopped=some.booleans()),
    now=some.floats(-100, 1000),
    tags=some.sampled_from([(), (T9,), (T7, T8, T9, T10), AWAY]),
    rejected=some.booleans(),
    after_rollback=some.sampled_from(["built_after", "newer", "release"]),
    named=some.booleans(),
    described=some.sampled_from([{}, {T8: AWAY}]),
)
def test_i15_a_way_back_is_never_held_by_policy_or_time(named, gates, deliver, held, **more):
    unread, rejected = more.pop("unread"), more.pop("rejected")
    scenario = Scenario(
        Past(PROVEN),
        Past([(8, T7), (9, T8)]),
        gates={name: GATES[name] for name in gates},
        production_delivers=deliver,
        held={"production": "audit"} if held else {},
        unread=["staging"] if unread else [],
        rejected=[T7, T10] if rejected else [],
        limits=Limits(promotions_per_pass=1, open_proposals=1),
        request=Request("rollback", Placement("production", "shop"), T7 if named else None, by="kim"),
        **more,
    )
    decision = scenario.decided("production")
    assert isinstance(decision, Promote), decision
    assert decision.tag == T7
    assert all(ruling.passes for ruling in decision.rulings)
    told = {ruling.code: ruling.sentence for ruling in decision.rulings if ruling.overridden}
    assert all(sentence.startswith("passed over: ") for sentence in told.values())
    assert told.keys() >= ({"window", "freeze"} & gates)
    if more["unreadable_holds"] is not None:
        assert told[more["unreadable_holds"].code] == "passed over: holds.yaml: broken"
    elif held:
        assert told["held"] == "passed over: by order of kim: audit"
    assert ("line_stopped" in told) == more["stopped_line"]
    assert ("app_file_refused" in told) == (more["refused"] is not None)
