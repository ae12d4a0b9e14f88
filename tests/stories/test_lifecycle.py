"""What becomes of a production pull request, row by row of the design's table."""

import pytest
from world.scene import SOAK, promoted, reason, well

from updater import messages
from updater.model import Marker
from updater.sandbox.github.merging import MergeRefused
from updater.sandbox.github.protection import Protection
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay
from updater.views.pass_report import as_json, as_text


def status(scene, pull=None):
    """What our commit status says on the head of a pull request."""
    pull = pull or scene.pull()
    said = scene.hub.statuses(scene.repository, scene.branch_head(pull))
    return (said[0].state, said[0].description) if said else None


def comments(scene, pull):
    return [comment.body for comment in pull.comments]


def settings(scene, **changed):
    scene.settings(**changed)


def test_an_open_proposal_is_green_in_the_pass_that_opens_it(scene):
    scene.proposed()
    assert status(scene) == ("success", "every gate passes")


def test_evidence_that_is_lost_turns_it_red_and_is_said_once(scene):
    scene.proposed()
    scene.world.revert(scene.world.head())
    for _ in range(3):
        well(scene.run())
    state, description = status(scene)
    assert state == "failure"
    assert "rolled back in staging" in description
    (said,) = comments(scene, scene.pull())
    assert "Do not merge this" in said
    assert scene.pull().state == "open"


def test_a_lost_candidate_gives_way_to_the_best_older_one(scene):
    good = scene.proven()
    bad = scene.proven()
    scene.run()
    assert bad in scene.pull().title
    scene.world.revert(scene.world.head())
    well(scene.run())
    assert scene.pull().title == f"production: shop {good}"
    well(scene.run())
    assert status(scene)[0] == "success"


def found_by_hand(scene):
    """A build that a person has set in staging, so that nobody recorded its digest; it has soaked."""
    tag = scene.build()
    scene.set(STAGING, "shop", tag)
    scene.run()
    scene.soak()
    return tag


@pytest.mark.parametrize("pin", ["tag", "tag+digest"])
def test_a_tag_that_moves_while_people_look_at_it_turns_it_red_and_never_shows_the_new_digest(scene, pin):
    if pin == "tag+digest":
        scene.with_digests(PRODUCTION)
    tag = found_by_hand(scene)
    scene.run()
    body, head = scene.pull().body, scene.branch_head(scene.pull())
    assert status(scene) == ("success", "every gate passes")
    digest = scene.registry.push("acme/shop", tag)
    for _ in range(3):
        well(scene.run())
    state, description = status(scene)
    assert state == "failure"
    assert description.startswith("ghcr.io/acme/shop has moved: it was proposed with")
    assert scene.pull().body == body
    assert digest not in scene.pull().body
    assert scene.branch_head(scene.pull()) == head
    (said,) = comments(scene, scene.pull())
    assert "Do not merge this" in said


def test_a_tag_that_moves_gives_way_to_an_older_one_and_does_not_come_back(scene):
    good = found_by_hand(scene)
    bad = found_by_hand(scene)
    scene.run()
    assert bad in scene.pull().title
    scene.registry.push("acme/shop", bad)
    for _ in range(3):
        report = well(scene.run())
    assert scene.pull().title == f"production: shop {good}"
    assert status(scene) == ("success", "every gate passes")
    assert promoted(report, PRODUCTION) == good


def test_a_tag_that_is_deleted_turns_it_red(scene):
    tag, pull = scene.proposed()
    scene.registry.delete("acme/shop", tag)
    for _ in range(3):
        scene.run()  # a list that has shrunk is believed when it has said so three times
    well(scene.run())
    assert status(scene, pull) == ("failure", f"{tag} is no longer in the registry")
    assert pull.state == "open"


def test_evidence_that_comes_back_turns_it_green_again(scene):
    tag, _ = scene.proposed()
    scene.world.revert(scene.world.head())
    scene.run()
    assert status(scene)[0] == "failure"
    scene.set(STAGING, "shop", tag)
    scene.soak()
    well(scene.run())
    assert status(scene)[0] == "success"


def test_a_window_that_closes_turns_it_pending_with_the_instant_and_no_comment(scene):
    gates = scene.config["environments"][PRODUCTION]["gates"]
    gates["window"] = [{"from": "14:00", "to": "15:00"}]  # it is 14:00 in Korea when the story starts
    _, pull = scene.proposed()
    assert status(scene)[0] == "success"
    scene.world.clock.forward(hours=1)
    well(scene.run())
    state, description = status(scene)
    assert state == "pending"
    assert description.startswith("the window for promotions opens at 2026-02-03 14:00:00 KST")
    assert comments(scene, pull) == []
    scene.world.clock.forward(hours=23)
    well(scene.run())
    assert status(scene)[0] == "success"


