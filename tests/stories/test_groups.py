"""One pull request for all apps of an environment: what it lists, what becomes of it."""

import pytest
from github import Auth, Github
from world.scene import promoted, reason, well

from updater import messages
from updater.model import Marker
from updater.sandbox.world import FIRST_TAG, PRODUCTION, overlay

BRANCH = f"updater/env/{PRODUCTION}"


@pytest.fixture(autouse=True)
def grouped(scene):
    scene.settings(group="environment")


def both(scene):
    """Both apps are proven; answers their tags by app."""
    tags = {app: scene.build(app) for app in ("blog", "shop")}
    scene.run()
    scene.soak()
    return tags


def proposed(scene):
    tags = both(scene)
    well(scene.run())
    return tags, scene.pull()


def status(scene, pull):
    said = scene.hub.statuses(scene.repository, scene.branch_head(pull))
    return (said[0].state, said[0].description) if said else None


def listed(pull):
    return messages.read_marker(pull.body).apps


def held(scene, app, **more):
    entry = "".join(f", {key}: {value}" for key, value in more.items())
    text = f"holds: [{{app: {app}, why: audit, by: kim{entry}}}]"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": text}, "Hold")


def quiet(scene):
    """A pass that changes nothing."""
    before, asked = scene.everything(), len(scene.hub.requests)
    well(scene.run())
    assert scene.everything() == before
    assert not scene.writes(asked)


def test_all_apps_share_one_pull_request_with_a_commit_for_each(scene):
    tags, pull = proposed(scene)
    assert pull.head == BRANCH
    assert pull.title == "production: 2 apps (blog, shop)"
    assert listed(pull) == tags
    assert [commit.subject for commit in scene.ours(BRANCH)[:2]] == [
        f"chore(shop): bump production to {tags['shop']}",
        f"chore(blog): bump production to {tags['blog']}",
    ]
    for app, tag in tags.items():
        assert f"| {app} | `{FIRST_TAG}` | `{tag}` |" in pull.body
        assert f"**{app}** `{tag}`\n\n* staging has had it since" in pull.body
    assert status(scene, pull) == ("success", "every gate passes")
    quiet(scene)


def test_one_that_somebody_opens_again_beside_it_is_red_and_left_to_them(scene):
    scene.settings(group="app")
    _, own = scene.proposed()
    scene.hub.close(scene.repository, own.number)
    scene.settings(group="environment")
    newer = scene.proven()
    well(scene.run("later"))
    scene.hub.reopen(scene.repository, own.number)
    for _ in range(2):
        report = well(scene.run("later"))
        assert promoted(report, PRODUCTION) == newer
        state, description = status(scene, own)
        assert (state, "shows this app, too" in description) == ("failure", True)
        assert len(own.comments) == 1
    (shared,) = [pull for pull in scene.pulls() if pull.number != own.number]
    assert status(scene, shared)[0] == "success"


def test_merging_it_moves_all_and_deletes_the_branch(scene):
    tags, pull = proposed(scene)
    scene.merge(pull)
    well(scene.run())
    assert {app: scene.pinned(app, PRODUCTION) for app in tags} == tags
    assert not scene.branches()
    quiet(scene)


def test_one_of_its_commits_can_be_reverted_alone(scene):
    tags, pull = proposed(scene)
    scene.merge(pull)
    well(scene.run())
    bump = next(commit for commit in scene.ours() if "chore(shop): bump production" in commit.subject)
    scene.world.revert(bump.sha)
    assert reason(well(scene.run()), PRODUCTION)[0] in {"rolled_back", "not_newer", "up_to_date"}
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    assert scene.pinned("blog", PRODUCTION) == tags["blog"]


def test_one_app_alone_reads_like_a_pull_request_of_its_own(scene):
    tag, pull = scene.proposed()
    assert pull.title == f"production: shop {tag}"
    assert pull.body.startswith("Moves **shop** in **production**")
    assert listed(pull) == {"shop": tag}


def test_a_candidate_that_arrives_is_put_into_it(scene):
    shop, pull = scene.proposed()
    blog = scene.proven("blog")
    well(scene.run())
    assert scene.pull() is pull
    assert listed(pull) == {"shop": shop, "blog": blog}
    assert pull.title == "production: 2 apps (blog, shop)"
    assert scene.pinned("blog", PRODUCTION, BRANCH) == blog
    assert status(scene, pull) == ("success", "every gate passes")
    quiet(scene)


