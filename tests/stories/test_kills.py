"""I6: whatever call is cut, before or after it was carried out, the next passes reach the same end state."""

import pytest
from world.calls import struck
from world.scene import well

from updater.sandbox.world import PRODUCTION

CALLS = 12
"""More than one pass over one proposal makes of any kind."""
DRESS = {
    "labels": ["promotion"],
    "reviewers": ["bob", "team:platform"],
    "assignees": ["kim"],
    "milestone": "Spring",
}
WORN = ["promotion", "bob", "platform", "kim", "Spring"]


@pytest.fixture(autouse=True)
def metadata_history(scene):
    scene.hub.create_milestone(scene.repository, "Spring")
    scene.settings(**DRESS)


def settle(scene):
    """Passes until nothing is left to do; then one more, which does nothing."""
    scene.hub.lift()
    scene.world.clock.forward(hours=1)
    for _ in range(3):
        scene.run()
    before = scene.everything()
    asked = len(scene.hub.requests)
    well(scene.run("another"))
    assert scene.everything() == before
    assert not scene.writes(asked)


def stands_as_proposed(scene, tag):
    """One pull request, one commit of ours on the base, the right words, a green status."""
    (pull,) = scene.pulls("all")
    assert (pull.state, pull.title) == ("open", f"production: shop {tag}")
    assert f"`{tag}`" in pull.body
    branch = scene.log(pull.head)
    assert branch[0].parents == (scene.world.head(),) or branch[1].sha in {c.sha for c in scene.log()}
    assert scene.pinned("shop", PRODUCTION, pull.head) == tag
    assert scene.hub.statuses(scene.repository, scene.branch_head(pull))[0].state == "success"
    assert scene.worn(pull) == WORN


def cut(scene, call, *, carried_out, matching):
    scene.hub.fail_next(1, 502, matching=matching, after=call, carried_out=carried_out)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(CALLS))
def test_opening_a_proposal(scene, call, carried_out):
    tag = scene.proven()
    cut(scene, call, carried_out=carried_out, matching="/api/v3")
    scene.run()
    settle(scene)
    stands_as_proposed(scene, tag)


@pytest.mark.parametrize("call", struck(CALLS))
def test_a_process_that_dies_while_opening_a_proposal(scene, call):
    """From that call on it says nothing any more; another one goes on."""
    tag = scene.proven()
    scene.hub.fail_next(99, 503, matching="/api/v3", after=call)
    scene.run()
    scene.hub.lift()
    for _ in range(3):
        well(scene.run("another"))
    settle(scene)
    stands_as_proposed(scene, tag)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(7))
def test_putting_a_newer_one_into_it(scene, call, carried_out):
    scene.proposed()
    tag = scene.proven()
    cut(scene, call, carried_out=carried_out, matching="/api/v3")
    scene.run()
    settle(scene)
    stands_as_proposed(scene, tag)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(4))
def test_pushing(scene, call, carried_out):
    tag = scene.proven()
    cut(scene, call, carried_out=carried_out, matching=r"\.git/")
    scene.run()
    settle(scene)
    stands_as_proposed(scene, tag)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(5))
def test_closing_what_is_obsolete_rejects_nothing(scene, call, carried_out):
    tag, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", tag)
    cut(scene, call, carried_out=carried_out, matching="/api/v3")
    scene.run()
    settle(scene)
    assert pull.state == "closed"
    assert "Closed: production already runs" in pull.body
    assert not scene.branches()
    newer = scene.proven()
    scene.run()
    assert scene.pull().title == f"production: shop {newer}"
