"""A tag that moves, followed by what it points to."""

from datetime import timedelta

import pytest
from world.scene import promoted, reason, well

from updater.config import load
from updater.errors import ConfigError
from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, HOST, OWNER, PRODUCTION, STAGING

IMAGE = f"{HOST}/{OWNER}/shop"


class Story:
    def __init__(self, scene, pin="tag+digest", held=(STAGING, PRODUCTION)):
        self.scene = scene
        self.pin = pin
        for name in (STAGING, PRODUCTION):
            scene.config["environments"][name] |= {"tags": {"follow": {"digest": "main"}}, "pin": pin}
        scene.apps = {"shop": scene.apps["shop"]}
        self.first = self.push()
        for name in held:
            self.write(name, self.first)

    def push(self, **ago):
        """CI moves the tag to a new image; its digest."""
        self.scene.world.clock.forward(seconds=1)
        made = self.scene.world.clock() - timedelta(**ago)
        return self.scene.registry.push("acme/shop", "main", created=made)

    def lines(self, digest):
        tag = "    newTag: main\n" if self.pin == "tag+digest" else ""
        return f"  - name: {IMAGE}\n{tag}    digest: {digest}\n"

    def write(self, name, digest):
        """A person writes it."""
        held = self.held(name)
        old = self.lines(held) if held else f"  - name: {IMAGE}\n    newTag: {FIRST_TAG}\n"
        self.scene.rewrite(name, old, self.lines(digest))

    def held(self, name, ref="main"):
        text = self.scene.text(name, ref).partition(f"name: {IMAGE}\n")[2]
        lines = [line.strip() for line in text.splitlines()[:2]]
        return next((line.removeprefix("digest: ") for line in lines if line.startswith("digest: ")), None)

    def timeline(self, report, name=STAGING):
        return [(stay.tag[-6:], stay.ended) for stay in report.timelines[Placement(name, "shop")].stays]


@pytest.fixture(params=["tag+digest", "digest"])
def story(scene, request):
    return Story(scene, request.param)


@pytest.fixture
def both(scene):
    return Story(scene)


def test_staging_follows_the_tag_and_only_the_digest_changes(story):
    before, new = story.scene.text(STAGING), story.push()
    well(story.scene.run())
    assert story.scene.text(STAGING) == before.replace(story.first, new)
    (commit,) = story.scene.ours()
    assert commit.subject == f"chore(shop): bump staging to main@{new[7:19]}"
    assert f"\nUpdater-Pin: staging shop {IMAGE}:main@{new}\n" in f"{commit.message}\n"
    assert not well(story.scene.run()).steps


def test_i5_a_quiet_pass_costs_the_listing_and_where_the_tag_points(story):
    story.push()
    for _ in range(2):
        well(story.scene.run())
    story.scene.registry.requests.clear()
    assert not well(story.scene.run()).steps
    asked = [(each.method, each.path) for each in story.scene.registry.requests]
    assert asked == [
        ("GET", "/v2/acme/shop/tags/list?n=1000"),
        ("HEAD", "/v2/acme/shop/manifests/main"),
    ]


def test_production_gets_the_digest_that_has_soaked_though_the_tag_has_moved_on(story):
    old = story.push()
    well(story.scene.run())
    story.scene.soak()
    new = story.push()
    well(story.scene.run())
    assert story.held(STAGING) == new
    pull = story.scene.pull()
    assert pull.title == f"production: shop main@{old[7:19]}"
    assert f'"tag":"main@{old}"' in pull.body
    assert story.held(PRODUCTION, pull.head) == old
    well(story.scene.run())
    status = story.scene.hub.statuses(story.scene.repository, story.scene.branch_head(story.scene.pull()))
    assert status[0].state == "success"
    story.scene.merge(pull)
    well(story.scene.run())
    assert story.held(PRODUCTION) == old


def test_a_revert_stands_and_the_next_image_goes_on(story):
    bad = story.push()
    well(story.scene.run())
    story.scene.world.revert(story.scene.world.head())
    report = well(story.scene.run())
    assert reason(report, STAGING)[0] == "rolled_back"
    assert story.held(STAGING) == story.first
    assert [ended for _, ended in story.timeline(report)][-2:] == ["backwards", "still"]
    good = story.push()
    well(story.scene.run())
    assert story.held(STAGING) == good != bad


