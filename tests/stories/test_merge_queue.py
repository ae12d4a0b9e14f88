"""A pull request in a merge queue is a person's decision: its head, title and body stay."""

import pytest
from world.scene import reason, well

from updater.sandbox.github.protection import Protection
from updater.sandbox.world import PRODUCTION


def status(scene, pull):
    said = scene.hub.statuses(scene.repository, pull.head_sha)[0]
    return said.state, said.description


def comments(pull):
    return [comment.body for comment in pull.comments]


def seen(pull):
    return pull.title, pull.body, pull.head_sha


def lined_up(scene, pull):
    """Others are tried first: no branch shows that it waits."""
    scene.hub.line_up(scene.repository, pull.number)


def tried(scene, pull):
    scene.hub.queue(scene.repository, pull.number)


def demands_a_queue(scene):
    bot = frozenset({scene.hub.bot_login})
    rule = Protection(requires_pull=False, merge_queue=True, bypass=bot)
    scene.hub.protect_by_ruleset(scene.repository, "main", rule)


@pytest.mark.parametrize("group", ["app", "environment"])
@pytest.mark.parametrize("waits", [lined_up, tried])
@pytest.mark.parametrize("update", ["until_approved", "always"])
def test_what_is_queued_stays_as_it_is_and_the_newer_is_named_once(scene, waits, update, group):
    scene.settings(update=update, group=group)
    tag, pull = scene.proposed()
    waits(scene, pull)
    before = seen(pull)
    newer = scene.proven()
    for _ in range(2):
        well(scene.run())
    assert seen(pull) == before
    assert status(scene, pull) == ("success", "every gate passes")
    if update == "until_approved":
        (said,) = comments(pull)
        assert newer in said
        assert "in the merge queue" in said
    asked = len(scene.hub.requests)
    well(scene.run())
    assert not scene.writes(asked)
    scene.hub.dequeue(scene.repository, pull.number)
    well(scene.run())
    assert newer in pull.title
    assert tag not in pull.title


def test_one_that_the_base_has_overtaken_is_not_closed_while_it_is_queued(scene):
    tag, pull = scene.proposed()
    lined_up(scene, pull)
    scene.set(PRODUCTION, "shop", tag)
    well(scene.run())
    assert pull.state == "open"
    scene.hub.dequeue(scene.repository, pull.number)
    well(scene.run())
    assert pull.state == "closed"


def test_evidence_that_is_lost_turns_it_red_and_is_said_and_nothing_is_pushed(scene):
    tag, pull = scene.proposed()
    lined_up(scene, pull)
    before = seen(pull)
    scene.registry.delete("acme/shop", tag)
    for _ in range(4):  # a list that has shrunk is believed when it has said so three times
        scene.run()
    assert seen(pull) == before
    assert status(scene, pull)[0] == "failure"
    assert "Do not merge this" in comments(pull)[0]


def test_one_queued_between_reading_and_pushing_is_left_alone_without_an_error(scene):
    """The lock is all that tells: nothing failed, and no remedy is named that changes the branch's rules."""
    _, pull = scene.proposed()
    scene.proven()
    before = seen(pull)
    fetched = [r for r in scene.hub.requests if r.path.endswith("git-receive-pack")]
    lined_up(scene, pull)
    fault = scene.hub.fault("POST /api/graphql", 200, body='{"errors": [{"message": "no such field"}]}')
    report = scene.run()
    scene.hub.lift(fault)
    assert not report.failed
    (said,) = {outcome.error for outcome in report.outcomes if outcome.error}
    assert "merge queue" in said
    assert "bypass" not in said
    assert "take the updater's branches" not in said
    assert {outcome.code for outcome in report.outcomes if outcome.error} == {"branch_queued"}
    assert seen(pull) == before
    assert len(fetched) < len([r for r in scene.hub.requests if r.path.endswith("git-receive-pack")])


def test_where_the_base_demands_a_queue_what_is_merged_by_us_is_put_there_once(scene):
    scene.hub.allow_auto_merge(scene.repository)
    demands_a_queue(scene)
    scene.settings(auto_merge=True)
    tag, pull = scene.proposed()
    for _ in range(3):
        well(scene.run())
    assert pull.queued_by.login == scene.hub.bot_login
    asked = len(scene.hub.requests)
    well(scene.run())
    assert not scene.writes(asked)
    scene.hub.queue(scene.repository, pull.number)
    scene.hub.merge_queued(scene.repository, pull.number)
    assert scene.pinned("shop", PRODUCTION) == tag


def test_what_we_have_put_into_a_queue_is_taken_out_where_its_evidence_is_lost(scene):
    scene.hub.allow_auto_merge(scene.repository)
    demands_a_queue(scene)
    scene.settings(auto_merge=True)
    _, pull = scene.proposed()
    for _ in range(2):
        well(scene.run())
    scene.hub.queue(scene.repository, pull.number, login=scene.hub.bot_login)
    scene.hub.commit(
        scene.repository, "main", {".updater/holds.yaml": "holds: [{app: shop, why: audit, by: kim}]"}, "Hold"
    )
    well(scene.run())
    assert reason(well(scene.run()), PRODUCTION)[0] == "held"
    assert pull.queued_by is None
    assert pull.state == "open"