def test_a_newer_build_takes_the_older_ones_place(scene):
    tags, pull = proposed(scene)
    newer = scene.proven("blog")
    well(scene.run())
    assert listed(pull) == {**tags, "blog": newer}
    assert len(scene.ours(BRANCH)) - len(scene.ours()) == 2
    quiet(scene)


def test_what_is_lost_in_staging_leaves_it(scene):
    tags, pull = proposed(scene)
    bump = next(commit for commit in scene.ours() if commit.subject.startswith("chore(blog)"))
    scene.world.revert(bump.sha)
    well(scene.run())
    assert listed(pull) == {"shop": tags["shop"]}
    assert scene.pinned("blog", PRODUCTION, BRANCH) == FIRST_TAG
    assert status(scene, pull) == ("success", "every gate passes")
    assert not pull.comments
    quiet(scene)


def test_the_last_one_whose_evidence_is_lost_stays_red_and_is_said_once(scene):
    tag, pull = scene.proposed()
    scene.world.revert(scene.world.head())
    for _ in range(3):
        well(scene.run())
    state, description = status(scene, pull)
    assert state == "failure"
    assert description.startswith("shop: it was rolled back in staging")
    (said,) = pull.comments
    assert "* shop: it was rolled back in staging" in said.body
    assert listed(pull) == {"shop": tag}
    assert pull.state == "open"


def test_a_hold_takes_one_app_out_even_of_an_approved_one(scene):
    tags, pull = proposed(scene)
    scene.hub.approve(scene.repository, pull.number)
    held(scene, "blog")
    well(scene.run())
    assert listed(pull) == {"shop": tags["shop"]}
    assert status(scene, pull) == ("success", "every gate passes")
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "holds: []"}, "Lift")
    well(scene.run())
    assert listed(pull) == {"shop": tags["shop"]}, "approved: what arrives is only named"
    (said,) = pull.comments
    assert f"* blog `{tags['blog']}`" in said.body


def test_all_apps_held_turn_it_red_and_close_nothing(scene):
    tags, pull = proposed(scene)
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "all: {why: incident}"}, "Hold")
    well(scene.run())
    assert status(scene, pull)[0] == "failure"
    assert listed(pull) == tags
    assert pull.state == "open"


def test_an_approved_one_stays_as_it_is_and_names_what_waits(scene):
    shop, pull = scene.proposed()
    scene.hub.approve(scene.repository, pull.number)
    head, blog = scene.branch_head(pull), scene.proven("blog")
    for _ in range(2):
        well(scene.run())
    assert scene.branch_head(pull) == head
    assert listed(pull) == {"shop": shop}
    (said,) = pull.comments
    assert f"* blog `{blog}`" in said.body
    scene.merge(pull)
    well(scene.run())
    well(scene.run())
    assert listed(scene.pull()) == {"blog": blog}


def test_closing_it_rejects_every_tag_it_lists(scene):
    _, pull = proposed(scene)
    scene.hub.close(scene.repository, pull.number)
    report = well(scene.run())
    assert [reason(report, PRODUCTION, app)[0] for app in ("shop", "blog")] == ["rejected", "rejected"]
    newer = scene.proven("blog")
    well(scene.run())
    assert listed(scene.pull()) == {"blog": newer}


def test_reopening_revives_it(scene):
    tags, pull = proposed(scene)
    scene.hub.close(scene.repository, pull.number)
    scene.run()
    scene.hub.reopen(scene.repository, pull.number)
    report = well(scene.run())
    assert {app: promoted(report, PRODUCTION, app) for app in tags} == tags
    assert scene.pulls("all") == [pull]


def test_what_production_got_otherwise_leaves_it_and_the_last_closes_it(scene):
    tags, pull = proposed(scene)
    scene.set(PRODUCTION, "blog", tags["blog"])
    well(scene.run())
    assert listed(pull) == {"shop": tags["shop"]}
    scene.set(PRODUCTION, "shop", tags["shop"])
    well(scene.run())
    assert pull.state == "closed"
    assert "production already runs all of it" in pull.body
    assert not scene.branches()
    newer = scene.proven("blog")
    well(scene.run())
    assert listed(scene.pull()) == {"blog": newer}, "our closing rejects nothing"


def test_a_window_that_closes_turns_it_pending(scene):
    scene.config["environments"][PRODUCTION]["gates"]["window"] = [{"from": "14:00", "to": "15:00"}]
    tags, pull = proposed(scene)
    scene.world.clock.forward(hours=1)
    well(scene.run())
    state, description = status(scene, pull)
    assert state == "pending"
    assert description.startswith("blog: the window for promotions opens at")
    assert listed(pull) == tags
    quiet(scene)