def test_a_hold_turns_it_red_with_its_reason_and_closes_nothing(scene):
    _, pull = scene.proposed()
    scene.hub.commit(
        scene.repository, "main", {".updater/holds.yaml": "holds: [{app: shop, why: audit, by: kim}]"}, "Hold"
    )
    well(scene.run())
    assert status(scene) == ("failure", "by order of kim: audit")
    assert pull.state == "open"
    assert comments(scene, pull) == []


def test_a_base_that_moves_elsewhere_rebuilds_nothing(scene):
    _, pull = scene.proposed()
    head = scene.branch_head(pull)
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    well(scene.run())
    assert scene.branch_head(pull) == head
    assert status(scene)[0] == "success"


def test_a_base_on_which_it_no_longer_applies_is_rebuilt(scene):
    tag, pull = scene.proposed()
    head = scene.branch_head(pull)
    blog = "\n  - name: ghcr.io/acme/blog"
    scene.rewrite(PRODUCTION, f"newTag: {FIRST_TAG}{blog}", f"newTag: 20260101-000000{blog}")
    well(scene.run())
    assert scene.branch_head(pull) != head
    assert scene.pinned("shop", PRODUCTION, pull.head) == tag
    scene.merge(pull)
    assert scene.pinned("shop", PRODUCTION) == tag


def move_folder(scene):
    """The overlay goes elsewhere on the base, and `path` follows it."""
    old, new = overlay(PRODUCTION), overlay("live/eu")
    files = {new: scene.text(PRODUCTION).replace("../../base", "../../../base"), old: None}
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, "main", files, "Move the overlay")
    scene.config["environments"][PRODUCTION]["path"] = "infra/k8s/overlays/live/eu"
    return new


@pytest.mark.parametrize("group", ["app", "environment"])
@pytest.mark.parametrize("approved", [False, True])
def test_one_whose_folder_has_moved_on_the_base_is_rebuilt_there(scene, group, approved):
    settings(scene, group=group)
    tag, pull = scene.proposed()
    if approved:
        scene.hub.approve(scene.repository, pull.number)
    new = move_folder(scene)
    well(scene.run("later"))
    assert status(scene) == ("success", "every gate passes")
    assert scene.pull() == pull
    assert [tag in scene.hub.read(scene.repository, ref, new).decode() for ref in ("main", pull.head)] == [
        0,
        1,
    ]
    before = scene.everything()
    well(scene.run("later"))
    assert scene.everything() == before
    scene.merge(pull)
    assert tag in scene.hub.read(scene.repository, "main", new).decode()


def test_one_that_cannot_be_rebuilt_where_its_folder_went_says_why(scene):
    _, pull = scene.proposed()
    move_folder(scene)
    scene.hub.commit(
        scene.repository, "main", {".updater/holds.yaml": "holds: [{app: shop, why: audit, by: kim}]"}, "Hold"
    )
    well(scene.run("later"))
    assert status(scene, pull) == ("failure", "by order of kim: audit")


def test_one_is_rebuilt_where_its_app_has_got_another_pin(scene):
    tag, pull = scene.proposed()
    scene.apps["shop"]["images"].append("ghcr.io/acme/blog")
    scene.registry.push("acme/blog", tag)
    scene.set(STAGING, "blog", tag)
    scene.soak()
    del scene.apps["blog"]
    (scene.folder / "config" / "apps" / "blog.yaml").unlink()
    well(scene.run("later"))
    well(scene.run("later"))
    assert status(scene, pull) == ("success", "every gate passes")
    assert [scene.pinned(app, PRODUCTION, pull.head) for app in ("shop", "blog")] == [tag, tag]


@pytest.fixture(params=["ruleset", "branch"])
def strict(request, scene):
    """The base demands a review, and the newest base in what is merged: by ruleset or protection."""
    rule = Protection(
        required_reviews=1,
        required_statuses=("updater/gates",),
        up_to_date=True,
        bypass=frozenset({scene.hub.bot_login}),
    )
    protect = scene.hub.protect_by_ruleset if request.param == "ruleset" else scene.hub.protect
    protect(scene.repository, "main", rule)
    return scene


def moved_on(scene):
    """Something else is merged meanwhile, by somebody who may."""
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, "main", {f"{scene.world.clock():%H%M%S}.md": "hello"}, "Else")


@pytest.mark.parametrize("group", ["app", "environment"])
def test_where_the_base_demands_up_to_date_an_approved_one_is_rebuilt_on_it(strict, group):
    settings(strict, group=group)
    tag, pull = strict.proposed()
    moved_on(strict)
    head = strict.branch_head(pull)
    well(strict.run())
    assert strict.branch_head(pull) == head, "nobody waits for it yet"
    strict.hub.approve(strict.repository, pull.number)
    for _ in range(3):
        well(strict.run())
    assert strict.branch_head(pull) != head
    assert strict.log(pull.head)[0].parents == (strict.world.head(),)
    assert status(strict) == ("success", "every gate passes")
    strict.merge(pull)
    assert strict.pinned("shop", PRODUCTION) == tag


