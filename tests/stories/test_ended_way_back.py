"""A way back that was proposed by itself is over once what failed runs no more."""

import pytest
from stories.test_automatic_way_back import merged, order
from world.scene import ARGOCD_TOKEN, SOAK, reason, well
from world.verdicts import failed_now, record, shop

from updater import messages
from updater.messages import verdicts_path, verdicts_ref
from updater.sandbox.world import FIRST_TAG, PRODUCTION, overlay

IN_PRODUCTION = shop(PRODUCTION)
ASKED = "updater/asked/production--shop"


@pytest.fixture(autouse=True)
def verified(scene, monkeypatch):
    argocd = scene.with_argocd(gates={"soak": f"{SOAK}m"})
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    scene.config["environments"][PRODUCTION]["verify"] = {"for": "15m", "then": "rollback"}
    return argocd


def proposed(scene):
    """What runs in production has failed, and to go back is proposed; what failed, and the pull request."""
    bad = merged(scene)
    failed_now(scene, IN_PRODUCTION)
    well(scene.run())
    pull = scene.pull()
    assert (pull.head, state_of(scene, pull)) == (ASKED, "success")
    scene.world.clock.forward(minutes=1)
    return bad, pull


def state_of(scene, pull):
    return scene.hub.statuses(scene.repository, scene.branch_head(pull))[0].state


def on(scene):
    """A person moves on."""
    scene.set(PRODUCTION, "shop", scene.build())


def back(scene):
    scene.set(PRODUCTION, "shop", FIRST_TAG)


def back_and_again(scene):
    bad = scene.pinned("shop", PRODUCTION)
    back(scene)
    scene.world.clock.forward(minutes=1)
    scene.set(PRODUCTION, "shop", bad)


def is_over(scene, pull):
    runs = scene.pinned("shop", PRODUCTION)
    assert (scene.pulls(), pull.state) == ([], "closed")
    assert ASKED not in scene.branches()
    marker = messages.read_marker(pull.body)
    assert marker.closed.startswith(f"production runs {runs} by commit ")
    assert pull.body.count("Closed: ") == 1


@pytest.mark.parametrize("moved", [on, back, back_and_again])
def test_it_is_closed_with_a_sentence_and_keeps_nobody_away(scene, moved):
    _, pull = proposed(scene)
    moved(scene)
    well(scene.run())
    is_over(scene, pull)
    well(scene.run())
    before = scene.everything()
    well(scene.run("another"))
    assert scene.everything() == before, "a quiet pass writes nothing"
    newer = scene.proven()
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION, scene.pull().head) == newer


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(3))
def test_i6_killed_while_it_is_closed(scene, call, carried_out):
    """Between the reason in its marker, the closing and the branch."""
    _, pull = proposed(scene)
    on(scene)
    writes = r"(PATCH|POST) .*/pulls|DELETE|git-receive-pack"
    scene.hub.fail_next(99, 503, matching=writes, after=call, carried_out=carried_out)
    scene.run()
    scene.hub.lift()
    for _ in range(2):
        well(scene.run("another"))
    is_over(scene, pull)


def test_what_somebody_has_pushed_to_turns_red_and_is_left(scene):
    _, pull = proposed(scene)
    text = scene.text(PRODUCTION, ref=pull.head)
    scene.hub.commit(scene.repository, pull.head, {overlay(PRODUCTION): text + "# and more\n"}, "More")
    on(scene)
    well(scene.run())
    said = scene.hub.statuses(scene.repository, scene.branch_head(pull))[0]
    assert (pull.state, said.state) == ("open", "failure")
    assert said.description.startswith("over: production runs ")
    before = scene.everything()
    assert reason(well(scene.run("another")), PRODUCTION)[0] == "asked"
    assert scene.everything() == before


def broken_record(scene):
    git, ref = scene.hub.find(scene.repository).git, verdicts_ref("main")
    tip, path = git.resolve(ref), verdicts_path(IN_PRODUCTION)
    made = git.write("odd", tip, {path: b"{\n"}, "Odd", scene.hub.forge.signature(scene.hub.human))
    git.update_refs({ref: made, "refs/heads/odd": None})


def silent_registry(scene):
    scene.registry.fail_next(50, 503, matching="tags/list")


def left_alone(scene):
    scene.pull().labels.append(messages.STOP)


@pytest.mark.parametrize("doubt", [broken_record, silent_registry, left_alone])
def test_in_doubt_nothing_is_closed(scene, doubt):
    _, pull = proposed(scene)
    on(scene)
    doubt(scene)
    scene.run()
    assert (pull.state, state_of(scene, pull)) == ("open", "success")


def test_a_persons_order_is_nobodys_to_close(scene):
    merged(scene)
    order(scene, IN_PRODUCTION, None, "rollback")
    pull = scene.pull()
    on(scene)
    well(scene.run())
    assert (pull.head, pull.state) == (ASKED, "open")


def test_who_copies_its_words_has_opened_it(scene):
    _, pull = proposed(scene)
    scene.hub.close(scene.repository, pull.number)
    own = scene.hub.open(scene.repository, ASKED, base="main", title="Back", body=pull.body)
    on(scene)
    well(scene.run())
    assert [each.number for each in scene.pulls()] == [getattr(own, "number", own)]
    assert state_of(scene, pull) == "failure"


def test_a_persons_way_back_takes_its_place(scene):
    good = merged(scene)
    record(scene, IN_PRODUCTION, good, "verified")
    scene.world.clock.forward(minutes=1)
    _, pull = proposed(scene)
    assert scene.pinned("shop", PRODUCTION, ASKED) == good
    order(scene, IN_PRODUCTION, FIRST_TAG, "rollback")
    assert [each.number for each in scene.pulls()] == [pull.number]
    assert scene.pinned("shop", PRODUCTION, ASKED) == FIRST_TAG
    assert "Asked for by kim" in scene.log(ASKED)[0].message
    assert messages.read_marker(pull.body).failed is None
    assert state_of(scene, pull) == "success"
    before = scene.everything()
    well(scene.run("another"))
    assert scene.everything() == before
    scene.merge(pull)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