def test_somebody_who_pushes_to_it_is_left_alone_with_all_of_it(scene):
    _, pull = proposed(scene)
    scene.set(PRODUCTION, "shop", "v1.2.3", branch=BRANCH)
    head = scene.branch_head(pull)
    scene.proven("blog")
    report = well(scene.run())
    assert {reason(report, PRODUCTION, app)[0] for app in ("shop", "blog")} == {"branch_edited"}
    well(scene.run())
    assert scene.branch_head(pull) == head
    assert status(scene, pull)[0] == "failure"
    (said,) = pull.comments
    assert "pushed to this branch" in said.body


def test_it_is_red_too_where_config_gives_apps_their_own_since(scene):
    _, pull = proposed(scene)
    scene.settings(group="app")
    scene.set(PRODUCTION, "shop", "v1.2.3", branch=BRANCH)
    well(scene.run("later"))
    assert scene.pulls() == [pull]
    assert status(scene, pull)[0] == "failure"


def test_an_app_that_is_not_listed_is_held_too_while_somebody_aims_it_elsewhere(scene):
    _, pull = scene.proposed()
    scene.hub.create_branch(scene.repository, "release")
    scene.hub.retarget(scene.repository, pull.number, "release")
    scene.proven("blog")
    head = scene.branch_head(pull)
    for _ in range(2):
        assert reason(well(scene.run()), PRODUCTION, "blog")[0] == "retargeted"
    assert scene.pulls() == [pull]
    assert scene.branch_head(pull) == head


def test_an_app_that_is_not_listed_is_held_too_while_somebody_works_on_it(scene):
    _, pull = scene.proposed()
    scene.set(PRODUCTION, "shop", "v1.2.3", branch=BRANCH)
    scene.proven("blog")
    assert reason(well(scene.run()), PRODUCTION, "blog")[0] == "branch_edited"
    assert scene.pulls() == [pull]


def test_the_stop_label_stops_all_of_it(scene):
    tags, pull = proposed(scene)
    scene.hub.label(scene.repository, pull.number, messages.STOP)
    scene.proven("blog")
    report = well(scene.run())
    assert {reason(report, PRODUCTION, app)[0] for app in tags} == {"stopped"}
    assert listed(pull) == tags


def test_one_that_is_updated_from_its_base_stays_green(scene):
    tags, pull = proposed(scene)
    scene.rewrite(PRODUCTION, "namespace:", "# Production.\nnamespace:")
    scene.update_branch(pull)
    well(scene.run())
    assert status(scene, pull) == ("success", "every gate passes")
    quiet(scene)
    scene.merge(pull)
    assert {app: scene.pinned(app, PRODUCTION) for app in tags} == tags


def test_nobody_is_said_to_have_pushed_while_one_of_them_cannot_be_read(scene):
    _, pull = proposed(scene)
    scene.hub.commit(scene.repository, "main", {"notes.md": "hello"}, "A human")
    scene.update_branch(pull)
    head = scene.branch_head(pull)
    scene.rewrite(PRODUCTION, "name: ghcr.io/acme/blog\n", "name: ghcr.io/acme/weblog\n")
    report = well(scene.run())
    assert "could not be read" in reason(report, PRODUCTION, "shop")[1]
    (said,) = pull.comments
    assert "does not judge" in said.body
    assert status(scene, pull) is None
    assert scene.branch_head(pull) == head
    scene.rewrite(PRODUCTION, "name: ghcr.io/acme/weblog\n", "name: ghcr.io/acme/blog\n")
    well(scene.run())
    assert status(scene, pull) == ("success", "every gate passes")


def test_a_base_on_which_it_no_longer_applies_is_rebuilt(scene):
    tags, pull = proposed(scene)
    blog = "\n  - name: ghcr.io/acme/blog"
    scene.rewrite(PRODUCTION, f"newTag: {FIRST_TAG}{blog}", f"newTag: 20260101-000000{blog}")
    well(scene.run())
    assert {app: scene.pinned(app, PRODUCTION, BRANCH) for app in tags} == tags
    well(scene.run())
    assert status(scene, pull) == ("success", "every gate passes")


def test_an_approved_one_that_is_rebuilt_gets_nothing_that_nobody_has_approved(scene):
    shop, pull = scene.proposed()
    scene.hub.approve(scene.repository, pull.number)
    scene.proven("blog")
    scene.rewrite(PRODUCTION, f"newTag: {FIRST_TAG}\n", "newTag: 20260101-000000\n")
    head = scene.branch_head(pull)
    for _ in range(2):
        well(scene.run())
    assert scene.branch_head(pull) != head
    assert listed(pull) == {"shop": shop}
    assert status(scene, pull) == ("success", "every gate passes")