def test_where_it_demands_nothing_of_the_kind_an_approved_one_stays(scene):
    _, pull = scene.proposed()
    scene.hub.approve(scene.repository, pull.number)
    moved_on(scene)
    head = scene.branch_head(pull)
    for _ in range(2):
        well(scene.run())
    assert scene.branch_head(pull) == head


def test_a_human_who_pushes_to_the_branch_is_left_alone_and_told_once(scene):
    _, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", "v1.2.3", branch=pull.head)
    head = scene.branch_head(pull)
    scene.proven()
    for _ in range(2):
        report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "branch_edited"
    assert scene.branch_head(pull) == head
    assert status(scene)[0] == "failure"
    (said,) = comments(scene, pull)
    assert "pushed to this branch" in said


def test_updating_the_branch_from_its_base_is_no_edit(scene):
    _, pull = scene.proposed()
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    scene.update_branch(pull)
    newer = scene.proven()
    well(scene.run())
    assert scene.pull().title == f"production: shop {newer}"


def test_updating_the_branch_from_its_base_keeps_it_green(scene):
    tag, pull = scene.proposed()
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    scene.rewrite(PRODUCTION, "namespace:", "# Production.\nnamespace:")
    head = scene.branch_head(pull)
    scene.update_branch(pull)
    assert scene.branch_head(pull) != head
    for _ in range(2):
        well(scene.run())
    assert status(scene) == ("success", "every gate passes")
    assert comments(scene, pull) == []
    scene.merge(pull)
    assert scene.pinned("shop", PRODUCTION) == tag


def test_nobody_is_said_to_have_pushed_while_the_base_cannot_be_read(scene):
    tag, pull = scene.proposed()
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    scene.update_branch(pull)
    scene.rewrite(PRODUCTION, "images:", "images: [")
    well(scene.run())
    (said,) = comments(scene, pull)
    assert "does not judge" in said
    assert "pushed to" not in status(scene)[1]
    scene.rewrite(PRODUCTION, "images: [", "images:")
    well(scene.run())
    assert status(scene) == ("success", "every gate passes")
    assert scene.pull().title == f"production: shop {tag}"


@pytest.mark.parametrize("path", ["notes.md", f"infra/k8s/overlays/{PRODUCTION}/kustomization.yaml"])
def test_a_merge_of_the_base_that_changes_more_is_an_edit(scene, path):
    _, pull = scene.proposed()
    scene.hub.commit(scene.repository, "main", {"base.md": "hello"}, "A human")
    head = scene.merge_and_change(pull, path)
    scene.proven()
    for _ in range(2):
        report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "branch_edited"
    assert scene.branch_head(pull) == head
    assert status(scene)[0] == "failure"


def test_the_stop_label_leaves_it_alone_until_it_goes(scene):
    tag, pull = scene.proposed()
    scene.hub.label(scene.repository, pull.number, messages.STOP)
    newer = scene.proven()
    assert reason(well(scene.run()), PRODUCTION)[0] == "stopped"
    assert pull.title == f"production: shop {tag}"
    scene.hub.unlabel(scene.repository, pull.number, messages.STOP)
    well(scene.run())
    assert pull.title == f"production: shop {newer}"


def test_an_approved_one_stays_and_the_newer_is_only_named(scene):
    tag, pull = scene.proposed()
    head = scene.branch_head(pull)
    scene.hub.approve(scene.repository, pull.number)
    newer = scene.proven()
    for _ in range(2):
        well(scene.run())
    assert pull.title == f"production: shop {tag}"
    assert scene.branch_head(pull) == head
    (said,) = comments(scene, pull)
    assert newer in said
    newest = scene.proven()
    well(scene.run())
    (said,) = comments(scene, pull)
    assert newest in said, "the same comment, edited"


def test_update_always_replaces_an_approved_one_too(scene):
    settings(scene, update="always")
    _, pull = scene.proposed()
    scene.hub.approve(scene.repository, pull.number)
    newer = scene.proven()
    well(scene.run())
    assert pull.title == f"production: shop {newer}"


def test_an_approved_one_whose_evidence_is_lost_is_replaced_all_the_same(scene):
    good = scene.proven()
    scene.proven()
    scene.run()
    pull = scene.pull()
    scene.hub.approve(scene.repository, pull.number)
    scene.world.revert(scene.world.head())
    well(scene.run())
    assert pull.title == f"production: shop {good}"


def test_a_title_and_labels_that_people_change_stay(scene):
    settings(scene, labels=["promotion"])
    _, pull = scene.proposed()
    assert list(pull.labels) == ["promotion"]
    scene.hub.unlabel(scene.repository, pull.number, "promotion")
    pull.title = "Please merge me"
    well(scene.run())
    assert pull.title == "Please merge me"
    assert pull.labels == []


def test_where_several_updaters_share_a_repository_each_has_a_status_of_its_own(scene):
    scene.config["repositories"]["deploy"]["shared"] = True
    scene.proposed()
    (said,) = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))
    assert said.context == "updater/gates/story"


