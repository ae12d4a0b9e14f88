"""From a new tag to production, one story a test."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from world.scene import MAIL, SOAK, decided, promoted, reason, well

from updater.model import Placement
from updater.sandbox import GitHub
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay

BRANCH = "updater/app/production--shop"


# --- the way there --------------------------------------------------------------------------------------


def test_staging_follows_a_new_image_at_once_and_not_a_byte_more_changes(scene):
    before, tag = scene.text(STAGING), scene.build()
    well(scene.run())
    assert scene.text(STAGING) == before.replace(FIRST_TAG, tag, 1)
    assert scene.text(PRODUCTION).count(FIRST_TAG) == 2
    (commit,) = scene.ours()
    assert commit.subject == f"chore(shop): bump staging to {tag}"
    digest = scene.registry.digest("acme/shop", tag)
    assert f"\nUpdater-Pin: staging shop ghcr.io/acme/shop:{tag}@{digest}\n" in f"{commit.message}\n"
    assert scene.hub.refs(scene.repository)["refs/updater/main"] == scene.world.head()


def test_production_waits_for_the_soak_and_says_until_when(scene):
    tag = scene.build()
    scene.run()
    code, sentence = reason(scene.run(), PRODUCTION)
    assert code == "soak"
    assert f"{SOAK}m" in sentence
    assert not scene.pulls()
    assert scene.pinned("shop", STAGING) == tag


def test_production_gets_a_pull_request_that_says_why_it_is_safe(scene):
    tag, pull = scene.proposed()
    assert (pull.title, pull.head, pull.base) == (f"production: shop {tag}", BRANCH, "main")
    assert scene.registry.digest("acme/shop", tag) in pull.body
    for code in ("after", "soak", "digest"):
        assert f"(`{code}`)" in pull.body
    text = scene.text(PRODUCTION, ref=BRANCH)
    assert text == scene.text(PRODUCTION).replace(FIRST_TAG, tag, 1)
    assert len(scene.ours(BRANCH)) == 2  # staging's bump, and its own


def test_a_newer_proven_build_takes_the_place_of_the_proposed_one_in_the_same_pull_request(scene):
    old, pull = scene.proposed()
    number, head = pull.number, pull.head_sha
    new = scene.proven()
    well(scene.run())
    pull = scene.pull()
    assert (pull.number, pull.title) == (number, f"production: shop {new}")
    assert pull.head_sha != head
    assert new in pull.body
    assert f'"tag":"{new}"' in pull.body
    assert f'"tag":"{old}"' not in pull.body
    assert scene.pinned("shop", PRODUCTION, BRANCH) == new


def test_a_newer_build_that_still_soaks_leaves_the_proposal_as_it_is(scene):
    tag, _ = scene.proposed()
    scene.build()
    scene.run()
    head = scene.pull().head_sha
    well(scene.run())
    assert (scene.pull().head_sha, scene.pull().title) == (head, f"production: shop {tag}")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_proposal_ends_with_the_tag_in_production_and_its_branch_deleted(scene, method):
    tag, pull = scene.proposed()
    scene.merge(pull, method)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    assert not scene.branches()
    code, _ = reason(scene.run(), PRODUCTION)
    assert code == "up_to_date"
    assert len(scene.pulls("all")) == 1


@pytest.mark.parametrize("base", ["main", "release"])
def test_a_branch_that_somebody_restored_and_opened_another_from_is_not_deleted(scene, base):
    _, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release", "main")
    scene.merge(pull)
    well(scene.run())
    scene.hub.create_branch(scene.repository, BRANCH, pull.head_sha)
    if base == "main":
        scene.hub.force_push(scene.repository, "main", "main~1")
    scene.hub.open(scene.repository, BRANCH, base=base, title="Once more")
    scene.run()
    scene.run()
    assert BRANCH in scene.branches()
    assert scene.pull().title == "Once more"


def test_what_somebody_has_opened_from_the_branch_to_elsewhere_stays_open(scene):
    tag, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release", "main")
    other = scene.hub.open(scene.repository, BRANCH, base="release", title="Port it")
    scene.set(PRODUCTION, "shop", tag)
    for _ in range(2):
        scene.run()
    assert "Closed: production already runs" in pull.body
    assert [each.number for each in scene.pulls()] == [other]
    scene.hub.close(scene.repository, other)
    well(scene.run())
    assert BRANCH not in scene.branches()


def test_a_build_proven_while_a_merge_is_still_unseen_gets_a_pull_request_of_its_own(scene):
    _, pull = scene.proposed()
    new = scene.build()
    scene.run()
    scene.soak()
    scene.merge(pull)
    since = len(scene.hub.requests)
    report = well(scene.run())
    pushes = [r for r in scene.hub.requests[since:] if "service=git-receive-pack" in r.path]
    assert len(pushes) == 1  # the branch is used again: nobody tries to delete it
    assert promoted(report, PRODUCTION) == new
    assert scene.pull().title == f"production: shop {new}"
    assert scene.pinned("shop", PRODUCTION, BRANCH) == new


# --- nothing twice --------------------------------------------------------------------------------------


def test_i5_an_unchanged_world_is_asked_once_for_each_image_and_nothing_is_written(scene):
    scene.proposed()
    before, since = scene.everything(), len(scene.hub.requests)
    for _ in range(2):
        scene.registry.requests.clear()
        report = well(scene.run())
        assert not report.steps
        lists = sorted(r.path for r in scene.registry.requests if "/tags/list" in r.path)
        assert lists == ["/v2/acme/blog/tags/list?n=1000", "/v2/acme/shop/tags/list?n=1000"]
        assert not [r for r in scene.registry.requests if r.path.startswith("/token")]
    assert scene.everything() == before
    assert not scene.writes(since)


def test_i5_a_process_exchanges_one_token_for_each_scope(scene):
    for _ in range(3):
        scene.build()
        scene.run()
    tokens = [r.path for r in scene.registry.requests if r.path.startswith("/token")]
    assert len(tokens) == len(set(tokens)) == 2


def test_i5_another_updater_that_starts_anew_writes_nothing_either(scene):
    scene.proposed()
    before, since = scene.everything(), len(scene.hub.requests)
    assert not well(scene.run("second")).steps
    assert scene.everything() == before
    assert not scene.writes(since)


# --- people ---------------------------------------------------------------------------------------------


def test_i2_i3_a_revert_stands_and_the_bad_build_is_not_offered_to_production(scene):
    good = scene.proven()
    bad = scene.build()
    scene.run()
    head = scene.world.revert(scene.world.head())
    scene.soak()
    for _ in range(2):
        report = well(scene.run())
        assert scene.world.head() == head
        assert scene.pinned("shop", STAGING) == good
        code, sentence = reason(report, STAGING)
        assert code == "rolled_back"
        assert bad in sentence
        assert head[:10] in sentence
    assert scene.pull().title == f"production: shop {good}"


def test_after_a_revert_the_next_build_goes_on_its_way(scene):
    scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    tag = scene.proven()
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"


def test_a_build_from_before_the_revert_is_left_out(scene):
    scene.build()
    scene.run()
    between = scene.build()
    head = scene.world.revert(scene.world.head())
    code, _ = reason(scene.run(), STAGING)
    assert code == "built_before_rollback"
    assert scene.world.head() == head
    assert between != scene.pinned("shop", STAGING)


def test_the_proposal_of_a_build_that_is_reverted_in_staging_falls_back_to_the_last_good_one(scene):
    good = scene.proven()
    bad = scene.proven()
    scene.run()
    number = scene.pull().number
    assert bad in scene.pull().title
    scene.world.revert(scene.log()[0].sha)
    scene.soak()  # it has come back to staging, and is held there anew
    scene.run()
    assert (scene.pull().number, scene.pull().title) == (number, f"production: shop {good}")
    assert scene.pinned("shop", PRODUCTION, BRANCH) == good


def test_a_proposal_closed_by_a_human_is_not_opened_again(scene):
    tag, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    before = scene.everything()
    for name in ("first", "second"):
        code, sentence = reason(scene.run(name), PRODUCTION)
        assert code == "rejected"
        assert tag in sentence
    assert scene.everything() == before


def test_after_a_rejection_a_newer_build_is_proposed(scene):
    _, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    tag = scene.proven()
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"
    assert scene.pull().number != pull.number


def test_a_reopened_proposal_is_taken_up_again(scene):
    tag, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    scene.run()
    scene.hub.reopen(scene.repository, pull.number)
    report = well(scene.run())
    assert promoted(report, PRODUCTION) == tag
    assert scene.pull().number == pull.number


@pytest.mark.parametrize("newer", [False, True], ids=["the proposed tag", "a newer tag"])
def test_a_proposal_is_closed_where_a_human_has_set_production_by_hand(scene, newer):
    tag, pull = scene.proposed()
    by_hand = scene.build() if newer else tag
    scene.run()
    scene.set(PRODUCTION, "shop", by_hand)
    well(scene.run())
    pull = scene.hub.pull(scene.repository, pull.number)
    assert pull.state == "closed"
    assert f"Closed: production already runs {by_hand}." in pull.body
    assert scene.pinned("shop", PRODUCTION) == by_hand
    assert not scene.branches()
    tag = scene.proven()
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"


def test_nothing_is_closed_while_a_registry_is_silent(scene):
    tag, _ = scene.proposed()
    scene.set(PRODUCTION, "shop", tag)
    before = scene.everything()
    scene.registry.fault("/v2/acme/shop", 500)
    scene.run()
    assert scene.everything() == before
    scene.registry.lift()
    well(scene.run())
    assert not scene.pulls()


def test_what_we_have_closed_ourselves_is_no_rejection(scene):
    tag, _ = scene.proposed()
    head = scene.set(PRODUCTION, "shop", tag)
    scene.run()
    scene.hub.force_push(scene.repository, "main", f"{head}~1")
    report = scene.run()
    assert promoted(report, PRODUCTION) == tag


def test_closing_that_fails_half_way_does_not_delete_the_branch_and_so_reject_the_tag(scene):
    tag, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", tag)
    scene.hub.fail_next(1, 500, matching="^PATCH")
    scene.run()
    assert scene.branches() == {BRANCH}
    well(scene.run())
    assert "Closed: production already runs" in scene.hub.pull(scene.repository, pull.number).body
    assert not scene.branches()


def test_a_branch_that_a_human_has_pushed_to_is_left_to_them(scene):
    _, pull = scene.proposed()
    scene.hub.commit(scene.repository, BRANCH, {"notes.md": "look"}, "A note")
    scene.proven()
    before = scene.everything()
    code, sentence = reason(scene.run(), PRODUCTION)
    assert code == "branch_edited"
    assert f"/pull/{pull.number}" in sentence
    assert scene.everything() == before


# --- several apps ---------------------------------------------------------------------------------------


def test_two_apps_in_one_file_get_a_commit_each_in_one_push(scene):
    since = len(scene.hub.requests)
    tags = {app: scene.build(app) for app in ("shop", "blog")}
    well(scene.run())
    assert {app: scene.pinned(app, STAGING) for app in tags} == tags
    blog, shop = scene.ours()
    assert {commit.subject.partition(":")[0] for commit in (blog, shop)} == {"chore(shop)", "chore(blog)"}
    assert len([r for r in scene.writes(since) if r.path.endswith("/git-receive-pack")]) == 1


def test_a_revert_of_one_app_leaves_the_other_where_it_is(scene):
    tags = {app: scene.build(app) for app in ("shop", "blog")}
    scene.run()
    (shop,) = [commit for commit in scene.ours() if "(shop)" in commit.subject]
    scene.world.revert(shop.sha)
    well(scene.run())
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert scene.pinned("blog", STAGING) == tags["blog"]


def test_two_proposals_in_one_file_can_both_be_merged(scene):
    tags = {app: scene.build(app) for app in ("shop", "blog")}
    scene.run()
    scene.soak()
    well(scene.run())
    assert len(scene.pulls()) == 2
    for pull in scene.pulls():
        scene.merge(pull)
    well(scene.run())
    assert {app: scene.pinned(app, PRODUCTION) for app in tags} == tags
    assert not scene.branches()


def test_proposals_that_stand_open_do_not_use_up_what_a_pass_may_promote(scene):
    scene.config["limits"] = {"promotions_per_pass": 1}
    scene.proposed("blog")  # which is decided about first
    tag = scene.proven("shop")
    well(scene.run())
    assert f"production: shop {tag}" in {pull.title for pull in scene.pulls()}


def waits_behind_an_approved_one(scene, app="shop"):
    """Of the other app an older tag is approved, and waits to be merged for days."""
    _, pull = scene.proposed("blog")  # which is decided about first
    scene.hub.approve(scene.repository, pull.number)
    tags = {app: scene.proven(app) for app in ("blog", "shop")}
    for _ in range(2):
        well(scene.run())
    return pull, tags[app]


def test_what_only_waits_for_people_takes_nobodys_turn(scene):
    scene.config["limits"] = {"promotions_per_pass": 1}
    approved, tag = waits_behind_an_approved_one(scene)
    own = [pull for pull in scene.pulls() if pull.number != approved.number]
    assert [pull.title for pull in own] == [f"production: shop {tag}"]
    before, asked = scene.everything(), len(scene.hub.requests)
    report = well(scene.run())
    assert (scene.everything(), scene.writes(asked)) == (before, [])
    assert promoted(report, PRODUCTION) == tag


def test_apps_that_wait_behind_one_that_is_approved_take_nobodys_turn(scene):
    """They share a pull request, into which nothing comes any more."""
    scene.config["limits"] = {"promotions_per_pass": 1}
    scene.settings(group="environment")
    _, tag = waits_behind_an_approved_one(scene)
    scene.config["environments"] = {
        **scene.config["environments"],
        "later": {
            **scene.config["environments"][STAGING],
            "path": f"infra/k8s/overlays/{STAGING}/later",
            "after": STAGING,
        },
    }
    scene.hub.commit(
        scene.repository, "main", {overlay(f"{STAGING}/later"): scene.text(PRODUCTION)}, "One more"
    )
    scene.apps["shop"]["environments"].append("later")
    for _ in range(2):
        well(scene.run("restarted"))
    assert scene.pinned("shop", f"{STAGING}/later") == tag


def test_a_pass_promotes_no_more_than_it_may_and_the_next_goes_on(scene):
    scene.config["limits"] = {"promotions_per_pass": 1}
    tags = {app: scene.build(app) for app in ("shop", "blog")}
    report = well(scene.run())
    assert reason(report, STAGING, "shop")[0] == "limit"
    well(scene.run())
    assert {app: scene.pinned(app, STAGING) for app in tags} == tags


def test_a_file_larger_than_the_config_allows_holds_until_the_limit_is_raised(scene):
    scene.rewrite(STAGING, "images:", f"# {'x' * 2_000}\nimages:")
    tag = scene.build()
    scene.config["limits"] = {"manifest_size": "2KiB"}
    code, sentence = reason(scene.run(), STAGING)
    assert code == "too_large"
    assert sentence.endswith(
        "is larger than 2,048 bytes; name a smaller file, or raise `limits.manifest_size`"
    )
    scene.config["limits"] = {"manifest_size": "3KiB"}
    well(scene.run("restarted"))
    assert scene.pinned("shop", STAGING) == tag


# --- crashes and races ----------------------------------------------------------------------------------


def test_i6_a_pass_that_ends_between_branch_and_pull_request_is_finished_by_the_next(scene):
    tag = scene.proven()
    scene.hub.fail_next(1, 500, matching="^POST .*/pulls$")
    report = scene.run()
    assert [outcome.code for outcome in report.outcomes if outcome.error] == ["forge_unavailable"]
    head = scene.hub.head(scene.repository, BRANCH)
    well(scene.run("second"))
    assert scene.pull().title == f"production: shop {tag}"
    assert scene.hub.head(scene.repository, BRANCH) == head
    assert scene.branches() == {BRANCH}


def test_i6_a_pull_request_that_was_opened_although_the_answer_was_lost_is_found_again(scene):
    scene.proven()
    scene.hub.fail_next(1, matching="^POST .*/pulls$", carried_out=True, cut="whole")
    scene.run()
    number = scene.pull().number
    well(scene.run("second"))
    assert [pull.number for pull in scene.pulls("all")] == [number]


def test_i6_a_pass_that_ends_between_branch_and_title_is_finished_without_another_commit(scene):
    scene.proposed()
    tag = scene.proven()
    scene.hub.fail_next(1, 500, matching="^PATCH")
    scene.run()
    head = scene.hub.head(scene.repository, BRANCH)
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"
    assert scene.hub.head(scene.repository, BRANCH) == head


def test_i6_a_push_whose_answer_was_lost_is_not_made_twice(scene):
    tag = scene.build()
    scene.hub.fail_next(1, matching="POST .*git-receive-pack", carried_out=True, cut="whole")
    scene.run()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    assert len(scene.ours()) == 1


def test_i7_a_lost_race_is_decided_anew_and_both_changes_are_in_the_end(scene):
    tag = scene.build()
    scene.updater()
    interrupt(scene, lambda: scene.hub.commit(scene.repository, "main", {"notes.md": "first!"}, "A human"))
    report = well(scene.run())
    assert promoted(report, STAGING) == tag
    assert scene.pinned("shop", STAGING) == tag
    assert [commit.subject for commit in scene.log()][1] == "A human"


def test_i7_a_revert_that_wins_the_race_stands(scene):
    scene.build()
    scene.run()
    bump = scene.world.head()
    scene.build("blog")
    interrupt(scene, lambda: scene.world.revert(bump))
    well(scene.run())
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert scene.pinned("blog", STAGING) != FIRST_TAG


def test_i7_what_was_done_before_a_lost_race_is_still_told(scene):
    """Production's pull request is opened in the pass that loses the race for staging."""
    scene.proven()
    scene.build("blog")
    interrupt(scene, lambda: scene.hub.commit(scene.repository, "main", {"notes.md": "first!"}, "A human"))
    report = well(scene.run())
    told = [type(outcome.step).__name__ for outcome in report.outcomes]
    assert sorted(told) == ["OpenPullRequest", "PushBase", "PushBranches", "SetStatus"]


