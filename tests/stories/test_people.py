"""What people order by name, hold and release, and how the updater goes on afterwards."""

import pytest
from world.scene import decided, promoted, reason, well

from updater import holds, messages
from updater.holds import Everything, HoldEntry, Release
from updater.interpret.unknown_names import TOLD
from updater.model import Hold, HoldsChange, Placement, Promote, Request
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING


def order(scene, kind, environment, tag=None, **more):
    scene.world.clock.forward(seconds=5)
    request = Request(kind, Placement(environment, "shop"), tag, by="kim", **more)
    return scene.updater().run("deploy", act=True, request=request)


def hold(scene, app="shop", environment=None, why="audit", until=None):
    entry = HoldEntry(app=app, environment=environment, why=why, until=until, by="kim")
    return record(scene, app, environment, lambda data: holds.hold(data, entry))


def release(scene, environment, tag=None):
    entry = Release(app="shop", environment=environment, tag=tag, why="it was the database", by="kim")
    return record(scene, "shop", environment, lambda data: holds.release(data, entry))


def record(scene, app, environment, change):
    scene.world.clock.forward(seconds=5)
    said = HoldsChange("title", app, environment, "kim", "why", change)
    return well(scene.updater().run("deploy", act=True, request=said))


def rolled_back(scene):
    """Staging got a build and a human reverted it; answers its tag."""
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    return bad


def test_a_tag_that_was_left_comes_back_when_asked_for_by_name(scene):
    bad = rolled_back(scene)
    well(order(scene, "promote", STAGING, bad, why="it was the database"))
    assert scene.pinned("shop", STAGING) == bad
    (newest, *_) = scene.log()
    assert "Asked for by kim (promote): it was the database" in newest.message
    assert "asked for by name" in newest.message


def test_an_order_moves_nothing_else(scene):
    scene.build("blog")
    tag = scene.build("shop")
    well(order(scene, "promote", STAGING, tag))
    assert scene.pinned("blog", STAGING) == FIRST_TAG


def test_a_gate_that_does_not_pass_refuses_an_order_until_it_is_overridden(scene):
    tag = scene.build()
    scene.run()
    refused = order(scene, "promote", PRODUCTION, tag)
    assert reason(refused, PRODUCTION)[0] == "soak"
    assert not scene.pulls()
    well(order(scene, "promote", PRODUCTION, tag, overrides={"soak": "hotfix for incident 7"}))
    assert "overridden: hotfix for incident 7" in scene.pull().body


def test_forbid_beats_every_order(scene):
    scene.config["environments"][STAGING]["tags"]["forbid"] = ["2026*"]
    tag = scene.build()
    refused = order(scene, "promote", STAGING, tag, overrides={"forbidden": "please"})
    assert reason(refused, STAGING)[0] == "forbidden"
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def test_a_tag_nobody_allowed_is_refused(scene):
    scene.registry.push("acme/shop", "feature-x")
    assert reason(order(scene, "promote", STAGING, "feature-x"), STAGING)[0] == "not_allowed"


def test_an_allowed_tag_outside_the_scheme_may_be_ordered_and_then_stays(scene):
    scene.config["environments"][STAGING]["tags"]["allow"] = ["v[0-9]*"]
    scene.registry.push("acme/shop", "v1.2.3")
    well(order(scene, "promote", STAGING, "v1.2.3"))
    assert scene.pinned("shop", STAGING) == "v1.2.3"
    scene.build()
    code, sentence = reason(scene.run(), STAGING)
    assert code == "foreign_current"
    assert ", ours, set it as a person asked, or `follow` was not yet timestamp then" in sentence


def test_a_tag_that_another_scheme_brought_stays_and_nobody_is_blamed_for_it(scene):
    for tag in ("build-6", "build-7"):
        scene.registry.push("acme/shop", tag)
    scene.set(STAGING, "shop", "build-6")
    follow = {"follow": {"numeric": {"pattern": "build-(?P<number>[0-9]+)"}}}
    timestamps, scene.config["environments"][STAGING]["tags"] = (
        scene.config["environments"][STAGING]["tags"],
        follow,
    )
    well(scene.run("before"))
    assert scene.pinned("shop", STAGING) == "build-7"
    scene.config["environments"][STAGING]["tags"] = timestamps
    scene.build()
    code, sentence = reason(scene.run(), STAGING)
    assert code == "foreign_current"
    assert ", ours, set it as a person asked, or `follow` was not yet timestamp then" in sentence


