"""Tags that say nothing of time, followed by when their images were created."""

from datetime import timedelta

import pytest
from world.scene import decided, promoted, reason, well

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, HOST, OWNER, PRODUCTION, STAGING

IMAGE = f"{HOST}/{OWNER}/shop"
FOLLOW = {"follow": "created", "allow": [], "forbid": []}


class Story:
    def __init__(self, scene):
        self.scene = scene
        self.count = 0
        for name in (STAGING, PRODUCTION):
            scene.config["environments"][name]["tags"] = FOLLOW
        scene.apps = {"shop": scene.apps["shop"]}
        self.first = self.build()
        for name in (STAGING, PRODUCTION):
            scene.rewrite(name, f"shop\n    newTag: {FIRST_TAG}", f"shop\n    newTag: {self.first}")

    def build(self, *, created=None, **ago):
        """CI pushes an image created then, or so long ago; the later, the smaller its tag is as text."""
        self.scene.world.clock.forward(seconds=1)
        self.count += 1
        tag = f"sha-{0xFFFFFFF - self.count:07x}"
        created = created or self.scene.world.clock() - timedelta(**ago)
        self.scene.registry.push("acme/shop", tag, created=created)
        return tag

    def lose(self, tag):
        """The registry no longer has it, for so long that it is believed."""
        self.scene.registry.delete("acme/shop", tag)
        for _ in range(3):
            self.scene.run()

    def staged(self):
        return self.scene.pinned("shop", STAGING)


@pytest.fixture
def story(scene):
    return Story(scene)


def test_staging_follows_the_newest_image_whatever_its_tag(story):
    tags = [story.build() for _ in range(3)]
    well(story.scene.run())
    assert story.staged() == tags[-1]
    assert story.scene.ours()[0].subject == f"chore(shop): bump staging to {tags[-1]}"


def test_an_older_image_that_is_pushed_later_is_none(story):
    new = story.build()
    well(story.scene.run())
    story.build(hours=1)
    assert reason(well(story.scene.run()), STAGING)[0] == "up_to_date"
    assert story.staged() == new


def test_i5_a_quiet_pass_costs_one_listing(story):
    story.build()
    well(story.scene.run())
    story.scene.run()
    story.scene.registry.requests.clear()
    assert not well(story.scene.run()).steps
    assert [each.path for each in story.scene.registry.requests] == ["/v2/acme/shop/tags/list?n=1000"]


def test_a_revert_stands_and_the_next_build_goes_on(story):
    bad = story.build()
    well(story.scene.run())
    story.scene.world.revert(story.scene.world.head())
    assert reason(well(story.scene.run()), STAGING)[0] == "rolled_back"
    assert story.staged() == story.first
    good = story.build()
    well(story.scene.run())
    assert story.staged() == good != bad


def test_what_was_created_before_the_revert_waits(story):
    story.build()
    well(story.scene.run())
    story.scene.world.clock.forward(hours=2)
    story.scene.world.revert(story.scene.world.head())
    story.build(hours=1)
    assert reason(well(story.scene.run()), STAGING)[0] == "built_before_rollback"


def test_production_gets_what_has_soaked(story):
    tag = story.build()
    well(story.scene.run())
    story.scene.soak()
    story.build()
    well(story.scene.run())
    assert story.scene.pull().title == f"production: shop {tag}"
    assert "| built | 2026-02-02" in story.scene.pull().body


def test_what_was_rejected_is_rejected_with_all_that_is_older(story):
    old, new = story.build(), story.build()
    well(story.scene.run())
    story.scene.soak()
    well(story.scene.run())
    assert story.scene.pull().title.endswith(new)
    story.scene.hub.close(story.scene.repository, story.scene.pull().number)
    story.lose(new)
    well(story.scene.run())
    shown = story.scene.command("explain", "shop", PRODUCTION, "--tag", old).stdout
    assert f"- rejected: the pull request for {new} was closed unmerged" in shown
    third = story.build()
    well(story.scene.run())
    story.scene.soak()
    assert promoted(well(story.scene.run()), PRODUCTION) == third


def test_a_tag_that_is_gone_counts_as_new_as_it_can_have_been(story):
    """Its image was there when it was set: only what was created after that is surely newer."""
    gone = story.build()
    before = story.scene.world.clock()
    well(story.scene.run())
    story.scene.world.clock.forward(hours=2)
    story.lose(gone)
    older = story.build(created=before)
    assert reason(well(story.scene.run()), STAGING)[0] == "not_newer"
    assert story.staged() == gone
    shown = story.scene.command("explain", "shop", STAGING, "--tag", older).stdout
    assert "nobody can say any more when it was created" in shown
    newer = story.build()
    well(story.scene.run())
    assert story.staged() == newer