def test_i7_two_updaters_at_once_lose_races_but_no_data(scene):
    for _ in range(3):
        tags = {app: scene.build(app) for app in ("shop", "blog")}
        together(scene)
        assert {app: scene.pinned(app, STAGING) for app in tags} == tags
    assert len(scene.ours()) == 6
    scene.soak()
    together(scene)
    assert len(scene.pulls("all")) == 2
    for pull in scene.pulls():
        scene.merge(pull)
    well(scene.run())
    assert {app: scene.pinned(app, PRODUCTION) for app in tags} == tags
    assert not scene.branches()


def interrupt(scene, act):
    """Let a human act between the next pass's reading and its push, once."""
    clone = scene.updater()._clones.of("deploy")
    push = clone.push

    def push_too_late(updates, *, atomic):
        clone.push = push
        act()
        return push(updates, atomic=atomic)

    clone.push = push_too_late


def together(scene):
    updaters = [scene.updater(name) for name in ("first", "second")]
    scene.world.clock.forward(seconds=5)
    with ThreadPoolExecutor(2) as pool:
        for report in pool.map(lambda updater: updater.run("deploy", act=True), updaters):
            well(report)


# --- a history that somebody has changed ------------------------------------------------------------------


def test_a_tag_whose_bump_was_forced_away_does_not_come_back(scene):
    tag = scene.build()
    scene.run()
    scene.hub.force_push(scene.repository, "main", "main~1")
    before = scene.everything()
    for name in ("first", "second"):
        code, sentence = reason(well(scene.run(name)), STAGING)
        assert code == "rolled_back"
        assert tag in sentence
    assert scene.everything() == before
    (warning,) = scene.run().warnings
    assert "somebody forced main away from " in warning
    assert tag in warning
    new = scene.build()
    well(scene.run())
    assert well(scene.run()).warnings == ()
    assert scene.pinned("shop", STAGING) == new


