"""Two processes of one name, by mistake: each notices by what the other writes, and nothing is done twice."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from world.scene import well

from updater.interpret.another_updater import LASTS
from updater.sandbox.world import PRODUCTION, STAGING
from updater.service.pass_log import PassLogger

NAMES = ("first", "second")


@pytest.fixture
def both(scene):
    """Both have begun to look."""
    for name in NAMES:
        assert well(scene.run(name)).another is None
    return scene


def test_each_notices_by_the_others_commits_and_says_it_loudly(both):
    scene, tag = both, both.build()
    assert well(scene.run("first")).another is None
    before = scene.everything()
    report = well(scene.run("second"))
    assert scene.everything() == before, "a quiet pass writes nothing"
    assert report.another.commit == scene.world.head()
    assert tag in report.another.sentence
    assert report.another.sentence in report.warnings
    logger = PassLogger()
    with capture_logs() as lines:
        for _ in range(2):
            logger.tell(report)
    assert [line["event"] for line in lines].count("another_updater") == 1
    scene.build()
    scene.run("second")
    assert scene.run("first").another is not None


def test_a_branch_that_the_other_proposed_from_tells_it_too(both):
    both.proven()
    both.run("first")
    report = both.run("second")
    assert report.another.commit == both.pull().head_sha
    assert len(both.pulls("all")) == 1


def test_it_is_spoken_of_for_an_hour(both):
    both.build()
    both.run("first")
    assert both.run("second").another
    both.world.clock.forward(seconds=(LASTS - timedelta(minutes=5)).total_seconds())
    assert both.run("second").another
    both.world.clock.forward(minutes=6)
    assert both.run("second").another is None


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_what_a_forge_makes_of_a_merged_proposal_is_not_anothers(scene, method):
    scene.config["commit"]["email"] = scene.hub.forge.users[scene.hub.bot_login].person.email
    _, pull = scene.proposed()
    scene.merge(pull, method)
    assert well(scene.run()).another is None
    assert well(scene.run()).another is None


def test_a_persons_order_and_a_restart_are_not_anothers(scene):
    tag = scene.build()
    scene.run()
    for words in (("rollback", "shop", STAGING), ("hold", "blog", STAGING, "--why", "audit")):
        assert scene.command(*words).returncode == 0, words
    assert scene.pinned("shop", STAGING) != tag
    assert well(scene.run()).another is None
    scene._updaters.pop("first").close()
    assert well(scene.run()).another is None


def test_a_push_whose_answer_was_lost_is_not_anothers(scene):
    scene.run()
    tag = scene.build()
    scene.hub.fail_next(1, matching="POST .*git-receive-pack", carried_out=True, cut="whole")
    scene.run()
    assert scene.pinned("shop", STAGING) == tag
    assert well(scene.run()).another is None


@pytest.mark.parametrize("how", ["merge", "squash", "close"])
def test_a_proposal_that_was_opened_and_ended_while_the_other_was_at_it_is_not_opened_again(both, how):
    scene, tag = both, both.proven()
    clone = scene.updater("second")._clones.of("deploy")
    push, opened = clone.push, []

    def late(updates, *, atomic):
        if not opened:
            scene.run("first")
            opened.append(scene.pull())
            (scene.hub.close if how == "close" else scene.merge)(*_ended(scene, opened[0], how))
            scene.run("first")
        return push(updates, atomic=atomic)

    clone.push = late
    for name in ("second", "first", "second"):
        scene.run(name)
    assert [pull.number for pull in scene.pulls("all")] == [opened[0].number]
    assert (scene.pinned("shop", PRODUCTION) == tag) is (how != "close")


def _ended(scene, pull, how):
    return (scene.repository, pull.number) if how == "close" else (pull, how)