def test_a_gone_tag_that_was_rolled_back_keeps_what_is_older_away(story):
    bad = story.build()
    well(story.scene.run())
    story.scene.world.revert(story.scene.world.head())
    story.lose(bad)
    story.build(minutes=1)
    code, _ = reason(well(story.scene.run()), STAGING)
    assert code in {"not_newer", "rolled_back", "built_before_rollback", "up_to_date"}
    assert story.staged() == story.first


def test_an_image_that_cannot_be_read_holds_and_leaves_the_proposal_alone(story):
    story.build()
    well(story.scene.run())
    story.scene.soak()
    well(story.scene.run())
    before = story.scene.everything()
    story.build()
    story.scene.registry.fault("GET .*/blobs/", 503)
    report = story.scene.run()
    assert reason(report, STAGING)[0] == reason(report, PRODUCTION)[0] == "registry_unavailable"
    assert story.scene.everything() == before
    assert not report.steps


def test_a_tag_that_moved_is_read_anew_before_anything_rests_on_it(story):
    tag = story.build()
    story.scene.run(act=False)
    story.scene.registry.push("acme/shop", tag, created=story.scene.world.clock() - timedelta(days=9))
    assert reason(story.scene.run(), STAGING)[0] == "moved"
    assert reason(story.scene.run(), STAGING)[0] == "up_to_date"
    assert story.staged() == story.first


def test_one_that_says_nothing_plausible_is_no_candidate(story):
    story.scene.registry.push("acme/shop", "sha-0000000", created="1970-01-01T00:00:00Z")
    told = well(story.scene.run())
    assert reason(told, STAGING)[0] == "up_to_date"
    (remark,) = decided(told)[Placement(STAGING, "shop")].remarks
    assert remark.code == "undated"
    assert "sha-0000000" in remark.sentence


def test_explain_does_not_call_it_another_kind_of_tag(story):
    story.scene.registry.push("acme/shop", "sha-0000000", created="1970-01-01T00:00:00Z")
    told = story.scene.command("explain", "shop", STAGING, "--tag", "sha-0000000").stdout
    assert "undated: nobody knows when its image was created" in told
    assert "not_followed" not in told


def test_where_no_image_ever_says_it_nothing_is_up_to_date(story):
    """Reproducible builds: nothing could be promoted for ever, and nobody would be told why."""
    for tag in (story.first, "sha-1111111", "sha-2222222"):
        story.scene.registry.push("acme/shop", tag, created="1970-01-01T00:00:00Z")
    code, sentence = reason(well(story.scene.run()), STAGING)
    assert code == "undated"
    assert "sha-1111111, sha-2222222" in sentence
    assert "let the build set `created`" in sentence


def test_after_a_restart_nothing_is_read_again(story):
    for _ in range(5):
        story.build()
    well(story.scene.run())
    story.scene.registry.requests.clear()
    assert "the newest created tag" in story.scene.command("explain", "shop", STAGING).stdout
    paths = [each.path for each in story.scene.registry.requests if each.status == 200]
    assert not [path for path in paths if "/blobs/" in path or "sha256:" in path]


def test_a_way_back_stays_open_while_the_registry_lists_nothing(story):
    story.build()
    well(story.scene.run())
    story.scene.registry.fault("tags/list", 503)
    story.scene.world.clock.forward(seconds=5)
    story.scene.command("rollback", "shop", STAGING, "--to", story.first, "--why", "x", "--by", "kim")
    assert story.staged() == story.first


def test_while_old_tags_are_still_to_be_read_it_waits(story, monkeypatch):
    monkeypatch.setattr("updater.observe.image_dates.DATED_AT_ONCE", 2)
    tags = [story.build() for _ in range(4)]
    code, sentence = reason(well(story.scene.run()), STAGING)
    assert (code, sentence[:13]) == ("still_reading", "when 3 images")
    assert reason(well(story.scene.run()), STAGING)[0] == "still_reading"
    well(story.scene.run())
    assert story.staged() == tags[-1]


def test_production_waits_while_nobody_can_order_what_staging_has_held(story):
    """Its own images come from a mirror that answers."""
    mirrored = f"{story.scene.registry.host}/mirror/shop"
    story.scene.rewrite(PRODUCTION, f"name: {IMAGE}\n", f"name: {IMAGE}\n    newName: {mirrored}\n")
    story.scene.apps["shop"]["environments"] = {STAGING: {}, PRODUCTION: {"image": mirrored}}
    story.scene.registry.push("mirror/shop", story.first)
    tag = story.build()
    story.scene.registry.push("mirror/shop", tag)
    well(story.scene.run())
    story.scene.soak()
    story.build()
    story.scene.registry.fault("GET /v2/acme/shop/blobs/", 503)
    assert reason(story.scene.run(), PRODUCTION)[0] == "predecessor_in_doubt"
    story.scene.registry.lift()
    assert promoted(well(story.scene.run()), PRODUCTION) == tag
