"""What fails its verification goes back by Git: once, and never over a person."""

import pytest
from world.scene import ARGOCD_TOKEN, MAIL, SOAK, TOKEN, Scene, promoted, reason, well
from world.verdicts import failed_now, record, shop

from updater.errors import Refused
from updater.messages import read_rollbacks, read_verdicts
from updater.model import Placement, Request, Rollback
from updater.reasons.failure_reasons import VERDICTS_REFUSED
from updater.sandbox.world import FIRST_TAG, OWNER, PRODUCTION, STAGING, overlay

IN_STAGING, IN_PRODUCTION = shop(STAGING), shop(PRODUCTION)


@pytest.fixture(autouse=True)
def verified(scene, monkeypatch):
    """Both environments verify by health, and go back; people and pulls as ever."""
    argocd = scene.with_argocd(gates={"soak": f"{SOAK}m"})
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    for environment in (STAGING, PRODUCTION):
        scene.config["environments"][environment]["verify"] = {"for": "15m", "then": "rollback"}
    return argocd


def deployed(scene, app="shop"):
    """A build that staging has taken and that failed there, after one that was verified; both tags."""
    record(scene, shop(STAGING)._replace(app=app), FIRST_TAG, "verified")
    bad = scene.build(app)
    well(scene.run())
    assert scene.pinned(app, STAGING) == bad
    failed_now(scene, shop(STAGING)._replace(app=app))
    return bad


def merged(scene, method="merge"):
    """The same in production, by a pull request that a person has merged."""
    record(scene, IN_PRODUCTION, FIRST_TAG, "verified")
    tag, pull = scene.proposed()
    scene.merge(pull, method)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    return tag


def told(report, placement=IN_STAGING):
    """What became of it, and why."""
    (way,) = (each for each in report.ways_back if each.placement == placement)
    return way.result, way.sentence


# --- pushed ---------------------------------------------------------------------------------------------


def test_a_failed_push_goes_back_by_a_push_and_stays_away(scene):
    bad = deployed(scene)
    elsewhere = scene.pinned("blog", STAGING), scene.pinned("shop", PRODUCTION)
    report = well(scene.run())
    assert promoted(report, STAGING) == scene.pinned("shop", STAGING) == FIRST_TAG
    assert told(report) == ("goes", f"it goes back to {FIRST_TAG}, which was verified there")
    assert (scene.pinned("blog", STAGING), scene.pinned("shop", PRODUCTION)) == elsewhere
    (commit, *_) = scene.log()
    assert commit.committer.email == MAIL
    assert commit.message.startswith(f"revert(shop): roll staging back to {FIRST_TAG}\n\nWas {bad}.\n")
    assert "has failed its verification" in commit.message
    assert "ShopIsDown fires" in commit.message
    assert f"* {FIRST_TAG} was verified there from " in commit.message
    assert read_rollbacks(commit.message) == (Rollback(IN_STAGING, bad, FIRST_TAG, "verify:alerts"),)

    before = scene.everything()
    report = well(scene.run("another"))
    assert reason(report, STAGING)[0] == "rolled_back"
    assert scene.everything() == before
    assert not report.ways_back
    (step,) = report.steps_back[IN_STAGING]
    assert (step.rollback.by, step.commit) == ("verify:alerts", commit.sha)

    newer = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == newer


def test_only_bytes_of_the_pin_change(scene):
    before = scene.text(STAGING)
    deployed(scene)
    scene.run()
    assert scene.text(STAGING) == before


def test_what_was_built_before_the_way_back_waits_for_a_person(scene):
    deployed(scene)
    between = scene.build()
    report = well(scene.run())
    assert scene.pinned("shop", STAGING) == FIRST_TAG, f"and not {between}"
    assert reason(well(scene.run()), STAGING)[0] == "built_before_rollback"
    assert report.steps


def test_a_pass_that_only_looks_shows_it_and_writes_nothing(scene):
    bad = deployed(scene)
    report = scene.run(act=False)
    assert promoted(report, STAGING) == FIRST_TAG
    assert scene.pinned("shop", STAGING) == bad