def test_nor_one_that_was_bumped_where_the_lost_line_had_moved_the_overlay(scene):
    kept, old, text = scene.world.head(), overlay(STAGING), scene.text(STAGING)
    new, staging = old.replace("overlays", "clusters/one"), scene.config["environments"][STAGING]
    scene.hub.commit(scene.repository, "main", {old: None, new: text}, "Move")
    before, staging["path"] = staging["path"], new.rpartition("/")[0]
    tag = scene.build()
    assert promoted(well(scene.run()), STAGING) == tag
    scene.hub.force_push(scene.repository, "main", kept)
    staging["path"] = before
    for name in ("later", "another"):
        code, sentence = reason(well(scene.run(name)), STAGING)
        assert (code, tag in sentence) == ("rolled_back", True)
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def test_a_file_that_was_too_large_in_the_past_does_not_stop_the_present(scene):
    small = scene.text(STAGING)
    scene.rewrite(STAGING, "namespace:", "#" * 9_000_000 + "\nnamespace:")
    scene.rewrite(STAGING, scene.text(STAGING), small)
    tag = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag


# --- every decision ---------------------------------------------------------------------------------------


def everyone(report):
    """Every app in every environment, each held for a sentence or promoted."""
    decisions = decided(report)
    expected = {Placement(env, app) for env in (STAGING, PRODUCTION) for app in ("shop", "blog")}
    assert decisions.keys() == expected
    for placement in decisions:
        if hasattr(decisions[placement], "reasons"):
            _, sentence = reason(report, *placement)
            assert sentence.strip()
            assert "\n" not in sentence
    return decisions