def test_people_may_word_it_otherwise_and_the_marker_stays(scene):
    comments = {"withdrawn": "Halt! {tag}:\n{reasons}"}
    scene.config["commit"]["subject"] = "{environment}: {app} auf {tag}"
    settings(scene, title="{app}: {old} -> {tag}", body="{headline}\n\nNice.", comments=comments)
    tag, pull = scene.proposed()
    assert scene.ours(pull.head)[0].subject == f"production: shop auf {tag}"
    assert pull.title == f"shop: {FIRST_TAG} -> {tag}"
    assert pull.body.startswith("Moves **shop** in **production**")
    assert pull.body.partition("\n\n<!--")[0].endswith("Nice.")
    assert messages.read_marker(pull.body).tag == tag
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before
    scene.world.revert(scene.world.head())
    well(scene.run())
    (said,) = pull.comments
    assert said.body.startswith(f"Halt! {tag}:\n* it was rolled back in staging")


def test_a_title_that_somebody_wrote_stays_theirs_and_names_the_newer_tag(scene):
    tag, pull = scene.proposed()
    pull.title = f"Hotfix for the sale: {tag}"
    newer = scene.proven()
    well(scene.run())
    assert pull.title == f"Hotfix for the sale: {newer}"
    newest = scene.proven()
    well(scene.run())
    assert pull.title == f"Hotfix for the sale: {newest}"


def test_one_that_somebody_aims_at_another_branch_is_left_alone_and_said_once(scene):
    settings(scene, auto_merge=True, draft=True)
    scene.hub.create_branch(scene.repository, "release")
    _, pull = scene.proposed()
    scene.hub.retarget(scene.repository, pull.number, "release")
    scene.hub.set_draft(scene.repository, pull.number, draft=False)
    head = scene.branch_head(pull)
    scene.proven()
    for _ in range(3):
        report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "retargeted"
    assert scene.pulls() == [pull]
    assert scene.branch_head(pull) == head
    assert status(scene) == (
        "failure",
        "somebody aimed this at another branch: the updater left it to them",
    )
    (said,) = comments(scene, pull)
    assert "aimed this pull request at `release`" in said


def test_one_that_is_aimed_back_goes_on(scene):
    tag, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release")
    scene.hub.retarget(scene.repository, pull.number, "release")
    well(scene.run())
    scene.hub.retarget(scene.repository, pull.number, "main")
    assert promoted(well(scene.run()), PRODUCTION) == tag
    assert status(scene) == ("success", "every gate passes")
    assert scene.pulls("all") == [pull]


def test_whatever_a_person_takes_away_or_turns_around_stays_so(scene):
    scene.hub.create_milestone(scene.repository, "Spring")
    settings(scene, reviewers=["bob", "team:platform"], assignees=["kim"], milestone="Spring", draft=True)
    _, pull = scene.proposed()
    assert scene.worn(pull) == ["bob", "platform", "kim", "Spring"]
    assert pull.draft
    scene.hub.set_draft(scene.repository, pull.number, draft=False)
    scene.hub.unrequest(scene.repository, pull.number, "team:platform")
    scene.hub.assign(scene.repository, pull.number, "lee")
    scene.hub.set_milestone(scene.repository, pull.number, None)
    scene.proven()
    for name in ("first", "second"):
        well(scene.run(name))
        assert scene.worn(pull) == ["bob", "lee"]
        assert not pull.draft


def test_a_pull_request_that_is_dressed_costs_no_further_question(scene):
    settings(scene, labels=["promotion"], reviewers=["bob"])
    scene.proposed()
    scene.run()
    asked = len(scene.hub.requests)
    well(scene.run())
    paths = [request.path for request in scene.hub.requests[asked:]]
    assert not [path for path in paths if "events" in path]


def test_closing_rejects_and_reopening_revives(scene):
    tag, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    assert reason(well(scene.run()), PRODUCTION)[0] == "rejected"
    scene.hub.reopen(scene.repository, pull.number)
    assert promoted(well(scene.run()), PRODUCTION) == tag
    assert [each.number for each in scene.pulls("all")] == [pull.number]


def test_an_app_that_config_no_longer_names_turns_red_is_said_once_and_stays_open(scene):
    _, pull = scene.proposed()
    scene.forget("shop")
    for _ in range(2):
        well(scene.run("later"))
    state, description = status(scene, pull)
    assert state == "failure"
    assert "no longer names" in description
    (said,) = comments(scene, pull)
    assert "shop in production" in said
    assert pull.state == "open"


def test_a_look_alike_from_a_fork_is_nobody_of_ours(scene):
    tag = scene.proven()
    fork = scene.hub.fork(scene.repository, "mallory")
    scene.run()
    _, body = scene.pull().number, scene.pull().body
    scene.hub.close(scene.repository, scene.pull().number)
    scene.hub.commit(fork, "updater/app/production--shop", {"evil.yaml": "x"}, "Evil")
    number = scene.look_alike(fork, body)
    assert reason(well(scene.run()), PRODUCTION)[0] == "rejected"
    assert scene.hub.statuses(scene.repository, scene.hub.pull(scene.repository, number).head_sha) == []
    assert tag


