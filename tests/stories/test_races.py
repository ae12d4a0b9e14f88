"""Somebody pushes between what a pass reads and what it pushes: it costs a push, and is not overlooked."""

import pytest
from structlog.testing import capture_logs
from world.scene import promoted, reason, well

from updater.model import PushBase
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay

HOLD = ".updater/holds.yaml"


def races(scene, *acts):
    """In the next passes of the updater somebody acts just before each of so many pushes to the base."""
    clone = scene.updater()._clones.of("deploy")
    push, ahead = clone.push, list(acts)

    def push_too_late(updates, *, atomic):
        if ahead and updates[0].ref == "refs/heads/main":
            ahead.pop(0)()
        return push(updates, atomic=atomic)

    clone.push = push_too_late


def docs(scene):
    path = f"docs/{scene.world.clock().timestamp()}-{len(scene.log())}.md"
    return scene.hub.commit(scene.repository, "main", {path: "words"}, "Words")


def test_a_commit_that_touches_nothing_that_was_read_costs_a_fetch_and_a_push(scene):
    scene.proposed("blog")
    tag = scene.build()
    races(scene, *[lambda: docs(scene)] * 3)
    registry, forge = len(scene.registry.requests), len(scene.hub.requests)
    report = well(scene.run())
    assert scene.pinned("shop", STAGING) == promoted(report, STAGING) == tag
    assert report.races == 3
    (push,) = (each.step for each in report.outcomes if isinstance(each.step, PushBase))
    assert push.update.onto == report.base == scene.log()[1].sha
    assert scene.hub.refs(scene.repository)["refs/updater/main"] == scene.world.head()
    asked = [request.path for request in scene.registry.requests[registry:]]
    assert len(asked) == len(set(asked)), "nothing was asked twice"
    asked = [request.path for request in scene.hub.requests[forge:] if "/pulls" in request.path]
    assert len(asked) == len(set(asked)), "nothing was asked twice"


def test_a_bump_and_its_revert_inside_the_race_are_seen_though_the_file_is_as_it_was(scene):
    older, _ = scene.build(), scene.build()
    races(scene, lambda: scene.world.revert(scene.set(STAGING, "shop", older)))
    report = scene.run()
    code, _ = reason(report, STAGING)
    assert code == "built_before_rollback", "what was built before a step back may have the same fault"
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert report.races == 1


def test_a_bump_and_its_revert_on_a_side_branch_are_decided_anew(scene):
    tag = scene.build()
    seen = []

    def merge_of_a_side():
        scene.hub.create_branch(scene.repository, "side", "main")
        scene.set(STAGING, "shop", scene.build(), branch="side")
        scene.set(STAGING, "shop", FIRST_TAG, branch="side")
        number = scene.hub.open(scene.repository, "side", base="main", title="Tried", body="")
        seen.append(scene.hub.merge(scene.repository, number, "merge"))

    clone = scene.updater()._clones.of("deploy")
    read = clone.history
    clone.history = lambda *tips, **more: seen.append("read") or read(*tips, **more)
    races(scene, merge_of_a_side)
    well(scene.run())
    assert seen[0] == seen[-1] == "read"
    assert len(seen) == 3, "the history was read again after the merge"
    assert scene.pinned("shop", STAGING) == tag


def test_a_hold_inside_the_race_holds(scene):
    scene.build()
    blog = scene.build("blog")
    text = "holds:\n- app: shop\n  environment: staging\n  why: audit\n"
    races(scene, lambda: scene.hub.commit(scene.repository, "main", {HOLD: text}, "Hold"))
    report = well(scene.run())
    assert reason(report, STAGING)[0] == "held"
    assert (scene.pinned("shop", STAGING), scene.pinned("blog", STAGING)) == (FIRST_TAG, blog)


def test_an_overlay_that_is_moved_inside_the_race_is_not_made_anew_where_it_was(scene):
    scene.build()
    path = overlay(STAGING)
    files = {path: None, f"elsewhere/{path}": scene.text(STAGING)}
    races(scene, lambda: scene.hub.commit(scene.repository, "main", files, "Move"))
    report = scene.run()
    assert reason(report, STAGING)[0] == "file_missing"
    assert not scene.ours()


def test_a_checksum_that_appears_inside_the_race_is_seen(scene):
    scene.build()
    sums = {"SHA256SUMS": f"{'0' * 64}  {overlay(STAGING)}\n"}
    races(scene, lambda: scene.hub.commit(scene.repository, "main", sums, "Seal"))
    assert reason(scene.run(), STAGING)[0] == "sealed"
    assert not scene.ours()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_file_in_the_place_of_a_folder_above_a_pin_is_seen(scene, what):
    scene.build()
    path = overlay(STAGING)
    there = path if what == "folder" else path.rpartition("/")[0]
    files = {path: None, (f"{there}/more" if what == "folder" else there): "text"}
    races(scene, lambda: scene.hub.commit(scene.repository, "main", files, "Replace"))
    scene.run()
    assert not scene.ours()


def test_another_updater_inside_the_race_is_seen_and_nothing_is_done_twice(scene):
    scene.proven("blog")
    tag = scene.build()
    scene.updater("second")

    def second():
        """A second before: who writes the same in the same second makes the very same commit."""
        scene.run("second")
        scene.world.clock.forward(seconds=1)

    races(scene, second)
    report = well(scene.run())
    assert report.races == 1
    assert scene.pinned("shop", STAGING) == tag
    assert len([each for each in scene.ours() if tag in each.subject]) == 1
    assert len(scene.pulls("all")) == 1


def test_a_proposal_that_is_merged_inside_the_race_is_not_closed_as_if_it_were_open(scene):
    tag, pull = scene.proposed("blog")
    scene.build()
    body = pull.body
    races(scene, lambda: scene.merge(pull))
    well(scene.run())
    assert scene.pinned("blog", PRODUCTION) == tag
    assert pull.body == body
    assert not scene.branches()


def test_what_was_read_a_minute_ago_is_read_anew(scene, monkeypatch):
    monkeypatch.setattr("updater.cycle.FRESH", -1.0)
    scene.build()
    newer = []
    races(scene, lambda: (docs(scene), newer.append(scene.build())))
    report = well(scene.run())
    assert scene.pinned("shop", STAGING) == newer[0]
    assert report.races == 1


def test_a_host_that_calls_everything_a_lost_race_is_left_alone_after_five(scene, monkeypatch):
    monkeypatch.setattr("updater.cycle.JITTER", 0.0)
    scene.build()
    git = scene.hub.find(scene.repository).git
    (git.path / "refs/heads/main.lock").touch()
    report = scene.run()
    assert report.failed
    assert report.races == 5


def test_the_log_tells_the_time_of_the_whole_pass_and_the_races_it_lost(scene):
    from updater.service.pass_log import PassLogger

    scene.build()
    races(scene, *[lambda: (docs(scene), scene.world.clock.forward(seconds=7))] * 2)
    report = well(scene.run())
    with capture_logs() as lines:
        PassLogger().tell(report)
    (told,) = (line for line in lines if line["event"] == "pass_finished")
    assert told["lost_races"] == 2
    assert told["seconds"] >= 14
