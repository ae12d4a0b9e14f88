"""Waves become ordinary policy, `after` and a soak; what cannot be meant is a sentence with its line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from commands.calling import call
from small_config import HOSTS, write

from updater.config.kinship import Kin, kin_of
from updater.errors import ConfigError
from updater.model import Placement

MAIN = "config/updater.yaml"
A, B, C, D = (f"cluster-{letter}/production" for letter in "abcd")
WAVES = f"production: [[{A}], [{B}, {C}], [{D}]]"
PRODUCTION = """\
  production:
    repository: deploy
    path: apps/{app}/production
    after: staging
    gates:
      soak: 30m
    deliver: pull-request
"""
COMMIT = "commit: {email: updater@example.org}\n"
LISTED = "  - staging\n  - production\n"
EVERYWHERE = ("staging", A, B, C, D)


def _environment(name: str, settings: str) -> str:
    own = f", {settings}" if settings else ""
    return f"  {name}: {{repository: deploy, path: 'apps/{{app}}/{name}', deliver: push{own}}}\n"


def with_waves(
    load_with,
    waves=f"{WAVES}, bake: 2h",
    *,
    said=None,
    of_shop=None,
    present=EVERYWHERE,
    guardrails="",
):
    """The small config with four clusters; `said` of them, and what shop says of them otherwise."""
    return load_with(*_changes(waves, said, of_shop, present, guardrails))


def _changes(waves, said=None, of_shop=None, present=EVERYWHERE, guardrails=""):
    said = {A: "after: staging, gates: {soak: 30m}", B: "after: staging", C: "after: staging"} | (said or {})
    clusters = "".join(_environment(name, said.get(name, "after: staging")) for name in (A, B, C, D))
    theirs = "".join(f"  {name}: {{{(of_shop or {}).get(name, '')}}}\n" for name in present)
    return [
        (COMMIT, f"{COMMIT}waves: {{{waves}}}\n{guardrails}"),
        (PRODUCTION, clusters),
        (LISTED, theirs),
    ]


def told(config, name, app="shop"):
    """What an app comes after there, and how long a tag has to run in it, as minutes."""
    policy = config.policies[Placement(name, app)]
    soak = policy.gates.get("soak")
    return policy.after, soak and int(soak.length / timedelta(minutes=1))


def faults(load_with, *args, **more):
    with pytest.raises(ConfigError) as caught:
        with_waves(load_with, *args, **more)
    return caught.value.faults


BECOMES = {
    "each comes after all of the wave before, and the bake is its soak": (
        {},
        {A: (("staging",), 30), B: ((A,), 120), C: ((A,), 120), D: ((B, C), 120)},
    ),
    "an app without one of a wave comes after the rest of it": (
        {"present": ("staging", A, B, D)},
        {B: ((A,), 120), D: ((B,), 120)},
    ),
    "an app without any of a wave goes by the one before it": (
        {"present": ("staging", A, D)},
        {D: ((A,), 120)},
    ),
    "an app without any wave before goes by the environment's own after and gates": (
        {"present": ("staging", B, D), "said": {B: "after: staging, gates: {soak: 10m}"}},
        {B: (("staging",), 10), D: ((B,), 120)},
    ),
    "one that says nothing of its own comes after its wave all the same": (
        {"said": {C: ""}},
        {C: ((A,), 120)},
    ),
    "a longer soak of its own stays": (
        {"said": {D: "after: staging, gates: {soak: 3h}"}},
        {D: ((B, C), 180)},
    ),
    "a shorter one does not": (
        {"said": {D: "after: staging, gates: {soak: 5m}"}},
        {D: ((B, C), 120)},
    ),
    "nor does an app that leaves the soak out": (
        {"of_shop": {D: "gates: {soak: false}"}},
        {D: ((B, C), 120)},
    ),
    "nor one that would soak shorter": (
        {"of_shop": {D: "gates: {soak: 1m}"}},
        {D: ((B, C), 120)},
    ),
    "what it comes after besides is asked, too": (
        {"said": {D: f"after: [staging, {A}, qa]"}, "qa": True},
        {D: ((B, C, "qa"), 120)},
    ),
    "an environment by itself is a wave": (
        {"waves": f"production: [{A}, [{B}, {C}], {D}], bake: 1h"},
        {B: ((A,), 60), D: ((B, C), 60)},
    ),
    "there may be several lists": (
        {"waves": f"east: [{A}, {B}], west: [{C}, {D}], bake: 1h"},
        {A: (("staging",), 30), B: ((A,), 60), C: (("staging",), None), D: ((C,), 60)},
    ),
    "no bake is one, too": (
        {"waves": f"production: [{A}, {B}], bake: 0s"},
        {B: ((A,), 0)},
    ),
}


@pytest.mark.parametrize(("how", "expected"), BECOMES.values(), ids=BECOMES.keys())
def test_waves_become(load_with, how, expected):
    how = dict(how)
    if how.pop("qa", False):
        qa = _environment("qa", "after: staging")
        changes = _changes(f"{WAVES}, bake: 2h", how["said"], present=(*EVERYWHERE, "qa"))
        changes[1] = (changes[1][0], qa + changes[1][1])
        config = load_with(*changes)
    else:
        config = with_waves(load_with, **how)
    assert {name: told(config, name) for name in expected} == expected


def test_how_a_soak_counts_stays_as_the_environment_says(load_with):
    said = {B: "after: staging, gates: {soak: {for: 5m, counts: running}}"}
    soak = with_waves(load_with, said=said).policies[Placement(B, "shop")].gates["soak"]
    assert (soak.length, soak.counts) == (timedelta(hours=2), "running")


def test_it_is_known_who_goes_along_and_who_goes_last(load_with):
    config = with_waves(load_with, present=("staging", A, B, D))
    waves = {name: config.policies[Placement(name, "shop")].wave for name in (A, B, D)}
    assert [(of.number, of.beside, of.last) for of in waves.values()] == [
        (1, (), (D,)),
        (2, (), (D,)),
        (3, (), ()),
    ]
    assert config.policies[Placement("staging", "shop")].wave is None


def test_who_goes_along_is_beside_it_whatever_each_comes_after(load_with):
    """A failure in one holds the others: in the first wave they need not come after the same."""
    said = {A: "after: staging", B: "after: qa", C: "after: staging", D: "after: staging"}
    changes = _changes(f"production: [[{A}, {B}], [{C}], [{D}]], bake: 2h", said, present=(*EVERYWHERE, "qa"))
    changes[1] = (changes[1][0], _environment("qa", "") + changes[1][1])
    kin = kin_of(load_with(*changes).policies.values())
    assert kin[Placement(A, "shop")] == Kin(beside=(B,), after=(C, D))
    assert kin[Placement(C, "shop")] == Kin(beside=(), after=(D,))


def test_a_bake_is_strict_enough_for_a_guardrail_and_an_app_that_has_none_is_not(load_with):
    rails = f"guardrails: {{{D}: {{gates: {{soak: 2h}}}}}}\n"
    with_waves(load_with, guardrails=rails)
    (fault,) = faults(load_with, guardrails=rails, present=("staging", D))
    assert fault.endswith(f"weakens the guardrail in {MAIN}:10: soak has to be there")


WRONG = {
    "an unknown environment": (
        {"waves": f"production: [[{A}], [cluster-bb/production]], bake: 2h"},
        f"{MAIN}:9: waves.production[1][0]: unknown environment 'cluster-bb/production': did you mean {B}?",
    ),
    "one in two waves": (
        {"waves": f"production: [[{A}, {B}], [{C}, {A}]], bake: 2h"},
        f"{MAIN}:9: waves.production[1][1]: {A} is in a wave already ({MAIN}:9): keep one of them",
    ),
    "one in the waves of two lists": (
        {"waves": f"east: [{A}, {B}], west: [{B}], bake: 2h"},
        f"{MAIN}:9: waves.west[0]: {B} is in a wave already ({MAIN}:9): keep one of them",
    ),
    "an empty wave": (
        {"waves": f"production: [[{A}], []], bake: 2h"},
        (
            f"{MAIN}:9: waves.production[1]: is an empty wave: name the environments that go together, or "
            "leave it out"
        ),
    ),
    "no wave": (
        {"waves": "production: [], bake: 2h"},
        f"{MAIN}:9: waves.production: has no wave: write a list of them, such as [[cluster-a/production], …]",
    ),
    "no waves": (
        {"waves": "bake: 2h"},
        (
            f"{MAIN}:9: waves: names no waves: write them as production: [[cluster-a/production], "
            "[cluster-b/production]]"
        ),
    ),
    "a pattern": (
        {"waves": f"production: [[{A}], [pr-*]], bake: 2h"},
        f"{MAIN}:9: waves.production[1][0]: pr-* stands for many: name the environments of a wave one by one",
    ),
    "a bake without a unit": (
        {"waves": f"{WAVES}, bake: 120"},
        f"{MAIN}:9: waves.bake: 120 is no duration: write it like 90s, 30m, 1h30m or 7d",
    ),
    "no bake": (
        {"waves": WAVES},
        (
            f"{MAIN}:9: waves: bake is missing: how long a tag has to run in all of a wave before the next "
            "one gets it, such as 2h"
        ),
    ),
    "a name that is none": (
        {"waves": f"Production: [{A}, {B}], bake: 2h"},
        (
            f"{MAIN}:9: waves.Production: 'Production' is no name: use a-z, 0-9 and single - in between, "
            "such as shop-api"
        ),
    ),
    "an after in the same wave": (
        {"said": {B: f"after: {C}"}},
        (
            f"{MAIN}:16: environments.{B}.after: {C} is in the same wave (waves.production, {MAIN}:9): leave "
            "it out here, or move one of them to another wave"
        ),
    ),
    "an after in a later wave": (
        {"said": {A: f"after: [staging, {D}]"}},
        (
            f"{MAIN}:15: environments.{A}.after.{D}: {D} is in a later wave (waves.production, {MAIN}:9): "
            "leave it out here, or move one of them to another wave"
        ),
    ),
    "one that is content with any": (
        {"said": {B: f"after: {{any: [staging, {A}]}}"}},
        (
            f"{MAIN}:16: environments.{B}.after: one of several is enough here, and by waves.production "
            f"({MAIN}:9) it comes after all of the wave before: write a list"
        ),
    ),
    "an app that says it": (
        {"of_shop": {D: f"after: {{any: [{B}, {C}]}}"}},
        (
            f"config/apps/shop.yaml:8: environments.{D}.after: one of several is enough here, and by "
            f"waves.production ({MAIN}:9) it comes after all of the wave before: write a list"
        ),
    ),
    "a circle of two lists": (
        {
            "waves": f"east: [{A}, {B}], west: [{C}, {D}], bake: 2h",
            "said": {A: f"after: {D}", C: f"after: {B}"},
        },
        (
            f"{MAIN}:15: environments.{A}.after: environments come after one another in a circle: "
            f"{A} -> {D} -> {C} -> {B} -> {A}"
        ),
    ),
    "an app that would get each new image at once": (
        {"said": {B: ""}, "present": ("staging", B)},
        (
            f"config/apps/shop.yaml:5: environments.{B}: shop is in no wave before it ({A}), and it has no "
            f"`after` of its own to go by: write one in environments.{B}"
        ),
    ),
    "a list": ({"waves": "production: bake"}, None),
}


@pytest.mark.parametrize(("how", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_meant_is_said(load_with, how, said):
    found = faults(load_with, **how)
    assert said is None or found == (said,)


def test_what_an_app_says_against_a_wave_is_said_of_the_app(load_with):
    (fault,) = faults(load_with, of_shop={B: f"after: {C}"})
    assert fault.startswith(f"config/apps/shop.yaml:6: environments.{B}.after: {C} is in the same wave")


# --- what is shown --------------------------------------------------------------------------------------


def _written(folder):
    write(folder, (HOSTS, ""), *_changes(f"{WAVES}, bake: 2h"))


def test_effective_shows_what_a_wave_became_and_where_it_is_written(tmp_path):
    _written(tmp_path)
    status, out, err = call("check", "--effective", folder=tmp_path)
    assert (status, err) == (0, "")
    mine = out.split(f"shop in {B}\n")[1].split("shop in ")[0].splitlines()
    assert [line.split(None, 1)[1] for line in mine if line.split()[0] in {"after", "gate", "wave"}] == [
        A,
        f"2 of waves.production, beside {C} (config/updater.yaml:5)",
        "soak: for 2h, counts since",
        "rollback  built_after",
    ]


def test_so_does_json(tmp_path):
    _written(tmp_path)
    document = json.loads(call("check", "--effective", "--output", "json", folder=tmp_path)[1])
    waves = {each["environment"]: each["wave"] for each in document["effective"]}
    assert waves["staging"] is None
    assert waves[C] == {
        "waves": "production",
        "number": 2,
        "beside": [B],
        "last": [D],
        "written_in": "config/updater.yaml:5",
    }