def test_early_shows_it_pending_until_it_has_soaked(scene):
    settings(scene, open="early")
    tag = scene.build()
    scene.run()
    well(scene.run())
    assert scene.pull().title == f"production: shop {tag}"
    state, description = status(scene)
    assert state == "pending"
    assert "it soaks until" in description
    scene.world.clock.forward(minutes=SOAK)
    well(scene.run())
    assert status(scene)[0] == "success"


def test_auto_merge_merges_what_passes_and_only_that_head(scene):
    settings(scene, auto_merge=True, method="squash")
    tag = scene.proven()
    for _ in range(3):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    assert not scene.branches()
    assert scene.pulls("all")[0].merged_at is not None


def test_auto_merge_leaves_a_draft_alone(scene):
    settings(scene, auto_merge=True, draft=True)
    scene.proven()
    for _ in range(3):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG


def test_auto_merge_waits_for_required_reviews(scene):
    settings(scene, auto_merge=True)
    scene.require_review()
    tag = scene.proven()
    for _ in range(3):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    scene.hub.approve(scene.repository, scene.pull().number)
    for _ in range(2):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


def test_no_more_than_so_many_are_open_at_once(scene):
    scene.config["limits"] = {"open_proposals": 1}
    scene.build("blog")
    scene.proven("shop")
    report = well(scene.run())
    assert len(scene.pulls()) == 1
    held = [environment for environment, app in [(PRODUCTION, "shop")] if reason(report, environment, app)]
    assert held
    assert reason(report, PRODUCTION, "shop")[0] == "open_proposals"


def rolls_back(scene):
    bump = next(commit for commit in scene.ours() if commit.subject.startswith("chore(shop): bump staging"))
    scene.world.revert(bump.sha)


def holds_it(scene):
    text = "holds: [{app: shop, why: audit, by: kim}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": text}, "Hold")


def waits_for_the_window_to_close(scene):
    scene.world.clock.forward(hours=12)


@pytest.mark.parametrize(
    ("happens", "state", "said"),
    [
        (rolls_back, "failure", "it was rolled back in staging"),
        (holds_it, "failure", "by order of kim"),
        (waits_for_the_window_to_close, "pending", "the window for promotions opens"),
    ],
)
def test_while_the_registry_is_silent_what_is_known_is_said_and_nothing_is_rewritten(
    scene, happens, state, said
):
    window = {"days": "mon-sun", "from": "09:00", "to": "18:00", "zone": "Asia/Seoul"}
    scene.config["environments"][PRODUCTION]["gates"]["window"] = [window]
    _, pull = scene.proposed()
    before = scene.branch_head(pull), pull.body
    scene.registry.fault("/v2/", 503)
    happens(scene)
    for _ in range(2):
        scene.run()
        shown = scene.hub.statuses(scene.repository, scene.branch_head(pull))[0]
        assert (shown.state, said in shown.description) == (state, True), shown
        assert (scene.branch_head(pull), pull.body) == before


@pytest.mark.parametrize("fault", [401, 403, 404, 429, 500])
def test_a_forge_that_fails_closes_deletes_and_changes_nothing(scene, fault):
    scene.proposed()
    scene.build()
    before = scene.everything()[1]
    scene.hub.fault("/api/v3", fault)
    scene.run()
    assert scene.everything()[1] == before
    scene.hub.lift()
    scene.soak()
    scene.world.clock.forward(hours=1)
    well(scene.run())
    assert len(scene.pulls("all")) == 1


@pytest.mark.parametrize("fault", [401, 404, 429, 500])
def test_a_registry_that_fails_closes_deletes_and_changes_nothing(scene, fault):
    scene.proposed()
    before = scene.everything()
    scene.registry.fault("/v2/", fault)
    scene.run()
    assert scene.everything() == before
    scene.registry.lift()
    scene.world.clock.forward(hours=1)
    well(scene.run())
    assert scene.everything() == before


# --- merging by GitHub itself ------------------------------------------------------------------------------


@pytest.fixture
def native(scene):
    """GitHub may merge by itself; a review is required, and nothing is asked of the clock."""
    scene.hub.allow_auto_merge(scene.repository)
    scene.require_review()
    scene.config["environments"][PRODUCTION]["gates"] = {}
    settings(scene, auto_merge=True, method="squash")
    return scene


def waiting(scene):
    """A proposal that only a review keeps from being merged, after passes that saw it."""
    tag = scene.build()
    for _ in range(4):
        well(scene.run())
    return tag, scene.pull()


def test_where_no_gate_asks_the_clock_github_itself_merges_after_the_review(native):
    tag, pull = waiting(native)
    assert (pull.auto_merge.user.login, pull.auto_merge.method) == (native.hub.bot_login, "squash")
    before = native.everything()
    asked = len(native.hub.requests)
    well(native.run())
    assert native.everything() == before
    assert not native.writes(asked)
    native.hub.approve(native.repository, pull.number)
    assert native.pinned("shop", PRODUCTION) == tag, "without a pass of ours"
    well(native.run())
    assert not native.branches()


