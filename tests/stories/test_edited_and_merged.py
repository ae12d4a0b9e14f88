"""A person changes the tag on our branch, and merges it: what the base ran counts, however it was merged."""

import pytest
from world.scene import promoted, reason, well

from updater.model import Placement
from updater.sandbox.world import FIRST_TAG, PRODUCTION

METHODS = ["merge", "squash", "rebase"]


def story(report):
    told = report.timelines[Placement(PRODUCTION, "shop")]
    stays = [(stay.tag, stay.ours, stay.ended) for stay in told.stays]
    return stays, told.held, told.rolled_back, told.moved_back, told.floor.tag


@pytest.mark.parametrize("group", ["app", "environment"])
@pytest.mark.parametrize("method", METHODS)
def test_an_older_tag_is_what_it_ran_and_what_we_had_written_is_still_a_candidate(scene, method, group):
    scene.settings(group=group)
    older = scene.proven()
    tag, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", older, branch=pull.head)
    well(scene.run())
    scene.merge(pull, method)
    report = well(scene.run())
    stays = [(FIRST_TAG, False, "newer"), (older, False, "still")]
    assert story(report) == (stays, {FIRST_TAG, older}, {}, None, older)
    assert promoted(report, PRODUCTION) == tag


@pytest.mark.parametrize("method", METHODS)
def test_a_newer_tag_is_all_it_ran(scene, method):
    _, pull = scene.proposed()
    newer = scene.build()
    scene.run()
    scene.set(PRODUCTION, "shop", newer, branch=pull.head)
    well(scene.run())
    scene.merge(pull, method)
    report = well(scene.run())
    stays = [(FIRST_TAG, False, "newer"), (newer, False, "still")]
    assert story(report) == (stays, {FIRST_TAG, newer}, {}, None, newer)
    assert reason(report, PRODUCTION)[0] == "up_to_date"


@pytest.mark.parametrize("group", ["app", "environment"])
@pytest.mark.parametrize("method", METHODS)
def test_what_was_merged_as_we_wrote_it_and_then_reverted_stays_reverted(scene, method, group):
    """Also by a person who is as quick as can be; and where a merge of theirs hides it all."""
    scene.settings(group=group)
    _, pull = scene.proposed()
    scene.merge(pull, method)
    scene.set(PRODUCTION, "shop", FIRST_TAG)
    for _ in range(2):
        assert reason(well(scene.run()), PRODUCTION)[0] == "rolled_back"
    assert not scene.pulls()


def test_nor_does_it_come_back_where_somebodys_merge_hides_that_it_was_run_and_reverted(scene):
    _, pull = scene.proposed()
    before = scene.hub.head(scene.repository, "main")
    scene.merge(pull)
    scene.set(PRODUCTION, "shop", FIRST_TAG)
    git = scene.hub.find(scene.repository).git
    who = scene.hub.forge.signature(scene.hub.human)
    side = git.commit_tree(f"{before}^{{tree}}", (before,), "On the side", who)
    head = scene.hub.head(scene.repository, "main")
    swapped = git.commit_tree(f"{head}^{{tree}}", (side, head), "Merge branch 'main' into feature", who)
    scene.hub.force_push(scene.repository, "main", swapped)
    assert reason(well(scene.run()), PRODUCTION)[0] in {"not_newer", "rolled_back"}
    assert not scene.pulls()