def test_an_app_that_config_no_longer_names_leaves_it(scene):
    tags, pull = proposed(scene)
    scene.forget("shop")
    for _ in range(2):
        well(scene.run("later"))
    assert listed(pull) == {"blog": tags["blog"]}
    assert scene.pinned("shop", PRODUCTION, BRANCH) == FIRST_TAG
    assert status(scene, pull) == ("success", "every gate passes")


def test_one_whose_apps_config_no_longer_names_is_left_open_and_red(scene):
    _, pull = scene.proposed()
    scene.forget("shop")
    for _ in range(2):
        well(scene.run("later"))
    assert pull.state == "open"
    assert status(scene, pull)[0] == "failure"
    (said,) = pull.comments
    assert "no longer names shop in production" in said.body


def test_then_another_app_that_has_no_room_is_held_and_told_why(scene):
    _, pull = scene.proposed()
    scene.forget("shop")
    scene.proven("blog")
    code, sentence = reason(well(scene.run("later")), PRODUCTION, "blog")
    assert code == "branch_taken"
    assert f"{BRANCH}, and lists only apps that the config does not name here" in sentence
    scene.hub.close(scene.repository, pull.number)
    promoted(well(scene.run("later")), PRODUCTION, "blog")


def forged(scene):
    """The environment's, on somebody's branch, and somebody wrote into its mark that it lists nobody."""
    text = scene.text(PRODUCTION).replace(FIRST_TAG, "v6.6.6")
    scene.hub.commit(scene.repository, BRANCH, {overlay(PRODUCTION): text}, "Mine")
    marker = messages.marker(Marker("story", "candidate", PRODUCTION, "", "", apps={}))
    who = scene.hub.bot_login
    scene.hub.open(scene.repository, BRANCH, base="main", title="innocent", body=marker, login=who)
    return scene.pull()


def seen_in_a_browser(scene, pull):
    """From then on GitHub knows whether it can be merged."""
    with Github(base_url=scene.hub.api, auth=Auth.Token(scene.hub.human_token)) as github:
        assert github.get_repo(scene.repository).get_pull(pull.number).mergeable_state


@pytest.mark.parametrize("auto_merge", [False, True])
def test_one_that_somebody_changed_and_that_lists_nobody_known_is_never_merged(scene, auto_merge):
    scene.settings(auto_merge=auto_merge, draft=True)
    _, pull = scene.proposed()
    scene.set(PRODUCTION, "blog", "v6.6.6", branch=BRANCH)
    pull.draft = False
    seen_in_a_browser(scene, pull)
    scene.forget("shop")
    for _ in range(3):
        well(scene.run("later"))
    assert pull.state == "open"
    assert scene.pinned("blog", PRODUCTION) == FIRST_TAG


@pytest.mark.parametrize("auto_merge", [False, True])
def test_one_that_somebody_forged_to_list_nobody_is_never_merged(scene, auto_merge):
    scene.settings(auto_merge=auto_merge)
    pull = forged(scene)
    seen_in_a_browser(scene, pull)
    for _ in range(3):
        well(scene.run())
    assert pull.state == "open"
    assert {scene.pinned(app, PRODUCTION) for app in scene.apps} == {FIRST_TAG}
    assert status(scene, pull)[0] == "failure"


def test_one_that_somebody_changed_and_that_lists_nobody_known_keeps_one_status(scene):
    _, pull = scene.proposed()
    scene.set(PRODUCTION, "blog", "v6.6.6", branch=BRANCH)
    scene.forget("shop")
    for _ in range(2):
        well(scene.run("later"))
    assert status(scene, pull)[1].endswith("no longer names this app in this environment")
    (said,) = pull.comments
    assert "no longer names shop in production" in said.body
    asked = len(scene.hub.requests)
    well(scene.run("later"))
    assert not scene.writes(asked)


def test_auto_merge_merges_it_whole(scene):
    scene.settings(auto_merge=True)
    tags, _ = proposed(scene)
    for _ in range(2):
        well(scene.run())
    assert {app: scene.pinned(app, PRODUCTION) for app in tags} == tags
    assert not scene.branches()


def test_an_order_stands_apart(scene):
    from updater.model import Placement, Request

    tags, pull = proposed(scene)
    tag = scene.build("blog")
    scene.run()
    request = Request("promote", Placement(PRODUCTION, "blog"), tag, by="kim", overrides={"soak": "hotfix"})
    well(scene.updater().run("deploy", act=True, request=request))
    asked = next(each for each in scene.pulls() if each is not pull)
    assert asked.head == "updater/asked/production--blog"
    assert listed(pull) == tags


