"""Where environments go in waves: a newcomer is nobody's canary."""

import pytest
from scenario import Past, Scenario, agrees, built

from updater.gates.soak import Soak
from updater.model import Placement, Request, Ruling
from updater.reasons import pin_reasons

T8, T9, T10 = (built(hour) for hour in (8, 9, 10))
NEW = Past([(1, "latest")])
ALIAS = Ruling(pin_reasons.ALIAS, False, "an alias")


def newcomer(*, waves=(("production",), ("far",)), far=None, tags=(T8, T9, T10), now=24, **more):
    """Production joins, and comes after a staging that has gone on to the newest build."""
    others = more.pop("others", {"far": far or Past([(9, T8), (12, T9)])})
    after = {"production": ("staging",), **dict.fromkeys(others, ("production",))}
    return Scenario(
        staging=Past([(8, T8), (10, T9), (11, T10)]),
        production=more.pop("past", NEW),
        tags=tags,
        now=now,
        others=others,
        after=after,
        waves=waves,
        production_delivers="push",
        **more,
    )


BESIDE = {"near": Past([(9, T8), (12, T9)])}
WITH_A_SIBLING = (("first",), ("production", "near"))
ROWS = {
    "it begins with what all of the last wave run": (newcomer(), f"-> {T9}"),
    "also where the wave is its own": (
        newcomer(waves=WITH_A_SIBLING, others=BESIDE),
        f"-> {T9}",
    ),
    "of several, with the newest that all have run": (
        newcomer(
            waves=(("production",), ("far", "off")),
            others={"far": Past([(9, T8), (12, T9)]), "off": Past([(9, T8)])},
        ),
        f"-> {T8}",
    ),
    "the last wave counts, not the one in between": (
        newcomer(
            waves=(("production",), ("far",), ("off",)),
            others={"far": Past([(9, T8), (12, T9)]), "off": Past([(9, T8)])},
        ),
        f"-> {T8}",
    ),
    "one that has run nothing either says nothing": (
        newcomer(waves=(("production",), ("far", "off")), others={"far": Past([(9, T8)]), "off": NEW}),
        f"-> {T8}",
    ),
    "where nobody of the last wave has run anything it goes first": (newcomer(far=NEW), f"-> {T10}"),
    "nor where they have run nothing in common": (
        newcomer(
            waves=(("production",), ("far", "off")),
            others={"far": Past([(9, T9)]), "off": Past([(9, T8)])},
        ),
        f"-> {T10}",
    ),
    "who is the last wave alone goes by its after": (
        newcomer(waves=(("first",), ("production",)), others={"first": Past([(9, T8)])}),
        f"-> {T10}",
    ),
    "who has run something goes by its after": (
        newcomer(past=Past([(9, T8)])),
        f"-> {T10}",
    ),
    "what the last wave went back from is not run there": (
        newcomer(far=Past([(9, T8), (12, T9), (13, T8)])),
        f"-> {T8}",
    ),
    "a gate that holds that one holds the newcomer": (
        newcomer(now=10.5, far=Past([(10.2, T9)]), gates={"soak": Soak.model_validate("1h")}, tags=[T9]),
        "soak",
    ),
    "the tag that is kept away is named, and who has not run it": (
        newcomer(tags=[T10]),
        (
            f"last_wave: production has run nothing yet, so it begins with a tag that all of the last wave "
            f"run, and far does not run {T10}"
        ),
    ),
    "what was not read lately lets nothing pass": (
        newcomer(unread=["far"]),
        "last_wave: production has run nothing yet, and what far runs, of the last wave, was not read lately",
    ),
    "nor what cannot be read": (newcomer(trouble={"far": ALIAS}), "last_wave"),
    "a person who names a tag has decided": (
        newcomer(request=Request("promote", Placement("production", "shop"), T10, "kim")),
        f"-> {T10}",
    ),
}


@pytest.mark.parametrize(("scenario", "expected"), ROWS.values(), ids=ROWS.keys())
def test_a_newcomer(scenario, expected):
    outcome = scenario.outcome("production")
    assert agrees(outcome, expected), outcome
