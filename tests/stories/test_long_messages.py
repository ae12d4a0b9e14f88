"""Commits with messages of any length, a stranger's or our own, change nothing of what is decided."""

from world.scene import decided, promoted, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

MIB = 1 << 20
BODY = "A rule of the house, at length.\n" * 300


def test_a_strangers_message_of_fifty_megabytes_changes_no_decision(scene):
    tag = scene.build()
    well(scene.run())
    before = decided(scene.run())
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, "main", {"notes": "x"}, "All work\n" * (50 * MIB // 9))
    after = decided(well(scene.run()))
    assert after.keys() == before.keys()
    assert [reason(well(scene.run()), STAGING, app)[0] for app in scene.apps] == ["up_to_date"] * 2
    assert scene.pinned("shop", STAGING) == tag
    scene.soak()
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_our_own_commits_with_long_messages_are_known_again(scene):
    scene.config["commit"]["body"] = BODY
    tag, pull = scene.proposed()
    (bump,) = scene.ours()
    assert len(bump.message) > 9_000
    assert well(scene.run("another")).steps == (), "the proposal is found as it was left"
    scene.merge(pull)
    well(scene.run())
    assert (scene.pinned("shop", STAGING), scene.pinned("shop", PRODUCTION)) == (tag, tag)
    scene.registry.push("acme/shop", tag, labels={"built": "again"})
    scene.world.clock.forward(hours=2)
    kinds = [each.kind.code for each in well(scene.run("third")).conditions]
    assert kinds == ["moved", "moved"], "the digests were read at the end of our messages"


def test_a_branch_with_a_long_message_is_pushed_once(scene):
    scene.config["commit"]["body"] = BODY
    scene.proven()
    scene.hub.fail_next(2, 503, matching="POST /repos/acme/deploy/pulls")
    scene.run()
    (branch,) = scene.branches()
    head = scene.hub.head(scene.repository, branch)
    while not scene.pulls():
        scene.run("another")
    assert scene.hub.head(scene.repository, branch) == head
    assert scene.pull().head == branch


def test_a_revert_with_a_long_message_stands(scene):
    scene.build()
    scene.run()
    scene.set(STAGING, "shop", FIRST_TAG, message='Revert "bump"\n\n' + "why\n" * MIB)
    assert reason(well(scene.run()), STAGING)[0] != "up_to_date"
    assert scene.pinned("shop", STAGING) == FIRST_TAG