def test_a_digest_beside_the_tag_goes_back_with_it(scene):
    scene.with_digests(STAGING)
    deployed(scene)
    well(scene.run())
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert scene.registry.digest(f"{OWNER}/shop", FIRST_TAG) in scene.text(STAGING)


# --- from the alert to the commit -----------------------------------------------------------------------


@pytest.fixture
def prometheus(scene):
    """Staging is verified by its alerts; Argo CD tells since when."""
    prometheus, _ = scene.with_prometheus()
    scene.config["environments"][STAGING] |= {
        "alerts": {"match": 'namespace="{environment}", pod=~"{app}-.*"'},
        "heartbeat": "Watchdog",
        "verify": {"for": "10m", "with": ["alerts"], "then": "rollback"},
    }
    return prometheus


POD = {"namespace": STAGING, "pod": "shop-1"}


def later(scene, minutes, name="first"):
    scene.world.clock.forward(minutes=minutes)
    return scene.run(name)


def burning(scene, prometheus):
    """What runs in staging has just made an alert fire, after a build that was verified; both tags."""
    good = scene.build()
    well(scene.run())
    well(later(scene, 11))
    bad = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == bad
    scene.world.clock.forward(minutes=1)
    prometheus.fire("ShopIsDown", **POD)
    return good, bad


def test_an_alert_that_fires_takes_one_pass_to_the_way_back(scene, prometheus):
    good, bad = burning(scene, prometheus)
    listed = len(scene.registry.requests)
    report = well(later(scene, 1))
    assert scene.pinned("shop", STAGING) == good
    kinds = [type(outcome.step).__name__ for outcome in report.outcomes]
    assert kinds.index("PushVerdicts") < kinds.index("PushBase")
    asked = [request.path for request in scene.registry.requests[listed:] if "tags/list" in request.path]
    assert len(asked) == len(set(asked)), "what registries had listed still counted"
    assert "ShopIsDown fired" in scene.log()[0].message
    assert read_rollbacks(scene.log()[0].message) == (Rollback(IN_STAGING, bad, good, "verify:alerts"),)
    prometheus.resolve("ShopIsDown", **POD)
    well(later(scene, 1))
    head = scene.world.head()
    well(later(scene, 1, "another"))
    assert scene.world.head() == head
    assert promoted(well(later(scene, 31)), PRODUCTION) == good, "what staging left goes no further"
    newest = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == newest


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(8))
def test_i6_killed_between_the_alert_and_the_commit(scene, prometheus, call, carried_out):
    """A verdict is written once, and it goes back once, whatever is cut."""
    good, bad = burning(scene, prometheus)
    scene.hub.fail_next(99, 503, matching=r"\.git/", after=call, carried_out=carried_out)
    later(scene, 1)
    scene.hub.lift()
    for _ in range(2):
        well(scene.run("another"))
    assert scene.pinned("shop", STAGING) == good
    said = [each for commit in scene.log() for each in read_rollbacks(commit.message)]
    assert [(each.old, each.new) for each in said] == [(bad, good)]
    file = scene.hub.read(scene.repository, "refs/updater/verdicts/main", "staging/shop.jsonl")
    assert [one.tag for one in read_verdicts(IN_STAGING, file) if one.result == "failed"] == [bad]


def test_who_only_observes_writes_neither_the_verdict_nor_the_way_back(scene, prometheus):
    _, bad = burning(scene, prometheus)
    before = scene.everything()
    scene.world.clock.forward(minutes=1)
    scene.run(act=False)
    assert scene.everything() == before
    assert scene.pinned("shop", STAGING) == bad


def test_where_the_host_refuses_the_record_nothing_goes_back(scene, prometheus):
    _, bad = burning(scene, prometheus)
    clone = scene.updater()._clones.of("deploy")
    push = clone.push

    def refused(updates, *, atomic):
        if updates[0].ref.startswith("refs/updater/verdicts/"):
            error = Refused("the host refuses the ref", reason=VERDICTS_REFUSED)
            return {update.ref: error for update in updates}
        return push(updates, atomic=atomic)

    clone.push = refused
    report = later(scene, 1)
    assert not report.ways_back
    assert scene.pinned("shop", STAGING) == bad


