"""Where a tag that failed its verification may go, and who is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from scenario import Past, Scenario, built

from updater.config.kinship import kin_of
from updater.decide import decide
from updater.decide.conditions import judge_what_runs
from updater.model import DeploymentVerdict, Placement, Request, Ruling, WhatRuns
from updater.reasons import failure_reasons

OLD, BAD, NEXT = built(0), built(1), built(2)


@dataclass
class Fleet(Scenario):
    """Staging, and two clusters of production after it: `a` and `b`."""

    failed: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """By environment, tags and which of its commits brought them."""
    verified: Mapping[str, str] = field(default_factory=dict)
    unread: Sequence[str] = ()

    def _situation(self, answers):
        unread, self.unread = self.unread, ()
        made = super()._situation(answers)
        self.unread = unread
        states = {name: self._with_record(name, state) for name, state in made.states.items()}
        kin = kin_of(state.policy for state in states.values())
        return replace(made, states=states, kin=kin)

    def _with_record(self, name, state):
        found = tuple(self._verdict(name, *each, state) for each in self.failed.get(name.environment, ()))
        away = Ruling(failure_reasons.VERDICTS_UNREADABLE, False, "line 1 is no verdict", unread=True)
        return replace(
            state, verdicts=found, verdicts_unread=away if name.environment in self.unread else None
        )

    def _verdict(self, name, tag, number, state):
        at = self._at(5)
        return DeploymentVerdict(name, tag, f"{number:040x}", "failed", at, at, at, ("X fired",), ("alerts",))

    def conditions(self):
        runs = judge_what_runs(self._situation({}), WhatRuns())
        return {(one.placement.environment, one.kind.code, one.key.split()[0]) for one in runs.conditions}


def fleet(**changes):
    usual = {
        "staging": Past([(0, OLD), (2, BAD)]),
        "production": Past([(1, OLD)]),
        "others": {"b": Past([(1, OLD)])},
        "after": {"production": ("staging",), "b": ("staging",)},
        "tags": [OLD, BAD],
    }
    return Fleet(**{**usual, **changes})


IN_STAGING = {"staging": [(BAD, 1)]}
IN_B = {"b": [(BAD, 1)]}
RAN_IN_B = {"others": {"b": Past([(1, OLD), (3, BAD)])}}
AGAIN = {"staging": Past([(0, OLD), (2, BAD), (4, OLD), (6, BAD)])}

ROWS = {
    "nothing has failed": (fleet(), "production", f"-> {BAD}"),
    "it failed before": (
        fleet(failed=IN_STAGING),
        "production",
        "failed: it failed its verification in staging",
    ),
    "it failed before, far": (
        fleet(
            failed=IN_STAGING,
            production=Past([(1, OLD), (3, BAD)]),
            after={"production": ("staging",), "b": ("production",)},
        ),
        "b",
        "failed: in staging",
    ),
    "it failed beside": (
        fleet(failed=IN_B, **RAN_IN_B),
        "production",
        "failed_beside: which comes after the same",
    ),
    "beside the other way": (fleet(failed=IN_B, **RAN_IN_B, after={"b": ()}), "production", f"-> {BAD}"),
    "where it came from it goes on to run": (fleet(failed=IN_B, **RAN_IN_B), "staging", "up_to_date: "),
    "the next one goes on": (
        fleet(failed=IN_STAGING, staging=Past([(0, OLD), (2, BAD), (4, NEXT)]), tags=[OLD, BAD, NEXT]),
        "production",
        f"-> {NEXT}",
    ),
    "somebody has set it again there": (fleet(failed=IN_STAGING, **AGAIN), "production", f"-> {BAD}"),
    "and it failed again": (
        fleet(failed={"staging": [(BAD, 1), (BAD, 3)]}, **AGAIN),
        "production",
        "failed: ",
    ),
    "somebody releases it": (fleet(failed=IN_STAGING, released=[BAD]), "production", f"-> {BAD}"),
    "nobody can say": (fleet(unread=["staging"]), "production", "verdicts_unreadable: staging: line 1"),
    "nobody can say beside": (fleet(unread=["b"]), "production", "verdicts_unreadable: b: line 1"),
    "nobody can say here": (fleet(unread=["production"]), "production", "verdicts_unreadable: line 1"),
    "nobody can say in what comes after": (fleet(unread=["b"]), "staging", "up_to_date: "),
}


@pytest.mark.parametrize(("world", "environment", "outcome"), ROWS.values(), ids=ROWS.keys())
def test_a_tag_that_failed(world, environment, outcome):
    code, _, part = outcome.partition(": ")
    told = world.outcome(environment)
    assert told.partition(": ")[0] == code
    assert part in told


def ordered(kind, tag, environment="production", **overrides):
    return Request(kind, Placement(environment, "shop"), tag, "kim", "we need it", overrides)


@pytest.mark.parametrize(
    ("world", "outcome"),
    [
        (fleet(failed=IN_STAGING, request=ordered("promote", BAD)), f"-> {BAD}"),
        (fleet(unread=["staging"], request=ordered("promote", BAD)), f"-> {BAD}"),
        (fleet(failed=IN_B, **RAN_IN_B, request=ordered("promote", BAD)), "failed_beside"),
        (
            fleet(failed=IN_B, **RAN_IN_B, request=ordered("promote", BAD, failed_beside="only b")),
            f"-> {BAD}",
        ),
        (
            fleet(
                failed={"production": [(OLD, 0)]},
                unread=["staging"],
                production=Past([(1, OLD), (3, BAD)]),
                request=ordered("rollback", OLD),
            ),
            f"-> {OLD}",
        ),
    ],
)
def test_a_person_who_names_it_may(world, outcome):
    assert world.outcome("production").partition(":")[0] == outcome


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (fleet(), set()),
        (fleet(failed=IN_STAGING), {("staging", "failed", "staging")}),
        (fleet(failed=IN_B, **RAN_IN_B), {("staging", "failed", "b"), ("b", "failed", "b")}),
        (fleet(failed=IN_STAGING, staging=Past([(0, OLD), (2, BAD), (4, OLD)])), set()),
        (fleet(failed=IN_STAGING, **AGAIN), set()),
    ],
)
def test_what_runs_and_has_failed_is_told_there_and_before(world, told):
    assert {one for one in world.conditions() if one[1] == "failed"} == told


def test_nobody_is_in_doubt_whether_it_failed_where_that_cannot_be_read():
    situation = fleet(unread=["staging"])._situation({})
    assert decide(situation)
    runs = judge_what_runs(situation, WhatRuns())
    assert "failed" in {kind.code for place, kind in runs.unjudged if place.environment == "staging"}