def test_so_it_does_with_what_apps_share(native):
    settings(native, group="environment")
    tags = {app: native.build(app) for app in ("shop", "blog")}
    for _ in range(4):
        well(native.run())
    pull = native.pull()
    assert (pull.auto_merge.user.login, pull.auto_merge.method) == (native.hub.bot_login, "squash")
    asked = len(native.hub.requests)
    well(native.run())
    assert not native.writes(asked)
    native.hub.approve(native.repository, pull.number)
    assert {app: native.pinned(app, PRODUCTION) for app in tags} == tags, "without a pass of ours"


def test_our_own_auto_merge_keeps_no_newer_build_away(native):
    _, pull = waiting(native)
    newer = native.build()
    for _ in range(3):
        well(native.run())
    assert newer in pull.title


def test_somebody_elses_auto_merge_does(scene):
    scene.hub.allow_auto_merge(scene.repository)
    tag, pull = scene.proposed()
    scene.hub.set_auto_merge(scene.repository, pull.number)
    scene.proven()
    well(scene.run())
    assert pull.title == f"production: shop {tag}"


def test_where_a_gate_asks_the_clock_github_merges_nothing_by_itself(native):
    native.config["environments"][PRODUCTION]["gates"] = {"window": [{"from": "00:00", "to": "23:59"}]}
    _, pull = waiting(native)
    assert pull.auto_merge is None


def test_a_hold_switches_auto_merge_off(native):
    _, pull = waiting(native)
    text = "holds: [{app: shop, why: audit, by: kim}]"
    native.hub.commit(native.repository, "main", {".updater/holds.yaml": text}, "Hold")
    well(native.run())
    assert pull.auto_merge is None
    native.hub.approve(native.repository, pull.number)
    assert pull.state == "open"


def by_a_push(scene, pull):
    scene.set(PRODUCTION, "blog", "v6.6.6", branch=pull.head)


def by_the_label(scene, pull):
    scene.hub.label(scene.repository, pull.number, messages.STOP)


def by_config(scene, pull):
    scene.forget("shop")


def by_another_base(scene, pull):
    scene.hub.commit(scene.repository, "release", {"notes.md": "x"}, "Mine")
    scene.hub.retarget(scene.repository, pull.number, "release")


@pytest.mark.parametrize("left", [by_a_push, by_the_label, by_config, by_another_base])
@pytest.mark.parametrize("group", ["app", "environment"])
def test_what_is_left_to_people_is_no_more_merged_by_our_word(native, left, group):
    settings(native, group=group)
    _, pull = waiting(native)
    native.hub.set_auto_merge(native.repository, pull.number, native.hub.bot_login)
    left(native, pull)
    well(native.run("later"))
    assert pull.auto_merge is None
    asked = len(native.hub.requests)
    well(native.run("later"))
    assert not native.writes(asked), "and once"


OPEN = {"window": [{"from": "00:00", "to": "23:59"}]}


def no_more_asked_for(scene):
    settings(scene, auto_merge=False)


def timed(scene):
    scene.config["environments"][PRODUCTION]["gates"] = OPEN


@pytest.mark.parametrize("changed", [no_more_asked_for, timed])
@pytest.mark.parametrize("group", ["app", "environment"])
def test_what_config_no_longer_wants_merged_by_github_is_not(native, changed, group):
    settings(native, group=group)
    _, pull = waiting(native)
    assert pull.auto_merge is not None
    changed(native)
    well(native.run("later"))
    assert pull.auto_merge is None
    asked = len(native.hub.requests)
    well(native.run("later"))
    assert not native.writes(asked), "and once"


def test_nor_is_what_an_app_joins_that_the_clock_may_hold(native):
    settings(native, group="environment")
    native.apps["blog"]["environments"] = {STAGING: {}, PRODUCTION: {"gates": OPEN}}
    _, pull = waiting(native)
    assert pull.auto_merge is not None
    native.build("blog")
    for _ in range(3):
        well(native.run())
    assert "blog" in pull.body
    assert pull.auto_merge is None


def test_what_a_person_switches_on_for_a_branch_of_theirs_stays_on(native):
    _, pull = waiting(native)
    by_a_push(native, pull)
    native.hub.set_auto_merge(native.repository, pull.number)
    for _ in range(2):
        well(native.run())
    assert pull.auto_merge.user.login == native.hub.human_login


def test_where_github_may_not_merge_by_itself_it_is_asked_once_and_merged_by_a_pass(native):
    native.hub.find(native.repository).allow_auto_merge = False
    tag, pull = waiting(native)
    asked = len(native.hub.requests)
    well(native.run())
    assert not native.writes(asked)
    native.hub.approve(native.repository, pull.number)
    well(native.run())
    assert native.pinned("shop", PRODUCTION) == tag