# --- never ----------------------------------------------------------------------------------------------


def by_hand(scene):
    tag = scene.build()
    scene.set(STAGING, "shop", tag)


def order(scene, placement, tag, kind="promote"):
    scene.world.clock.forward(seconds=5)
    request = Request(kind, placement, tag, by="kim", why="now")
    return well(scene.updater().run("deploy", act=True, request=request))


def by_name(scene):
    order(scene, IN_STAGING, scene.build())


def by_an_amended_bump(scene):
    """As ours in every word, with a comment that nobody asked for."""
    scene.build()
    well(scene.run())
    head, git = scene.log()[0], scene.hub.find(scene.repository).git
    text = scene.text(STAGING) + "# more\n"
    scene.hub.force_push(scene.repository, "main", head.parents[0])
    who = git.text("log", "-1", "--format=%an|%ae|%at", head.sha)
    assert who
    sha = scene.hub.commit(scene.repository, "main", {overlay(STAGING): text}, head.message)
    assert sha
    git.update_refs({"refs/updater/main": sha})


@pytest.mark.parametrize("brought", [by_hand, by_name, by_an_amended_bump])
def test_what_people_brought_is_told_only(scene, brought):
    record(scene, IN_STAGING, FIRST_TAG, "verified")
    brought(scene)
    scene.run()
    tag = scene.pinned("shop", STAGING)
    failed_now(scene, IN_STAGING)
    result, why = told(scene.run())
    assert result == "told"
    assert "by name" in why or "is not ours" in why
    assert scene.pinned("shop", STAGING) == tag


def hold(scene):
    text = "holds:\n- app: shop\n  environment: staging\n  why: audit\n"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": text}, "Hold")


def held_and_released(scene):
    hold(scene)
    scene.world.revert(scene.world.head())


def broken_holds(scene):
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": "holds: [\n"}, "Break")


def anything_there(scene):
    scene.hub.commit(scene.repository, "main", {".updater/notes.md": "we look"}, "Look")


def late(scene):
    scene.world.clock.forward(minutes=36)


def silent(scene):
    scene.registry.fail_next(50, 503, matching=f"manifests/{FIRST_TAG}")


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (hold, "a person holds it"),
        (held_and_released, ".updater/holds.yaml since"),
        (broken_holds, "a person holds it"),
        (anything_there, ".updater/notes.md since"),
        (late, "it is later than"),
        (silent, "nobody can say whether"),
    ],
)
def test_never(scene, act, why):
    bad = deployed(scene)
    act(scene)
    result, said = told(scene.run())
    assert (result, why in said) == ("told", True), said
    assert scene.pinned("shop", STAGING) == bad


def test_what_somebody_else_does_meanwhile_is_no_matter(scene):
    deployed(scene)
    blog = scene.build("blog")
    scene.hub.commit(scene.repository, "main", {"docs/a.md": "words"}, "Words")
    well(scene.run())
    assert (scene.pinned("shop", STAGING), scene.pinned("blog", STAGING)) == (FIRST_TAG, blog)


def test_nothing_verified_writes_nothing(scene):
    bad = scene.build()
    well(scene.run())
    failed_now(scene, IN_STAGING)
    before = scene.everything()
    report = well(scene.run())
    assert told(report)[0] == "nothing_verified"
    assert scene.everything() == before
    assert scene.pinned("shop", STAGING) == bad


def test_a_tag_that_comes_again_fails_alone(scene):
    bad = deployed(scene)
    well(scene.run())
    scene.world.revert(scene.world.head())
    well(scene.run())
    assert scene.pinned("shop", STAGING) == bad
    failed_now(scene, IN_STAGING)
    result, why = told(scene.run())
    assert result == "told"
    assert f"it went back from {bad} before" in why
    assert scene.pinned("shop", STAGING) == bad


