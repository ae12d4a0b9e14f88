"""A pull request that is no longer judged is not green (I10).

Whatever takes its app out of our care: the status falls, the forge's own merging goes off, and it is said, in
the very pass that knows it.
"""

import pytest
from world.scene import HOST, OWNER, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING


def production(scene):
    return scene.config["environments"][PRODUCTION]


def list_it_twice(scene):
    """Which of the two is the pin?"""
    entry = f"  - name: {HOST}/{OWNER}/blog\n"
    scene.rewrite(PRODUCTION, entry, f"  - name: {HOST}/{OWNER}/shop\n    newTag: x\n{entry}")


LEAVES = {
    "others deliver there": lambda s: production(s).update(deliver="none"),
    "it is pushed there, and a gate holds it": lambda s: production(s).update(
        deliver="push", gates={"soak": "90m"}
    ),
    "its path is not there": lambda s: production(s).update(path="infra/k8s/overlays/nowhere"),
    "it shall have a digest, and has none": lambda s: production(s).update(pin="tag+digest"),
    "its image has another name": lambda s: s.apps["shop"].update(images=[f"{HOST}/{OWNER}/shop2"]),
    "the updater has another name": lambda s: s.config.update(instance="other"),
    "its image is listed twice": list_it_twice,
}


@pytest.fixture(params=[False, True], ids=["merged by people", "merged by the forge"])
def proposed(scene, request):
    """Open and green; where the forge merges, it waits for one approval."""
    production(scene)["gates"] = {}
    scene.require_review()
    if request.param:
        scene.hub.allow_auto_merge(scene.repository)
        scene.settings(auto_merge=True, method="squash")
    scene.build()
    for _ in range(4):
        well(scene.run())
    assert (scene.pull().auto_merge is not None) == request.param
    assert status(scene).state == "success"
    return scene


def status(scene, number=1):
    pull = scene.hub.pull(scene.repository, number)
    return scene.hub.statuses(scene.repository, scene.branch_head(pull))[0]


def comments(scene, number=1):
    return [comment.body for comment in scene.hub.pull(scene.repository, number).comments]


@pytest.mark.parametrize("leave", LEAVES.values(), ids=[*LEAVES])
def test_what_is_not_judged_is_not_merged(proposed, leave):
    scene = proposed
    leave(scene)
    scene.run("later")
    assert status(scene).state == "failure", status(scene)
    assert scene.pull().auto_merge is None
    scene.set(STAGING, "shop", FIRST_TAG, message="Roll back")
    scene.run("later")
    scene.hub.approve(scene.repository, 1, "bob")
    scene.hub.settle(scene.repository)
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG


@pytest.mark.parametrize("leave", LEAVES.values(), ids=[*LEAVES])
def test_it_is_said_once_why(proposed, leave):
    scene = proposed
    leave(scene)
    for _ in range(3):
        scene.run("later")
    (said,) = comments(scene)
    assert "not judge" in said or "no longer" in said, said
    assert status(scene).description
    writes = len(scene.writes())
    scene.run("later")
    assert len(scene.writes()) == writes, scene.writes()[writes:]


def test_a_tag_that_is_followed_no_more_is_not_green(proposed):
    """As where a team goes over from times to versions while a pull request is open."""
    scene = proposed
    for environment in scene.config["environments"].values():
        environment["tags"] = {"follow": "semver"}
    scene.run("later")
    assert status(scene).state == "failure", status(scene)
    assert status(scene).description == "it is no semver tag, and this follows semver"
    assert scene.pull().auto_merge is None
    assert "is no semver tag" in "".join(comments(scene))
    writes = len(scene.writes())
    scene.run("later")
    assert len(scene.writes()) == writes, scene.writes()[writes:]


def test_a_tag_that_people_may_deploy_though_it_is_followed_no_more_stays_green(proposed):
    scene = proposed
    for environment in scene.config["environments"].values():
        environment["tags"] = {"follow": "semver", "allow": ["2*-*"]}
    scene.run("later")
    assert status(scene).state == "success", status(scene)


@pytest.mark.parametrize(
    "leave", ["others deliver there", "its path is not there", "its image is listed twice"]
)
def test_what_comes_back_is_judged_again(proposed, leave):
    scene = proposed
    before, text = dict(production(scene)), scene.text(PRODUCTION)
    LEAVES[leave](scene)
    scene.run("later")
    assert status(scene).state == "failure"
    production(scene).clear()
    production(scene).update(before)
    if scene.text(PRODUCTION) != text:
        scene.world.revert(scene.world.head())
    for _ in range(2):
        well(scene.run("again"))
    assert status(scene).state == "success", status(scene)


def test_what_is_pushed_since_is_closed_once_its_tag_is_on_the_base(proposed):
    scene = proposed
    production(scene).update(deliver="push")
    for _ in range(3):
        well(scene.run("later"))
    pull = scene.hub.pull(scene.repository, 1)
    assert pull.state == "closed"
    assert scene.pinned("shop", PRODUCTION) != FIRST_TAG
    assert "already runs" in pull.body


def test_a_failed_reading_leaves_it_as_it_was(proposed):
    """I14: what could not be read neither passes a gate nor takes one away."""
    scene = proposed
    scene.registry.fail_next(99, 503)
    scene.run("later")
    assert status(scene).state == "success"


# --- another base branch --------------------------------------------------------------------------------


@pytest.fixture
def moved(scene):
    """A proposal is open, and the config names another base branch since."""
    tag, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release")
    scene.config["repositories"]["deploy"]["branch"] = "release"
    return scene, tag, pull


def test_a_change_of_the_base_branch_is_followed_by_a_new_pull_request(moved):
    scene, tag, old = moved
    well(scene.run("later"))
    assert scene.hub.pull(scene.repository, old.number).state == "closed"
    assert "release" in scene.hub.pull(scene.repository, old.number).body
    well(scene.run("later"))
    (new,) = scene.pulls()
    assert (new.base, new.number > old.number) == ("release", True)
    assert scene.pinned("shop", PRODUCTION, ref=new.head) == tag
    writes = len(scene.writes())
    well(scene.run("later"))
    assert len(scene.writes()) == writes


def test_what_people_pushed_to_stays_theirs_when_the_base_branch_changes(moved):
    scene, _, old = moved
    scene.hub.commit(scene.repository, old.head, {"notes.md": "wait"}, "A note")
    head = scene.branch_head(old)
    for _ in range(3):
        scene.run("later")
    assert scene.hub.pull(scene.repository, old.number).state == "open"
    assert scene.branch_head(old) == head


def test_what_a_person_aims_elsewhere_is_not_taken_for_a_change_of_the_config(scene):
    _, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release")
    scene.hub.retarget(scene.repository, pull.number, "release")
    report = scene.run()
    assert scene.hub.pull(scene.repository, pull.number).state == "open"
    code, sentence = reason(report, PRODUCTION)
    assert code == "retargeted"
    assert "aim it back" in sentence
    assert "to close it rejects its tag" in sentence