def test_i11_everything_is_decided_and_given_a_reason_all_the_way(scene):
    everyone(scene.run())
    scene.build()
    everyone(scene.run())
    scene.soak()
    everyone(scene.run())
    everyone(scene.run())


@pytest.mark.parametrize("silent", [("hub",), ("registry",), ("hub", "registry")], ids="+".join)
def test_i11_everything_is_decided_even_when_nothing_answers(scene, silent):
    scene.proposed()
    scene.build("blog")
    before = scene.everything()
    for name in silent:
        getattr(scene, name).fault("", 503)
    everyone(scene.run())
    scene.hub.lift()
    assert scene.everything() == before


def test_i11_a_pass_that_cannot_begin_decides_too(scene):
    from updater.runner import run_pass

    lock = scene.updater()._clones.of("deploy")._lock
    lock._patience = 0.0
    with type(lock)(lock._folder, 0.0).locked():
        report = run_pass(scene.updater(), "deploy", act=True)
    everyone(report)
    assert reason(report, STAGING)[0] == "repository_busy"


def test_commits_are_made_by_whom_the_config_says(scene):
    scene.build()
    scene.run()
    (commit,) = scene.ours()
    assert str(commit.author) == str(commit.committer) == f"updater <{MAIL}>"


# --- what images say of themselves ----------------------------------------------------------------------