def test_who_forces_the_way_back_away_has_decided(scene):
    bad = deployed(scene)
    base = scene.world.head()
    well(scene.run())
    scene.hub.force_push(scene.repository, "main", base)
    result, why = told(scene.run())
    assert result == "told"
    assert "forced" in why
    assert scene.pinned("shop", STAGING) == bad


def test_tell_tells(scene):
    scene.config["environments"][STAGING]["verify"]["then"] = "tell"
    bad = deployed(scene)
    report = well(scene.run())
    assert told(report)[0] == "told"
    assert report.ways_back[0].command == "updater rollback shop staging"
    assert scene.pinned("shop", STAGING) == bad


# --- proposed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_of_ours_goes_back_by_a_pull_request(scene, method):
    bad = merged(scene, method)
    failed_now(scene, IN_PRODUCTION)
    report = well(scene.run())
    assert told(report, IN_PRODUCTION)[0] == "proposes", told(report, IN_PRODUCTION)
    pull = scene.pull()
    assert pull.head == "updater/asked/production--shop"
    assert scene.pinned("shop", PRODUCTION, pull.head) == FIRST_TAG
    assert "has failed its verification" in pull.body
    assert "to stay with" in pull.body
    assert scene.pinned("shop", PRODUCTION) == bad
    before = scene.everything()
    report = well(scene.run("another"))
    (open_one,) = report.proposals[IN_PRODUCTION]
    assert told(report, IN_PRODUCTION) == ("waits", f"{open_one.pull_request.url} proposes it")
    assert scene.everything() == before

    scene.merge(pull, method)
    report = well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    assert reason(report, PRODUCTION)[0] == "rolled_back"
    (step,) = report.steps_back[IN_PRODUCTION]
    assert (step.rollback.old, step.rollback.new, step.rollback.by) == (bad, FIRST_TAG, "verify:alerts")
    assert not scene.branches()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_what_apps_have_shared_goes_back_alone(scene, method):
    scene.settings(group="environment")
    for app in ("shop", "blog"):
        record(scene, Placement(PRODUCTION, app), FIRST_TAG, "verified")
        scene.build(app)
    well(scene.run())
    scene.soak()
    well(scene.run())
    scene.merge(scene.pull(), method)
    well(scene.run())
    blog = scene.pinned("blog", PRODUCTION)
    assert blog != FIRST_TAG
    failed_now(scene, IN_PRODUCTION)
    report = well(scene.run())
    assert told(report, IN_PRODUCTION)[0] == "proposes", told(report, IN_PRODUCTION)
    pull = scene.pull()
    assert scene.pinned("shop", PRODUCTION, pull.head) == FIRST_TAG
    assert scene.pinned("blog", PRODUCTION, pull.head) == blog


def test_a_way_back_that_somebody_closed_is_not_proposed_again(scene):
    merged(scene)
    failed_now(scene, IN_PRODUCTION)
    well(scene.run())
    scene.hub.close(scene.repository, scene.pull().number)
    report = well(scene.run())
    result, why = told(report, IN_PRODUCTION)
    assert result == "told"
    assert "was closed" in why
    assert not scene.pulls()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("where", ["the file", "another"])
def test_a_hand_edited_proposal_is_told_only(scene, method, where):
    record(scene, IN_PRODUCTION, FIRST_TAG, "verified")
    _, pull = scene.proposed()
    text = scene.text(PRODUCTION, ref=pull.head)
    files = {overlay(PRODUCTION): text + "# and more\n"} if where == "the file" else {"docs/a.md": "words"}
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, pull.head, files, "More")
    scene.merge(pull, method)
    scene.run()
    failed_now(scene, IN_PRODUCTION)
    result, why = told(scene.run(), IN_PRODUCTION)
    assert (result, "more than ours" in why) == ("told", True), why
    assert not scene.pulls()