def test_from_one_for_each_to_one_for_all_and_back_nothing_is_proposed_twice(scene):
    scene.settings(group="app")
    shop, single = scene.proposed()
    scene.settings(group="environment")
    blog = scene.proven("blog")
    well(scene.run("grouped"))
    assert {pull.head for pull in scene.pulls()} == {single.head, BRANCH}
    (group,) = (pull for pull in scene.pulls() if pull.head == BRANCH)
    assert listed(group) == {"blog": blog}
    scene.settings(group="app")
    for _ in range(2):
        well(scene.run("apart"))
    assert group.state == "closed"
    assert "a pull request of its own" in group.body
    assert {pull.title for pull in scene.pulls()} == {f"production: shop {shop}", f"production: blog {blog}"}


@pytest.mark.parametrize("rolled_back", [False, True])
def test_while_one_of_its_apps_cannot_be_read_nothing_is_pushed_and_the_status_stays(scene, rolled_back):
    tags, pull = proposed(scene)
    bump = next(commit for commit in scene.ours() if commit.subject.startswith("chore(blog)"))
    newer = scene.proven("shop")
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "all: {why: incident}"}, "Hold")
    well(scene.run())
    said = status(scene, pull)
    assert said[0] == "failure"
    if rolled_back:
        scene.world.revert(bump.sha)
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "holds: []"}, "Lift")
    head, body = scene.branch_head(pull), pull.body
    scene.registry.fault("/v2/acme/blog", 500)
    for _ in range(2):
        scene.run()
        assert (scene.branch_head(pull), pull.body) == (head, body)
        if rolled_back:
            assert status(scene, pull)[1].startswith("blog: it was rolled back in staging")
        assert rolled_back or status(scene, pull) == said
    scene.registry.lift()
    scene.world.clock.forward(hours=1)
    for _ in range(2):
        well(scene.run())
    assert listed(pull) == ({"shop": newer} if rolled_back else {**tags, "shop": newer})
    assert status(scene, pull) == ("success", "every gate passes")


def rolled_back(scene):
    bump = next(commit for commit in scene.ours() if commit.subject.startswith("chore(shop): bump staging"))
    scene.world.revert(bump.sha)


@pytest.mark.parametrize(
    ("why", "said"),
    [(rolled_back, "it was rolled back in staging"), (lambda scene: held(scene, "shop"), "by order of kim")],
    ids=["rolled back", "held"],
)
def test_what_is_known_against_one_app_is_said_while_another_cannot_be_read(scene, why, said):
    tags, pull = proposed(scene)
    head = scene.branch_head(pull)
    scene.registry.fault("/v2/acme/blog", 503)
    why(scene)
    scene.run()
    state, description = status(scene, pull)
    assert (state, description.startswith(f"shop: {said}")) == ("failure", True)
    assert (scene.branch_head(pull), listed(pull)) == (head, tags)
    scene.run()
    assert status(scene, pull) == (state, description)
    scene.registry.lift()
    scene.world.clock.forward(minutes=5)
    well(scene.run())
    assert listed(pull) == {"blog": tags["blog"]}
    assert status(scene, pull) == ("success", "every gate passes")


@pytest.mark.parametrize("fault", [401, 404, 500])
@pytest.mark.parametrize("silent", ["hub", "registry"])
def test_what_does_not_answer_changes_nothing(scene, fault, silent):
    proposed(scene)
    before = scene.everything()
    getattr(scene, silent).fault("/api/v3" if silent == "hub" else "/v2/", fault)
    scene.run()
    assert scene.everything() == before
    scene.hub.lift()
    scene.registry.lift()
    scene.world.clock.forward(hours=1)
    quiet(scene)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(6))
def test_i6_whatever_call_is_cut_the_next_passes_end_the_same(scene, call, carried_out):
    scene.proposed()
    tags = both(scene)
    scene.hub.fail_next(1, 502, matching=r"/api/v3|\.git/", after=call, carried_out=carried_out)
    scene.run()
    scene.hub.lift()
    scene.world.clock.forward(hours=1)
    for _ in range(3):
        scene.run()
    quiet(scene)
    assert listed(scene.pull()) == tags
    assert {app: scene.pinned(app, PRODUCTION, BRANCH) for app in tags} == tags
    assert status(scene, scene.pull()) == ("success", "every gate passes")