def test_an_image_for_the_wrong_platform_is_named_and_the_next_one_goes_on(scene):
    scene.config["environments"][STAGING]["gates"] = {"platforms": ["linux/amd64", "linux/arm64"]}
    scene.build()
    code, sentence = reason(well(scene.run()), STAGING)
    assert (code, "is built for linux/amd64 only" in sentence) == ("platforms", True)
    scene.world.clock.forward(seconds=1)
    tag = scene.world.build("shop", platforms=["linux/amd64", "linux/arm64", "unknown/unknown"])
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    assert "it is built for linux/amd64, linux/arm64, as asked" in scene.ours()[0].message


def test_an_open_proposal_costs_one_request_to_its_registry_beside_the_lists(scene):
    scene.config["environments"][PRODUCTION]["gates"]["platforms"] = ["linux/amd64"]
    scene.proposed()
    scene.run()
    scene.registry.requests.clear()
    well(scene.run())
    asked = [(each.method, "/tags/list" in each.path) for each in scene.registry.requests]
    assert sorted(asked) == [("GET", True), ("GET", True), ("HEAD", False)]


def test_a_stamp_from_another_zone_is_held_also_when_its_time_has_come(scene):
    tag = scene.build()
    scene.registry.push("acme/shop", tag, created=scene.world.clock() - timedelta(hours=9))
    code, sentence = reason(well(scene.run()), STAGING)
    assert (code, "was created at" in sentence) == ("stamp_ahead", True)
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def test_an_image_whose_config_cannot_be_read_holds_and_the_others_go_on(scene):
    scene.build()
    other = scene.build("blog")
    scene.registry.fault("GET /v2/acme/shop/blobs/", 503)
    report = scene.run()
    assert reason(report, STAGING)[0] == "registry_unavailable"
    assert scene.pinned("blog", STAGING) == other