def test_a_foreign_tag_that_somebody_set_is_said_with_the_commit(scene):
    sha = scene.set(STAGING, "shop", "v1.2.3")
    assert f"commit {sha[:10]} set it, or `follow` was not yet" in reason(scene.run(), STAGING)[1]


def test_a_tag_that_does_not_exist_is_refused(scene):
    assert reason(order(scene, "promote", STAGING, "20260202-000000"), STAGING)[0] == "not_there_yet"


def test_production_gets_an_order_as_a_pull_request_that_stands_apart(scene):
    tag = scene.build()
    scene.run()
    well(order(scene, "promote", PRODUCTION, tag, overrides={"soak": "hotfix"}))
    pull = scene.pull()
    assert pull.head == "updater/asked/production--shop"
    assert messages.read_marker(pull.body).kind == "asked"
    scene.soak()
    newer = scene.build()
    scene.run()
    scene.soak()
    assert reason(scene.run(), PRODUCTION)[0] == "asked"
    assert [each.number for each in scene.pulls()] == [pull.number], "nothing else is proposed meanwhile"
    scene.hub.close(scene.repository, pull.number)
    assert promoted(scene.run(), PRODUCTION) == newer, "and closing it rejected nothing"


def test_the_same_order_twice_is_one_pull_request(scene):
    tag = scene.build()
    scene.run()
    for _ in range(2):
        well(order(scene, "promote", PRODUCTION, tag, overrides={"soak": "hotfix"}))
    scene.pull()


def test_rolling_back_goes_to_the_newest_tag_that_was_never_left_backwards(scene):
    good = scene.build()
    scene.run()
    bad = scene.build()
    scene.run()
    well(order(scene, "rollback", STAGING))
    assert scene.pinned("shop", STAGING) == good
    assert reason(scene.run(), STAGING)[0] == "rolled_back"
    assert bad != good


def test_rolling_back_twice_goes_further_back(scene):
    for _ in range(2):
        scene.build()
        scene.run()
    well(order(scene, "rollback", STAGING))
    well(order(scene, "rollback", STAGING))
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def test_where_nothing_was_held_before_there_is_no_way_back(scene):
    assert reason(order(scene, "rollback", STAGING), STAGING)[0] == "no_way_back"


def test_a_hold_is_a_commit_and_stops_its_app_only(scene):
    scene.build("shop")
    blog = scene.build("blog")
    hold(scene)
    report = well(scene.run())
    code, sentence = reason(report, STAGING)
    assert (code, sentence) == ("held", "by order of kim: audit")
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert scene.pinned("blog", STAGING) == blog


def test_a_hold_ends_when_it_said(scene):
    scene.build()
    hold(scene, until=scene.world.clock().replace(microsecond=0))
    scene.world.clock.forward(minutes=1)
    scene.run()
    assert scene.pinned("shop", STAGING) != FIRST_TAG


def test_lifting_a_hold_lets_it_go_on(scene):
    tag = scene.build()
    hold(scene)
    scene.run()
    record(scene, "shop", None, lambda data: holds.lift(data, "shop", None))
    scene.run()
    assert scene.pinned("shop", STAGING) == tag


def test_everything_can_be_held(scene):
    scene.build("shop")
    scene.build("blog")
    record(scene, None, None, lambda data: holds.hold(data, Everything(why="incident")))
    decisions = decided(scene.run())
    assert {decision.reasons[0].code for decision in decisions.values()} == {"held"}


def test_a_hold_for_production_alone_goes_through_a_pull_request(scene):
    hold(scene, environment=PRODUCTION)
    pull = scene.pull()
    assert pull.head == "updater/holds/production--shop"
    scene.merge(pull)
    assert reason(scene.run(), PRODUCTION)[0] == "held"


def test_a_holds_file_that_cannot_be_read_holds_everything(scene):
    scene.build()
    scene.hub.commit(scene.repository, "main", {holds.PATH: "holds: {"}, "Break it")
    decisions = decided(scene.run())
    assert {decision.reasons[0].code for decision in decisions.values()} == {"holds_unreadable"}
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def recorded(scene, text):
    scene.hub.commit(scene.repository, "main", {holds.PATH: text}, "Record")
    return well(scene.run())


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("holds: [{app: shpo, why: x}]", "no app 'shpo' here (did you mean shop?); this hold does nothing"),
        ("holds: [{app: whatever, why: x}]", "the config has no app 'whatever' here; this hold does nothing"),
        (
            "holds: [{app: shop, environment: prodution, why: x}]",
            "no environment 'prodution' here (did you mean production?); this hold does nothing",
        ),
        (
            "releases: [{app: shpo, environment: staging, why: x}]",
            "no app 'shpo' here (did you mean shop?); this release does nothing",
        ),
    ],
)
def test_what_is_recorded_for_nobody_is_said_with_line_and_near_name(scene, entry, said):
    (warning,) = recorded(scene, f"# audit\n{entry}\n").warnings
    assert warning.startswith(f"{holds.PATH}:2: ")
    assert said in warning


