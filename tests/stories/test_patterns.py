"""Tags that carry a number, a date or a version and something more, through a revert and back."""

from datetime import timedelta

import pytest
from world.scene import reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

BY_NUMBER = {"numeric": {"pattern": "main-[a-f0-9]+-(?P<number>[0-9]+)"}}
BY_EPOCH = "{branch}-{sha}-{epoch}"
BY_DAY = "{date}.{number}"


class Story:
    def __init__(self, scene, follow):
        self.scene, self.follow, self.count = scene, follow, 0
        for name in (STAGING, PRODUCTION):
            scene.config["environments"][name]["tags"] = {"follow": follow, "allow": [], "forbid": []}
        scene.apps = {"shop": scene.apps["shop"]}
        first = self.build()
        for name in (STAGING, PRODUCTION):
            scene.rewrite(name, f"shop\n    newTag: {FIRST_TAG}", f'shop\n    newTag: "{first}"')

    def build(self, branch="main", **ago):
        """CI pushes an image that was created so long ago, and counts its builds."""
        self.scene.world.clock.forward(seconds=1)
        self.count += 1
        now = self.scene.world.clock()
        day = f"{now + timedelta(hours=9):%Y%m%d}.{self.count}"
        tag = day if self.follow == BY_DAY else f"{branch}-{self.count:07x}-{int(now.timestamp())}"
        self.scene.registry.push("acme/shop", tag, created=now - timedelta(**ago))
        return tag

    def staged(self):
        return self.scene.pinned("shop", STAGING)


@pytest.fixture(params=[BY_NUMBER, BY_EPOCH, BY_DAY], ids=["number", "epoch", "day"])
def story(scene, request):
    return Story(scene, request.param)


def test_a_build_after_a_revert_goes_on_by_itself(story):
    bad = story.build()
    well(story.scene.run())
    assert story.staged() == bad
    story.scene.world.clock.forward(minutes=5)
    story.scene.world.revert(story.scene.world.head())
    assert reason(well(story.scene.run()), STAGING)[0] == "rolled_back"
    story.scene.world.clock.forward(minutes=5)
    good = story.build()
    well(story.scene.run())
    assert story.staged() == good != bad


@pytest.mark.parametrize("story", [BY_NUMBER, BY_DAY], ids=["number", "day"], indirect=True)
def test_an_image_from_before_the_revert_waits_however_new_its_tag_is(story):
    story.build()
    well(story.scene.run())
    story.scene.world.clock.forward(minutes=5)
    story.scene.world.revert(story.scene.world.head())
    story.build(hours=1)
    assert reason(well(story.scene.run()), STAGING)[0] == "built_before_rollback"


@pytest.mark.parametrize("story", [BY_EPOCH], ids=["epoch"], indirect=True)
def test_another_branch_is_no_newer_build_of_the_one_that_runs(story):
    story.build("feature-7")
    code, sentence = reason(well(story.scene.run()), STAGING)
    assert (code, "what is newer is of another variant: feature-7-" in sentence) == ("another_variant", True)
    tag = story.build()
    well(story.scene.run())
    assert story.staged() == tag


def test_i5_a_quiet_pass_costs_one_listing(story):
    story.build()
    well(story.scene.run())
    story.scene.run()
    story.scene.registry.requests.clear()
    assert not well(story.scene.run()).steps
    assert [each.path for each in story.scene.registry.requests] == ["/v2/acme/shop/tags/list?n=1000"]