# --- what the source says -------------------------------------------------------------------------------


@pytest.fixture
def sourced(scene):
    """The shop's own repository, whose commits its images name."""
    scene.hub.create_repository("acme", "shop", {"a": "0"})
    scene.config["environments"][STAGING]["gates"] = {
        "source_checks": {"required": ["ci/test"]},
        "source_order": True,
        "own_build": True,
    }
    return scene


def commit(scene, message="Work", branch="main"):
    scene.world.clock.forward(seconds=1)
    return scene.hub.commit("acme/shop", branch, {"a": message}, message)


def built_from(scene, sha, url=None, *, green=True):
    labels = {
        "org.opencontainers.image.revision": sha,
        "org.opencontainers.image.source": url or f"{scene.hub.url}/acme/shop",
    }
    if green:
        scene.hub.set_check_run("acme/shop", sha, "ci/test", "success")
    return scene.world.build("shop", labels=labels)


def test_a_build_follows_when_its_commit_is_green_and_not_before(sourced):
    sha = commit(sourced)
    tag = built_from(sourced, sha, green=False)
    assert reason(well(sourced.run()), STAGING) == (
        "source_checks",
        f"ci/test has not reported (yet) on acme/shop@{sha[:10]}",
    )
    sourced.hub.set_check_run("acme/shop", sha, "ci/test", "failure")
    assert "ci/test failed" in reason(well(sourced.run()), STAGING)[1]
    sourced.hub.set_check_run("acme/shop", sha, "ci/test", "success")
    well(sourced.run())
    assert sourced.pinned("shop", STAGING) == tag
    message = sourced.ours()[0].message
    assert f"* ci/test passed on acme/shop@{sha[:10]}\n" in message
    assert "note that nothing is known of ghcr.io/acme/shop" in message