def test_an_asked_proposal_is_told_only(scene):
    record(scene, IN_PRODUCTION, FIRST_TAG, "verified")
    tag = scene.proven()
    order(scene, IN_PRODUCTION, tag)
    scene.merge(scene.pull(), "squash")
    well(scene.run())
    failed_now(scene, IN_PRODUCTION)
    result, why = told(scene.run(), IN_PRODUCTION)
    assert (result, "by name" in why) == ("told", True), why


def test_a_push_to_a_base_that_takes_pull_requests_where_config_says_so(scene):
    scene.config["environments"][PRODUCTION]["verify"]["deliver"] = "push"
    merged(scene)
    failed_now(scene, IN_PRODUCTION)
    report = well(scene.run())
    assert told(report, IN_PRODUCTION)[0] == "goes"
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG
    assert not scene.pulls()


def test_a_refused_push_is_proposed_once(scene):
    bad = deployed(scene)
    scene.hub.protect(scene.repository, "main")
    report = scene.run()
    assert told(report)[0] == "proposes"
    assert [outcome.code for outcome in report.outcomes if outcome.failed] == ["branch_protected"]
    pull = scene.pull()
    assert scene.pinned("shop", STAGING, pull.head) == FIRST_TAG
    assert scene.pinned("shop", STAGING) == bad
    before = scene.everything()
    assert told(well(scene.run()))[0] == "waits"
    assert scene.everything() == before
    scene.hub.close(scene.repository, pull.number)
    scene.run()
    assert not scene.pulls()


def test_what_is_open_stays_judged_while_it_goes_back(scene):
    """Also in a pull request that apps share."""
    scene.settings(group="environment")
    merged(scene)
    scene.proven("blog")
    scene.proven()
    well(scene.run())
    shared = scene.pull()
    listed = shared.body
    failed_now(scene, IN_PRODUCTION)
    well(scene.run())
    assert {pull.number for pull in scene.pulls()} > {shared.number}
    assert shared.body.count("shop") >= 1
    assert listed


def test_a_persons_way_back_says_so_in_its_commit_and_is_told_by_a_squash(scene):
    bad = scene.build()
    well(scene.run())
    order(scene, IN_STAGING, None, "rollback")
    assert read_rollbacks(scene.log()[0].message) == (Rollback(IN_STAGING, bad, FIRST_TAG, "human"),)
    (step,) = well(scene.run()).steps_back[IN_STAGING]
    assert step.rollback.by == "human"


def test_who_says_more_than_the_commit_does_is_not_believed(scene):
    bad = scene.build()
    well(scene.run())
    said = f"Back\n\nUpdater-Rollback: staging shop {bad} 20260101-000000 verify:alerts\n"
    scene.set(STAGING, "shop", FIRST_TAG, message=said)
    (step,) = well(scene.run()).steps_back[IN_STAGING]
    assert step.rollback == Rollback(IN_STAGING, bad, FIRST_TAG, "human")


def many_deployed(tmp_path, monkeypatch, apps):
    """Each has a build in staging, after one that was verified."""
    scene = Scene(tmp_path, apps)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    argocd = scene.with_argocd(gates={"soak": f"{SOAK}m"})
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    scene.config["environments"][STAGING]["verify"] = {"for": "15m", "then": "rollback"}
    for app in apps:
        record(scene, Placement(STAGING, app), FIRST_TAG, "verified")
        scene.build(app)
    well(scene.run())
    return scene


def test_more_apps_than_may_go_back_at_once_do_not(tmp_path, monkeypatch):
    apps = tuple(f"app{number}" for number in range(10))
    scene = many_deployed(tmp_path, monkeypatch, apps)
    stays = scene.run(act=False).timelines
    for app in apps:
        stay = stays[Placement(STAGING, app)].current
        record(scene, Placement(STAGING, app), stay.tag, "failed", commit=stay.by)
    before = scene.everything()
    report = well(scene.run())
    assert {way.result for way in report.ways_back} == {"many_failed"}
    assert len(report.ways_back) == len(apps)
    assert scene.everything() == before
    scene.close()


