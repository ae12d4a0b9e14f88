"""What a merged pull request is told of its deployment: once, while that is news."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scenario import Past, Scenario, Shown, built

from updater.messages import verified_comment
from updater.model import Comment, CommentsOf, DeploymentVerdict, Placement
from updater.plan import plan
from updater.plan.verification_comments import FRESH, verification_comments

SHOP = Placement("production", "shop")
T9 = built(9)
SCENE = Scenario(staging=Past([(9, T9)]), production=Past([(1, built(8)), (10, T9)]), tags=[T9], now=11)


def merged_and(
    result="verified", *, ago=timedelta(), merged=True, comments=(), commit=None, scene=SCENE, **more
):
    """Our pull request has brought what production runs, and of that something was found."""
    situation = scene._situation({})
    state = situation.states[SHOP]
    stay = state.timeline.current
    since, written = situation.now - ago - timedelta(minutes=15), situation.now - ago
    found = DeploymentVerdict(SHOP, T9, commit or stay.by, result, since, written, written, **more)
    pull = SCENE._proposal(state.policy, Shown(T9))
    state = replace(state, verdicts=(found,), merged=pull if merged else None)
    known = {CommentsOf(pull.pull_request.number): dict(comments)}
    return replace(situation, states={**situation.states, SHOP: state}, answers=known), found


def told(result="verified", **how):
    """What is commented on the pull request that brought what production runs."""
    situation, found = merged_and(result, **how)
    return list(verification_comments(situation.states[SHOP], situation)), found


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("verified", "is verified in production**: all was well from 2026-02-02 10:45:00 KST to"),
        ("failed", "failed its verification in production** (alerts) at 2026-02-02 11:00:00 KST"),
        ("unknown", "is not verified in production**: nobody could watch it from"),
    ],
)
def test_it_is_told_how_it_ended(result, said):
    failed = ("alerts",) if result == "failed" else ()
    (comment,), _ = told(result, seen=("AppHighErrorRate fired <b>",), failed=failed)
    assert (comment.number, comment.key) == (7, "verified-shop")
    assert said in comment.text
    assert "* AppHighErrorRate fired" in comment.text
    assert "<b>" not in comment.text
    assert ("updater rollback shop production" in comment.text) is (result == "failed")


def test_a_pass_tells_it_also_where_config_names_no_application():
    situation, _ = merged_and()
    assert situation.states[SHOP].policy.health is None
    steps = plan(situation, (), SCENE._config(situation)).steps
    assert [step.key for step in steps if isinstance(step, Comment)] == ["verified-shop"]


def test_what_stands_there_is_not_written_again():
    (comment,), found = told()
    zone = SCENE._policy("production").tags.scheme.zone
    assert told(comments={"verified-shop": verified_comment(found, zone)})[0] == []
    (again,), _ = told(comments={"verified-shop": "another word"})
    assert again == comment


@pytest.mark.parametrize(
    "how",
    [
        {"result": "cut"},
        {"merged": False},
        {"scene": replace(SCENE, production=Past([(1, T9), (8, built(10)), (10, T9)]))},
        {"commit": "e" * 40},
        {"ago": FRESH + timedelta(seconds=1)},
        {"ago": -timedelta(seconds=1)},
    ],
    ids=["cut by a newer one", "pushed", "what came back", "of another stay", "long ago", "not yet"],
)
def test_nobody_has_to_hear_of(how):
    assert told(**how)[0] == []