@pytest.mark.parametrize(
    "entry",
    [
        "holds: [{app: shop, why: x}, {app: blog, environment: staging, why: x}]",
        "holds: [{app: gone, why: x, until: 2026-01-01}]",
        "releases: [{app: shop, environment: staging, why: x}]",
        "all: {why: x}",
    ],
)
def test_what_is_recorded_for_somebody_or_is_over_is_no_warning(scene, entry):
    assert not recorded(scene, entry).warnings


def test_a_file_full_of_strangers_is_told_by_its_first_and_their_number(scene):
    entry = "holds:\n" + "".join(f"  - {{app: gone-{number}, why: x}}\n" for number in range(500))
    warnings = recorded(scene, entry).warnings
    assert len(warnings) == TOLD + 1
    assert "'gone-0'" in warnings[0]
    assert f"{500 - TOLD} more of its entries name nobody here" in warnings[-1]


def test_an_app_that_is_not_in_the_named_environment_is_said(scene):
    scene.apps["blog"]["environments"] = [STAGING]
    (warning,) = recorded(scene, "holds: [{app: blog, environment: production, why: x}]").warnings
    assert "by the config blog is not in production" in warning


def test_where_several_updaters_share_a_repository_the_others_apps_are_no_warning(scene):
    scene.config["repositories"]["deploy"]["shared"] = True
    assert not recorded(scene, "holds: [{app: theirs, why: x}]").warnings


def test_a_release_lets_a_tag_come_back_once(scene):
    bad = rolled_back(scene)
    assert reason(scene.run(), STAGING)[0] == "rolled_back"
    release(scene, STAGING, bad)
    scene.run()
    assert scene.pinned("shop", STAGING) == bad
    scene.world.revert(scene.world.head())
    assert isinstance(decided(scene.run())[Placement(STAGING, "shop")], Hold)
    assert scene.pinned("shop", STAGING) == FIRST_TAG, "the release is spent"


def test_a_release_without_a_tag_lets_what_was_built_before_the_revert_go_on(scene):
    first = scene.build()
    scene.run()
    second = scene.build()
    scene.world.revert(scene.world.head())
    assert reason(scene.run(), STAGING)[0] == "built_before_rollback"
    release(scene, STAGING)
    scene.run()
    assert scene.pinned("shop", STAGING) == second
    assert first != second


def test_after_rollback_release_waits_for_one(scene):
    scene.config["environments"][STAGING]["after_rollback"] = "release"
    rolled_back(scene)
    tag = scene.build()
    assert reason(scene.run(), STAGING)[0] == "awaits_release"
    release(scene, STAGING)
    scene.run()
    assert scene.pinned("shop", STAGING) == tag


@pytest.mark.parametrize("kind", ["promote", "rollback"])
def test_without_writing_an_order_only_says_what_it_would_do(scene, kind):
    for _ in range(2):
        scene.build()
        scene.run()
    scene.build()
    before = scene.everything()
    request = Request(kind, Placement(STAGING, "shop"), None, by="kim")
    report = scene.updater().run("deploy", act=False, request=request)
    assert isinstance(decided(report)[Placement(STAGING, "shop")], Promote)
    assert report.steps
    assert scene.everything() == before


def test_one_merged_just_before_our_push_keeps_the_words_of_the_tag_that_it_brought(scene):
    tag, pull = scene.proposed()
    before = (pull.title, pull.body)
    newer, answer = scene.proven(), scene.hub.answer

    def merged_first(request):
        if pull.state == "open" and "git-receive-pack" in request.target:
            scene.merge(pull)
        return answer(request)

    scene.hub.answer = merged_first
    well_again = scene.run()
    assert pull.merged_at
    assert (pull.title, pull.body) == before
    assert tag in pull.title
    assert promoted(well_again, PRODUCTION) == newer
    well(scene.run())
    assert [each.title for each in scene.pulls()] == [f"production: shop {newer}"]