def test_what_was_rolled_back_in_staging_does_not_reach_production(story):
    bad = story.push()
    well(story.scene.run())
    story.scene.soak()
    story.scene.world.revert(story.scene.world.head())
    well(story.scene.run())
    assert story.held(PRODUCTION) == story.first != bad
    assert not story.scene.pulls()


def test_a_tag_moved_back_to_an_older_image_is_not_followed(story):
    new = story.push()
    well(story.scene.run())
    story.scene.registry.tag("acme/shop", "main", story.first)
    assert reason(well(story.scene.run()), STAGING)[0] in {"not_newer", "up_to_date"}
    story.push(hours=5)
    assert reason(well(story.scene.run()), STAGING)[0] in {"not_newer", "up_to_date"}
    assert story.held(STAGING) == new


def test_a_digest_somebody_rejected_is_not_proposed_again(both):
    both.push()
    well(both.scene.run())
    both.scene.soak()
    well(both.scene.run())
    both.scene.hub.close(both.scene.repository, both.scene.pull().number)
    for _ in range(2):
        well(both.scene.run())
    assert not both.scene.pulls()
    new = both.push()
    well(both.scene.run())
    both.scene.soak()
    assert promoted(well(both.scene.run()), PRODUCTION) == f"main@{new}"


def test_a_digest_that_is_gone_from_the_registry_keeps_its_place_in_history(both):
    """Retention deletes what no tag points to: history still tells what came before what."""
    for _ in range(3):
        gone = both.push()
        well(both.scene.run())
    del both.scene.registry._repositories["acme/shop"].manifests[both.first]
    del both.scene.registry._repositories["acme/shop"].manifests[gone]
    both.scene._updaters.clear()
    new = both.push()
    well(both.scene.run())
    assert both.held(STAGING) == new


def test_rollback_and_promote_by_name(both):
    bad = both.push()
    well(both.scene.run())
    both.scene.world.clock.forward(seconds=5)
    done = both.scene.command("rollback", "shop", STAGING, "--why", "bad", "--by", "kim")
    assert done.returncode == 0, done
    assert both.held(STAGING) == both.first
    done = both.scene.command("promote", "shop", STAGING, "--tag", f"main@{bad}", "--why", "x", "--by", "kim")
    assert done.returncode == 0, done
    assert both.held(STAGING) == bad


def test_a_pin_without_a_digest_yet_gets_one(scene):
    story = Story(scene, held=[PRODUCTION])
    story.scene.config["environments"][STAGING]["create"] = True
    story.scene.rewrite(STAGING, f"{IMAGE}\n    newTag: {FIRST_TAG}", f"{IMAGE}\n    newTag: main")
    well(story.scene.run())
    assert story.held(STAGING) == story.first


def test_somebody_else_s_tag_stays(both):
    both.scene.rewrite(STAGING, "newTag: main", "newTag: v1.2.3")
    both.push()
    assert reason(well(both.scene.run()), STAGING)[0] == "foreign_current"


def test_an_unreadable_image_holds_and_leaves_the_proposal_alone(both):
    both.push()
    well(both.scene.run())
    both.scene.soak()
    for _ in range(2):
        well(both.scene.run())
    before = both.scene.everything()
    both.push()
    both.scene.registry.fault("GET .*/blobs/", 503)
    report = both.scene.run()
    assert reason(report, STAGING)[0] == reason(report, PRODUCTION)[0] == "registry_unavailable"
    assert both.scene.everything() == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pin": "tag"}, "main moves, so the pin has to say where to"),
        ({"tags": {"follow": {"digest": "main"}, "forbid": ["ma*"]}}, "forbids tags like ma*"),
        ({"tags": {"follow": "timestamp"}}, "let both follow the same"),
        ({"tags": {"follow": {"digest": "edge"}}}, "let both follow the same"),
        ({"tags": {"follow": "digest"}}, "the tag to follow, such as main"),
    ],
)
def test_what_cannot_be_sound_is_refused_in_one_sentence(both, change, sentence):
    both.scene.config["environments"][STAGING] |= change
    with pytest.raises(ConfigError) as caught:
        load(both.scene.configure())
    assert sentence in str(caught.value)


def test_an_app_of_two_images_cannot_follow_one_digest(both):
    both.scene.apps["shop"]["images"].append(f"{HOST}/{OWNER}/worker")
    with pytest.raises(ConfigError, match="this app has 2 images"):
        load(both.scene.configure())
