"""What has no way back is proposed, and only a person merges it: not we, and not the forge for us."""

import pytest
from world.scene import PRODUCTION, promoted, well

FLOORS = ".updater/rollback-floors.yaml"


@pytest.fixture
def native(scene):
    """The forge merges by itself what it is told to, once it is approved; and there has to be a way back."""
    scene.hub.allow_auto_merge(scene.repository)
    scene.require_review()
    scene.settings(auto_merge=True)
    scene.config["environments"][PRODUCTION]["gates"] = {"reversible": True}
    return scene


def floor(scene, tag):
    text = f"floors:\n  - {{app: shop, tag: {tag}, why: it drops a column}}\n"
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, "main", {FLOORS: text}, "Say what cannot go back")


def status(scene):
    said = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))[0]
    return said.state, said.description


def test_what_we_have_told_the_forge_to_merge_goes_off_again(native):
    tag = native.proven()
    for _ in range(4):
        well(native.run())
    assert native.pull().auto_merge
    floor(native, tag)
    for _ in range(2):
        report = well(native.run())
    assert promoted(report, PRODUCTION) == tag
    assert native.pull().auto_merge is None
    state, description = status(native)
    assert state == "pending"
    assert "no way back" in description


def test_we_never_tell_it_to(native):
    tag = native.proven()
    floor(native, tag)
    for _ in range(3):
        well(native.run())
    assert native.pull().auto_merge is None
    assert status(native)[0] == "pending"
    assert "a person may merge it all the same, the updater does not" in native.pull().body


def test_of_an_environments_apps_one_is_enough(native):
    native.settings(group="environment")
    shop, blog = native.build("shop"), native.build("blog")
    well(native.run())
    native.soak()
    floor(native, shop)
    for _ in range(2):
        report = well(native.run())
    assert promoted(report, PRODUCTION, "blog") == blog
    assert native.pull().auto_merge is None
    state, description = status(native)
    assert state == "pending"
    assert description.startswith("shop: ")