def test_a_re_run_of_an_old_build_is_held(sourced):
    old, new = commit(sourced, "one"), commit(sourced, "two")
    built_from(sourced, new)
    well(sourced.run())
    built_from(sourced, old)
    code, sentence = reason(well(sourced.run()), STAGING)
    assert (code, "is behind" in sentence) == ("source_order", True)


def test_a_build_of_our_own_bump_is_held(sourced):
    sha = commit(sourced, "chore(shop): bump\n\nUpdater-Pin: staging shop ghcr.io/acme/shop:1@sha256:0")
    built_from(sourced, sha)
    assert reason(well(sourced.run()), STAGING)[0] == "own_build"


def test_i12_a_label_sends_no_token_to_a_host_that_config_does_not_name(sourced):
    elsewhere = GitHub()
    with elsewhere:
        elsewhere.create_repository("acme", "shop", {"a": "0"})
        built_from(sourced, commit(sourced), f"{elsewhere.url}/acme/shop")
        code, sentence = reason(sourced.run(), STAGING)
        assert code == "source_checks"
        assert f"at {elsewhere.host}, and config names no GitHub there" in sentence
        assert not elsewhere.requests


def test_a_silent_forge_holds_what_rests_on_it_until_it_answers(sourced):
    built_from(sourced, commit(sourced))
    del sourced.apps["blog"]
    sourced.hub.fault("/commits/", 503)
    report = sourced.run()
    code, sentence = reason(report, STAGING)
    assert (code, "GitHub answered 503" in sentence) == ("source_checks", True)
    sourced.hub.lift()
    well(sourced.run())
    assert sourced.pinned("shop", STAGING) != FIRST_TAG