def test_a_strangers_approval_counts_for_nothing(scene):
    _, pull = scene.proposed()
    scene.hub.fork(scene.repository, "mallory")
    scene.hub.approve(scene.repository, pull.number, "mallory")
    newer = scene.proven()
    well(scene.run())
    assert newer in pull.title


# --- where the base demands the status of every pull request ----------------------------------------------


def everyones(scene, number):
    head = scene.hub.pull(scene.repository, number).head_sha
    return [(each.state, each.description) for each in scene.hub.statuses(scene.repository, head)]


def strangers(scene, files, branch="feature"):
    scene.hub.commit(scene.repository, branch, files, "Mine")
    return scene.hub.open(scene.repository, branch, base="main")


def test_every_open_pull_request_gets_the_status_once_where_config_says_so(scene):
    scene.config["repositories"]["deploy"]["status"] = "all"
    number = strangers(scene, {"notes.md": "hello"})
    fork = scene.hub.fork(scene.repository, "mallory")
    scene.hub.commit(fork, "updater/app/production--shop", {"evil.yaml": "x"}, "Mine")
    forked = scene.look_alike(fork, "")
    for _ in range(2):
        well(scene.run())
    assert everyones(scene, number) == everyones(scene, forked) == [("success", "changes no pin")]
    asked = len(scene.hub.requests)
    well(scene.run())
    assert len(scene.hub.requests) - asked <= 4, "and then nobody asks of it again"
    scene.hub.commit(scene.repository, "feature", {"notes.md": "more"}, "More")
    well(scene.run())
    assert everyones(scene, number) == [("success", "changes no pin")], "of its new head"


@pytest.mark.parametrize("group", ["app", "environment"])
def test_a_twin_from_the_head_of_ours_changes_nothing_of_its_status(scene, group):
    scene.config["repositories"]["deploy"]["status"] = "all"
    settings(scene, group=group)
    _, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", "v1.2.3", branch=pull.head)
    scene.hub.force_push(scene.repository, "twin", scene.branch_head(pull))
    scene.hub.open(scene.repository, "twin", base="main")
    for _ in range(2):
        well(scene.run())
        assert status(scene, pull)[0] == "failure"
    scene.forget("shop")
    for _ in range(2):
        well(scene.run("later"))
        assert status(scene, pull)[0] == "failure"


def test_a_pin_that_somebody_sets_by_hand_is_theirs_to_judge(scene):
    scene.config["repositories"]["deploy"]["status"] = "all"
    text = scene.text(PRODUCTION).replace(FIRST_TAG, "v1.2.3")
    number = strangers(scene, {f"infra/k8s/overlays/{PRODUCTION}/kustomization.yaml": text})
    well(scene.run())
    ((state, description),) = everyones(scene, number)
    assert state == "success"
    assert description == "may set pins of blog in production and 1 more by hand: no gate has judged that"


def test_where_the_status_is_required_of_all_a_strangers_change_can_be_merged(scene):
    bot = frozenset({scene.hub.bot_login})
    protection = Protection(required_statuses=("updater/gates",), bypass=bot)
    scene.hub.protect_by_ruleset(scene.repository, "main", protection)
    scene.config["repositories"]["deploy"]["status"] = "all"
    number = strangers(scene, {"notes.md": "hello"})
    tag = scene.proven()
    well(scene.run())
    for pull in scene.pulls():
        scene.hub.merge(scene.repository, pull.number)
    assert scene.hub.pull(scene.repository, number).merged_at
    assert scene.pinned("shop", PRODUCTION) == tag


@pytest.fixture(params=["app", "environment"])
def queueing(scene, request):
    """The status is required of all, also of what a merge queue tries."""
    bot = frozenset({scene.hub.bot_login})
    protection = Protection(required_statuses=("updater/gates",), bypass=bot)
    scene.hub.protect_by_ruleset(scene.repository, "main", protection)
    scene.config["repositories"]["deploy"]["status"] = "all"
    settings(scene, group=request.param)
    return scene


def test_a_merge_queue_merges_what_has_the_status(queueing):
    tag, pull = queueing.proposed()
    number = strangers(queueing, {"notes.md": "hello"})
    well(queueing.run())
    for each in (number, pull.number):
        queueing.hub.queue(queueing.repository, each)
        with pytest.raises(MergeRefused):
            queueing.hub.merge_queued(queueing.repository, each)
        well(queueing.run())
        queueing.hub.merge_queued(queueing.repository, each)
    assert queueing.pinned("shop", PRODUCTION) == tag
    well(queueing.run())
    assert queueing.branches() == {"feature"}


