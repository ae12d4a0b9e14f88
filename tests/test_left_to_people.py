"""What keeps only us from deploying a tag: it is proposed, and only a person merges it."""

from dataclasses import replace
from datetime import UTC
from typing import ClassVar

import pytest
from scenario import Past, Scenario, Shown, built

from updater import messages
from updater.config import PullRequestSettings
from updater.gates.gate import Gate
from updater.model import CommitStatus, Placement, Request, Ruling, Version
from updater.reasons import Reason
from updater.views.rulings import told

T8, T9 = built(8), built(9)
SHOP = Placement("production", "shop")
BRANCH = "updater/app/production--shop"
GREEN = CommitStatus("success", "every gate passes")
WAITS = CommitStatus("pending", "production burns")
MERGES = PullRequestSettings(auto_merge=True)


class Burning(Gate):
    """Always in the way of whoever is no person."""

    reason: ClassVar[Reason] = Reason("burning", "fact", "…", overridable=True, asked_of_rollback=False)
    unread: bool = False

    def judge(self, case):
        return Ruling(self.reason, False, "production burns", proposable=True, waits=True, unread=self.unread)


GATES = {"burning": Burning()}
UNREAD = {"burning": Burning(unread=True)}


def production(**more):
    past = {"staging": Past([(9, T8), (10, T9)]), "production": Past([(8.5, T8)]), "tags": [T8, T9]}
    return Scenario(**{**past, "gates": GATES, **more})


ROWS = [
    pytest.param(
        production(),
        [f"push {BRANCH}", f"open production: shop {T9}", "success: every gate passes"],
        id="it is proposed, and green for the person who merges",
    ),
    pytest.param(
        production(pull_request=MERGES),
        [f"push {BRANCH}", f"open production: shop {T9}", "pending: production burns"],
        id="where we merge what is green, it is not",
    ),
    pytest.param(production(shown=Shown(T9, status=GREEN)), [], id="an open one stays green"),
    pytest.param(
        production(shown=Shown(T9, status=GREEN), pull_request=MERGES),
        ["pending: production burns"],
        id="an open one that we would merge waits, and is not merged",
    ),
    pytest.param(
        production(shown=Shown(T9, status=WAITS), pull_request=MERGES), [], id="and is told nothing twice"
    ),
    pytest.param(
        production(shown=Shown(T9, status=WAITS), pull_request=MERGES, gates={}),
        ["success: every gate passes", "merge", f"delete {BRANCH}"],
        id="once that is over we merge it",
    ),
    pytest.param(
        production(shown=Shown(T9, status=GREEN), pull_request=MERGES, gates=UNREAD),
        ["pending: production burns"],
        id="nor is it merged where nobody can say",
    ),
    pytest.param(production(production_delivers="push"), [], id="nothing is pushed"),
    pytest.param(
        production(
            production_delivers="push",
            request=Request("promote", SHOP, T9, "kim", overrides={"burning": "a hotfix"}),
        ),
        [f"chore(shop): bump production to {T9}"],
        id="but by a person who passes over it",
    ),
]


@pytest.mark.parametrize(("scenario", "steps"), ROWS)
def test_what_is_left_to_people(scenario, steps):
    assert scenario.steps() == steps


def test_where_we_push_it_holds_and_says_why():
    assert production(production_delivers="push").outcome("production") == "burning: production burns"


def test_a_person_who_asks_by_name_gets_a_pull_request():
    asked = production(request=Request("promote", SHOP, T9, "kim"))
    assert asked.outcome("production") == f"-> {T9}"


def test_a_person_goes_back_whatever_burns():
    back = Request("rollback", SHOP, T8, "kim")
    past = Past([(8.5, T8), (11, T9)])
    assert (
        production(production=past, production_delivers="push", request=back).outcome("production")
        == f"-> {T8}"
    )


def bump(*rulings):
    return messages.Bump(SHOP, None, Version((T9,), T9), {}, UTC, rulings=rulings)


def body(*rulings):
    return messages.body([bump(*rulings)], "acme")


RULING = Ruling(
    Burning.reason, True, "errors are in their limits", measured="errors 0.2 %", link="http://p/graph"
)


def test_the_body_shows_what_was_measured_and_where_it_is_drawn():
    text = body(RULING)
    assert "* errors are in their limits: errors 0.2 % ([graph](http://p/graph)) (`burning`)" in text


def test_another_number_is_no_other_evidence():
    now, later = body(RULING), body(replace(RULING, measured="errors 0.3 %"))
    assert now != later
    assert messages.evidence_in(now) == messages.evidence_in(later)
    assert messages.evidence_in(body(replace(RULING, sentence="errors are above"))) != messages.evidence_in(
        now
    )


def test_the_body_says_who_may_merge():
    left = replace(RULING, passes=False, proposable=True, measured=None, link=None)
    assert "limits; a person may merge it all the same, the updater does not (`burning`)" in body(left)
    assert told(RULING) == "errors are in their limits: errors 0.2 % (http://p/graph)"