def test_of_apps_that_fail_a_minute_apart_three_go_back_within_an_hour(tmp_path, monkeypatch):
    apps = tuple(f"app{number}" for number in range(4))
    scene = many_deployed(tmp_path, monkeypatch, apps)
    for app in apps:
        failed_now(scene, Placement(STAGING, app))
        report = well(later(scene, 1))
    result, why = told(report, Placement(STAGING, "app3"))
    assert (result, "1 app fails at once, and 3 have lately gone back" in why) == ("many_failed", True), why
    back = [app for app in apps if scene.pinned(app, STAGING) == FIRST_TAG]
    assert back == ["app0", "app1", "app2"]
    assert report.line is None, "without a breaker nothing is stopped"
    later(scene, 61)
    bad = scene.build("app0")
    well(scene.run())
    failed_now(scene, Placement(STAGING, "app0"))
    assert scene.pinned("app0", STAGING) == bad
    assert told(well(scene.run()), Placement(STAGING, "app0"))[0] == "goes", "an hour later it may again"
    scene.close()


def test_what_went_back_lately_counts_until_somebody_releases_all(scene):
    scene.config["repositories"]["deploy"]["breaker"] = {"rolled_back": 2, "within": "1h", "for": "1m"}
    for app in ("blog", "shop"):
        record(scene, Placement(STAGING, app), FIRST_TAG, "verified")
        scene.build(app)
    well(scene.run())
    scene.set(STAGING, "blog", FIRST_TAG)
    assert scene.updater().run("deploy", act=False).line is None
    failed_now(scene, IN_STAGING)
    report = well(scene.run())
    assert told(report)[0] == "goes", "two are as many as may"
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    report = well(scene.run())
    assert report.line is not None, "and then the line is stopped"


# --- cut, raced, doubled --------------------------------------------------------------------------------


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(4))
def test_i6_killed_around_the_push(scene, call, carried_out):
    bad = deployed(scene)
    scene.hub.fail_next(1, 502, matching=r"\.git/", after=call, carried_out=carried_out)
    scene.run()
    scene.hub.lift()
    for _ in range(2):
        scene.run("another")
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    said = [each for commit in scene.log() for each in read_rollbacks(commit.message)]
    assert [(each.old, each.new) for each in said] == [(bad, FIRST_TAG)]


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(6))
def test_i6_killed_while_it_is_proposed(scene, call, carried_out):
    merged(scene)
    failed_now(scene, IN_PRODUCTION)
    scene.hub.fail_next(99, 503, matching=r"/api/v3|\.git/", after=call, carried_out=carried_out)
    scene.run()
    scene.hub.lift()
    for _ in range(2):
        well(scene.run("another"))
    pull = scene.pull()
    assert scene.pinned("shop", PRODUCTION, pull.head) == FIRST_TAG
    assert len([each for each in scene.pulls("all") if each.head == pull.head]) == 1


def test_i7_two_updaters_go_back_once(scene):
    bad = deployed(scene)
    clone = scene.updater()._clones.of("deploy")
    push, raced = clone.push, []

    def push_too_late(updates, *, atomic):
        if not raced and updates[0].ref == "refs/heads/main":
            raced.append(scene.run("another"))
        return push(updates, atomic=atomic)

    clone.push = push_too_late
    scene.run()
    assert raced
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    said = [each for commit in scene.log() for each in read_rollbacks(commit.message)]
    assert [(each.old, each.new) for each in said] == [(bad, FIRST_TAG)]


def test_a_hold_inside_the_race_holds(scene):
    bad = deployed(scene)
    clone = scene.updater()._clones.of("deploy")
    push, raced = clone.push, []

    def push_too_late(updates, *, atomic):
        if not raced and updates[0].ref == "refs/heads/main":
            raced.append(hold(scene))
        return push(updates, atomic=atomic)

    clone.push = push_too_late
    report = scene.run()
    assert raced
    assert told(report)[0] == "told"
    assert scene.pinned("shop", STAGING) == bad