def test_checks_that_turn_red_withdraw_what_spoke_for_an_open_proposal(sourced):
    gates = sourced.config["environments"]
    gates[PRODUCTION]["gates"] |= gates[STAGING].pop("gates")
    sha = commit(sourced)
    built_from(sourced, sha)
    well(sourced.run())
    sourced.soak()
    well(sourced.run())
    well(sourced.run())
    pull = sourced.pull()
    assert "`source_checks`" in pull.body
    sourced.hub.set_check_run("acme/shop", sha, "ci/test", "failure")
    well(sourced.run())
    status = sourced.hub.statuses(sourced.repository, pull.head_sha)[0]
    assert (status.state, status.description) == ("failure", f"ci/test failed on acme/shop@{sha[:10]}")


def test_i5_an_open_proposal_that_rests_on_its_source_costs_only_conditional_requests(sourced):
    gates = sourced.config["environments"]
    gates[PRODUCTION]["gates"] |= gates[STAGING].pop("gates")
    built_from(sourced, commit(sourced))
    well(sourced.run())
    sourced.soak()
    for _ in range(3):
        well(sourced.run())
    since = len(sourced.hub.requests)
    assert not well(sourced.run()).steps
    asked = [each for each in sourced.hub.requests[since:] if "/repos/acme/shop/" in each.path]
    assert [each.status for each in asked] == [304, 304]


def test_however_many_newer_builds_are_red_the_newest_green_one_goes_on(sourced):
    green = built_from(sourced, commit(sourced))
    for _ in range(4):
        sha = commit(sourced)
        built_from(sourced, sha, green=False)
        sourced.hub.set_check_run("acme/shop", sha, "ci/test", "failure")
    well(sourced.run())
    assert sourced.pinned("shop", STAGING) == green


def test_behind_many_that_do_not_pass_one_that_does_is_found(scene):
    """A pass asks only so often: what it asks about one by one it would ask in the next pass, too."""
    scene.config["environments"][STAGING]["gates"] = {"platforms": ["linux/amd64"]}
    tag = scene.build()
    for _ in range(20):
        scene.world.build("shop", platforms=["linux/arm64"])
    assert promoted(well(scene.run()), STAGING) == tag
    assert scene.pinned("shop", STAGING) == tag
