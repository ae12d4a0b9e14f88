"""What a person may order, as commands that the command line takes."""

import shlex
from datetime import UTC, datetime

import pytest
import typer
from reason_of import reason_of

from updater.cli import app as command_line
from updater.model import Hold, Placement, Promote, Ruling, Stay, Timeline
from updater.views.orders import orders

PLACE = Placement("cluster-a/production", "shop")
AT = datetime(2026, 2, 2, 5, tzinfo=UTC)
NEW = "20260202-140000"


def ran(*tags):
    stays = tuple(Stay(tag, AT, "a" * 40, True, AT, "newer", "b" * 40) for tag in tags[:-1])
    return Timeline(
        (*stays, Stay(tags[-1], AT, "c" * 40, True, None, "still")), frozenset(tags), {}, None, None, None
    )


def held(*codes, candidate=NEW, command=None):
    rulings = tuple(Ruling(reason_of(code), False, code, command=command) for code in codes)
    return Hold(PLACE, "old", rulings, candidate)


def said(decision, timeline=None, deliver="push"):
    found = [each.command for each in orders(decision, timeline or ran("old"), deliver)]
    return [command.replace("shop cluster-a/production", "…").removeprefix("updater ") for command in found]


HOLD = "hold … --why WHY"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["up_to_date"], [HOLD]),
        (["soak"], [f"promote … --tag {NEW} --override soak --why WHY", HOLD]),
        (["soak", "window"], [f"promote … --tag {NEW} --override soak --override window --why WHY", HOLD]),
        (["soak", "split"], [HOLD]),
        (["rolled_back"], [f"release … --tag {NEW}", f"promote … --tag {NEW}", HOLD]),
        (["built_before_rollback"], ["release …", f"promote … --tag {NEW}", HOLD]),
        (["line_stopped"], ["release --all", HOLD]),
        (["rejected"], [f"promote … --tag {NEW}", HOLD]),
        (["split"], [HOLD]),
    ],
)
def test_each_hold_has_the_commands_that_change_it(codes, expected):
    assert said(held(*codes)) == expected


def test_what_a_person_holds_is_released_and_neither_held_again_nor_passed_over():
    assert said(held("held", command="updater release shop")) == ["release shop"]


@pytest.mark.parametrize(
    ("decision", "effect"),
    [
        (
            held("held", command="updater release shop cluster-a/production"),
            "lifts the hold: it goes on by itself",
        ),
        (held("held", command="updater release shop"), "lifts its holds in all its environments"),
        (
            held("held", command="updater release --all"),
            "lifts the hold over everything, in each deploy repository of the config",
        ),
        (held("line_stopped"), "lets everything go on, in each deploy repository of the config"),
    ],
)
def test_a_release_that_is_about_more_than_is_shown_says_so(decision, effect):
    assert orders(decision, ran("old"), "push")[0].effect == effect


def test_where_it_ran_something_else_there_is_a_way_back():
    assert said(held("up_to_date"), ran("older", "old")) == [HOLD, "rollback …"]
    assert said(Promote(PLACE, "old", NEW, {}, (), 0), ran("older", "old")) == [HOLD, "rollback …"]


def test_where_others_write_or_nothing_is_decided_nothing_can_be_ordered():
    assert said(held("soak"), deliver="none") == []
    assert orders(None, None, "push") == []


def test_what_a_promotion_does_depends_on_how_it_is_delivered():
    effects = [
        next(each.effect for each in orders(held("soak"), None, deliver) if each.order == "promote")
        for deliver in ("push", "pull-request")
    ]
    assert effects == [
        f"deploys {NEW} now, passing over soak",
        f"opens a pull request with {NEW} now, passing over soak",
    ]


def test_a_tag_that_a_shell_would_take_for_something_else_stays_one_word():
    odd = "a;b $(c)'d"
    (promote, _) = orders(held("soak", candidate=odd), None, "push")
    words = shlex.split(promote.command)
    assert words[words.index("--tag") + 1] == odd


def test_the_command_line_takes_every_one_of_them():
    commands = typer.main.get_command(command_line).commands
    for codes in (["soak", "window"], ["rolled_back"], ["built_before_rollback"], ["line_stopped"]):
        for each in orders(held(*codes), ran("older", "old"), "push"):
            _, verb, *rest = shlex.split(each.command)
            commands[verb].make_context(verb, rest)