def test_what_turns_red_turns_red_in_the_merge_queue_in_the_same_pass(queueing):
    tag, pull = queueing.proposed()
    tried = queueing.hub.queue(queueing.repository, pull.number)
    well(queueing.run())
    (said,) = queueing.hub.statuses(queueing.repository, tried)
    assert (said.state, said.description) == status(queueing, pull)
    asked = len(queueing.hub.requests)
    well(queueing.run())
    assert not queueing.writes(asked), "and is said once"
    queueing.registry.delete("acme/shop", tag)
    for _ in range(4):  # a list that has shrunk is believed when it has said so three times
        queueing.run()
        state, description = status(queueing, pull)
        latest = queueing.hub.statuses(queueing.repository, tried)[0]
        assert (latest.state, latest.description) == (state, description)
    assert state == "failure"


def test_nobody_elses_pull_request_gets_a_status_by_default_nor_another_updaters(scene):
    number = strangers(scene, {"notes.md": "hello"})
    well(scene.run())
    assert everyones(scene, number) == []
    scene.config["repositories"]["deploy"]["status"] = "all"
    scene.hub.commit(scene.repository, "updater/app/live--till", {"till.yaml": "x"}, "Theirs")
    body = messages.marker(Marker("other", "candidate", "live", "till", "1"))
    theirs = scene.hub.open(scene.repository, "updater/app/live--till", base="main", body=body)
    well(scene.run("again"))
    assert everyones(scene, number) == [("success", "changes no pin")]
    assert everyones(scene, theirs) == []


def test_who_cannot_be_asked_or_assigned_is_said_once_and_loses_nothing(scene):
    settings(scene, reviewers=["bob", "mallory"], assignees=["kim", "stranger"])
    scene.proven()
    report = well(scene.run())
    (said,) = [outcome.remarks for outcome in report.outcomes if outcome.remarks]
    assert any(
        "mallory" in remark and "Reviews may only be requested from collaborators" in remark
        for remark in said
    )
    assert any("stranger" in remark for remark in said)
    assert scene.worn(scene.pull()) == ["bob", "kim"]
    text = "\n".join(as_text(report, done=True))
    assert all(f"warning: {remark}" in text for remark in said)
    assert as_json([report])["repositories"][0]["outcomes"][1]["remarks"] == list(said)
    assert not any(outcome.remarks for outcome in well(scene.run()).outcomes)


def test_what_was_said_of_an_app_without_a_name_in_the_config_goes_when_it_is_named_again(scene):
    _, pull = scene.proposed()
    app = scene.apps["shop"]
    scene.forget("shop")
    well(scene.run("later"))
    (said,) = comments(scene, pull)
    assert "no longer names" in said
    scene.apps["shop"] = app
    well(scene.run("again"))
    (said,) = comments(scene, pull)
    assert "judges shop" in said
    assert status(scene, pull) == ("success", "every gate passes")


@pytest.mark.parametrize("deliver", ["push", "pull-request"])
def test_an_archived_repository_is_called_so_and_no_token_is_blamed(scene, deliver):
    _, pull = scene.proposed()
    scene.build()
    scene.registry.delete("acme/shop", pull.title.split()[-1])
    if deliver == "pull-request":
        scene.config["environments"][STAGING]["deliver"] = "none"
    scene.hub.archive(scene.repository)
    said = [outcome for _ in range(4) for outcome in scene.run("later").outcomes if outcome.error]
    assert said
    assert {outcome.code for outcome in said} == {"repository_archived"}
    assert all("is archived" in outcome.error and "token" not in outcome.error for outcome in said)


@pytest.mark.parametrize("fault", [403, 422, 500])
def test_auto_merge_goes_off_also_where_the_status_cannot_be_written(native, fault):
    _, pull = waiting(native)
    native.hub.fault("POST .*/statuses/", fault)
    holds_it(native)
    native.run()
    assert pull.auto_merge is None


def test_where_its_branch_takes_no_push_what_it_shows_is_judged_all_the_same(scene):
    settings(scene, group="environment")
    tags = {app: scene.build(app) for app in ("blog", "shop")}
    scene.run()
    scene.soak()
    well(scene.run())
    pull = scene.pull()
    assert status(scene) == ("success", "every gate passes")
    scene.hub.protect(scene.repository, pull.head, Protection(kind="ruleset"))
    rolls_back(scene)
    for _ in range(2):
        scene.run()
        state, description = status(scene)
        assert (state, description.startswith("shop: it was rolled back in staging")) == ("failure", True)
        assert len(pull.comments) == 1
    scene.hub.unprotect(scene.repository, pull.head)
    well(scene.run())
    assert messages.read_marker(pull.body).apps == {"blog": tags["blog"]}
    assert status(scene) == ("success", "every gate passes")


def test_where_a_forge_takes_few_writes_lost_evidence_is_said_before_anything_is_proposed(scene):
    _, pull = scene.proposed()
    scene.proven("blog")  # which is decided about first
    scene.config["limits"] = {"writes_per_minute": 1}
    rolls_back(scene)
    scene.run("restarted")
    assert len(scene.pulls()) == 1
    state, description = status(scene, pull)
    assert (state, description.startswith("it was rolled back in staging")) == ("failure", True)
    scene.world.clock.forward(minutes=1)
    scene.run("restarted")
    assert len(pull.comments) + len(scene.pulls()) == 2
