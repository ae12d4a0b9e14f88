"""A promotion is over when it is verified; what has failed goes nowhere, and Git remembers both."""

import pytest
from world.scene import ARGOCD_TOKEN, PRODUCTION, STAGING, promoted, reason, well

from updater.messages import read_verdicts
from updater.model import Placement, Request
from updater.views.pass_report import as_json, as_text

REF = "refs/updater/verdicts/main"
AT = 'namespace="{environment}", pod=~"{app}-.*"'
ERRORS = 'sum(app_errors{app="{app}", env="{environment}"})'
SHOP = Placement(STAGING, "shop")


@pytest.fixture
def prometheus(scene):
    """Staging is verified for ten minutes, by what Prometheus says; Git tells since when."""
    prometheus, scene.alertmanager = scene.with_prometheus()
    scene.config["environments"][STAGING] |= {
        "alerts": {"match": AT},
        "heartbeat": "Watchdog",
        "verify": {"for": "10m"},
    }
    return prometheus


def pod(app="shop", environment=STAGING):
    return {"namespace": environment, "pod": f"{app}-1"}


def deployed(scene):
    tag = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    return tag


def later(scene, minutes, name="first"):
    scene.world.clock.forward(minutes=minutes)
    return well(scene.run(name))


def recorded(scene, app="shop", environment=STAGING):
    """What became of each tag there, as the ref has it."""
    if REF not in scene.hub.refs(scene.repository):
        return []
    placement = Placement(environment, app)
    try:
        file = scene.hub.read(scene.repository, REF, f"{environment}/{app}.jsonl")
    except KeyError:
        return []
    return [(verdict.tag, verdict.result) for verdict in read_verdicts(placement, file)]


def about(scene, tag):
    return [result for each, result in recorded(scene) if each == tag]


def state(report, placement=SHOP):
    return report.verifications[placement].state


def test_it_is_verified_when_its_time_is_over_and_that_is_written_once(scene, prometheus):
    tag = deployed(scene)
    assert state(later(scene, 5)) == "verifying"
    assert about(scene, tag) == []
    report = later(scene, 6)
    assert state(report) == "verified"
    assert about(scene, tag) == ["verified"]
    tip = scene.hub.refs(scene.repository)[REF]
    later(scene, 60)
    later(scene, 60, "another")
    assert scene.hub.refs(scene.repository)[REF] == tip


def test_what_has_failed_goes_no_further_and_the_next_build_does(scene, prometheus):
    bad = deployed(scene)
    prometheus.fire("HighErrorRate", **pod())
    report = later(scene, 1)
    assert state(report) == "failed"
    assert about(scene, bad) == ["failed"]
    assert [one.kind.code for one in report.conditions if one.placement == SHOP] == ["failed", "fires_now"]
    later(scene, 31)
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert (code, scene.pulls()) == ("failed", [])
    assert sentence.startswith("it failed its verification in staging at 2026-02-02 14:")
    prometheus.resolve("HighErrorRate", **pod())
    good = deployed(scene)
    report = later(scene, 31)
    assert (promoted(report, PRODUCTION), about(scene, good)) == (good, ["verified"])
    assert [one for one in report.conditions if one.placement == SHOP] == []


def test_a_pull_request_that_shows_what_then_fails_turns_red(scene, prometheus):
    scene.config["environments"][STAGING]["verify"] = {"for": "2h"}
    tag, pull = scene.proposed()
    prometheus.fire("HighErrorRate", **pod())
    later(scene, 1)
    assert about(scene, tag) == ["failed"]
    said = scene.hub.statuses(scene.repository, scene.branch_head(pull))[0]
    assert (said.state, said.description.partition(" in ")[0]) == ("failure", "it failed its verification")


def test_a_person_who_names_it_may(scene, prometheus):
    bad = deployed(scene)
    prometheus.fire("HighErrorRate", **pod())
    later(scene, 1)
    scene.soak()
    order = Request("promote", Placement(PRODUCTION, "shop"), bad, "kim", "we need it")
    report = scene.updater().run("deploy", act=True, request=order)
    assert promoted(report, PRODUCTION) == bad


def test_a_newer_one_cuts_it_off(scene, prometheus):
    first = deployed(scene)
    scene.world.clock.forward(minutes=3)
    second = deployed(scene)
    later(scene, 1)
    assert about(scene, first) == ["cut"]
    later(scene, 10)
    assert about(scene, second) == ["verified"]


def test_what_burned_before_counts_for_nothing(scene, prometheus):
    prometheus.fire("HighErrorRate", ago=3600, **pod())
    tag = deployed(scene)
    later(scene, 11)
    assert about(scene, tag) == ["verified"]


def test_what_is_silenced_is_named(scene, prometheus):
    tag = deployed(scene)
    prometheus.fire("HighErrorRate", **pod())
    scene.alertmanager.silence(("alertname", "=", "HighErrorRate"), by="kim")
    later(scene, 11)
    file = scene.hub.read(scene.repository, REF, "staging/shop.jsonl")
    (verdict,) = (one for one in read_verdicts(SHOP, file) if one.tag == tag)
    assert verdict.result == "verified"
    assert "HighErrorRate" in verdict.seen[-1]
    assert "kim" in verdict.seen[-1]


def test_monitoring_that_is_away_is_asked_again_and_then_nobody_knows(scene, prometheus):
    tag = deployed(scene)
    prometheus.go_away()
    scene.world.clock.forward(minutes=11)
    report = scene.run()
    assert (state(report), about(scene, tag)) == ("verifying", [])
    prometheus.come_back()
    later(scene, 1)
    assert about(scene, tag) == ["verified"]
    tag = deployed(scene)
    prometheus.go_away()
    scene.world.clock.forward(minutes=31)
    assert state(scene.run()) == "unknown"
    assert about(scene, tag) == ["unknown"]


def test_a_gap_in_monitoring_verifies_nothing(scene, prometheus):
    tag = deployed(scene)
    prometheus.crash()
    scene.world.clock.forward(minutes=8)
    prometheus.restart()
    assert state(later(scene, 3)) == "verifying"
    later(scene, 20)
    assert about(scene, tag) == ["unknown"]


@pytest.mark.parametrize(("value", "found"), [(0.001, "verified"), (0.5, "failed")])
def test_metrics_are_looked_at_too(scene, prometheus, value, found):
    scene.config["environments"][STAGING]["metrics"] = {"errors": {"query": ERRORS, "max": 0.01}}
    prometheus.set("app_errors", 0.001, ago=86400, app="shop", env=STAGING)
    tag = deployed(scene)
    scene.world.clock.forward(minutes=2)
    prometheus.set("app_errors", value, app="shop", env=STAGING)
    later(scene, 10)
    assert about(scene, tag) == [found]


@pytest.mark.parametrize(("value", "found"), [(0.001, "verified"), (0.5, "unknown")])
def test_what_cures_does_not_fail_by_what_ran_before(scene, prometheus, value, found):
    """Its first samples look back."""
    scene.config["environments"][STAGING]["metrics"] = {"errors": {"query": ERRORS, "max": 0.01}}
    prometheus.set("app_errors", 0.5, ago=86400, app="shop", env=STAGING)
    tag = deployed(scene)
    assert state(later(scene, 1)) == "verifying"
    prometheus.set("app_errors", value, app="shop", env=STAGING)
    later(scene, 11)
    assert about(scene, tag) == [found]


def test_too_little_traffic_is_no_failure(scene, prometheus):
    needs = {"query": ERRORS, "min": 200}
    metric = {"query": ERRORS, "max": 0.01, "needs": needs}
    scene.config["environments"][STAGING]["metrics"] = {"errors": metric}
    prometheus.set("app_errors", 0.5, ago=86400, app="shop", env=STAGING)
    tag = deployed(scene)
    later(scene, 11)
    assert about(scene, tag) == ["unknown"]


def test_a_metric_that_only_tells_fails_nothing(scene, prometheus):
    metric = {"query": ERRORS, "max": 0.01, "dry_run": True}
    scene.config["environments"][STAGING]["metrics"] = {"errors": metric}
    prometheus.set("app_errors", 0.5, ago=86400, app="shop", env=STAGING)
    tag = deployed(scene)
    later(scene, 11)
    assert about(scene, tag) == ["verified"]


@pytest.fixture
def argocd(scene, monkeypatch):
    """Staging is verified by what Argo CD says, too."""
    argocd = scene.with_argocd()
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    scene.config["environments"][STAGING]["verify"] = {"for": "10m"}
    return argocd


def test_it_counts_from_the_sync(scene, argocd):
    argocd.application("shop-staging").auto = False
    tag = deployed(scene)
    assert state(later(scene, 30)) == "waiting"
    argocd.sync("shop-staging")
    argocd.poll()
    assert state(later(scene, 9)) == "verifying"
    argocd.poll()
    later(scene, 2)
    assert about(scene, tag) == ["verified"]


def test_what_turns_degraded_and_stays_so_has_failed(scene, argocd):
    tag = deployed(scene)
    argocd.poll()
    scene.world.clock.forward(minutes=1)
    argocd.turn("shop-staging", "Degraded")
    assert state(later(scene, 4)) == "verifying"
    assert state(later(scene, 2)) == "failed"
    assert about(scene, tag) == ["failed"]


def test_a_host_that_refuses_the_ref_fails_no_pass_and_nothing_is_lost(scene, prometheus):
    git = scene.hub.find(scene.repository).git
    git.text("config", "receive.hideRefs", "refs/updater/verdicts")
    tag = deployed(scene)
    scene.world.clock.forward(minutes=11)
    report = scene.run()
    (outcome,) = (each for each in report.outcomes if each.code == "verdicts_refused")
    assert "nothing goes back by itself" in outcome.error
    assert not report.failed
    report = later(scene, 1)
    assert [each for each in report.warnings if "refuses the ref" in each]
    assert report.outcomes == ()
    git.text("config", "--unset", "receive.hideRefs")
    later(scene, 60)
    assert about(scene, tag) == ["verified"]


def test_a_line_that_is_none_holds_that_app_and_no_other(scene, prometheus):
    deployed(scene)
    later(scene, 11)
    git = scene.hub.find(scene.repository).git
    blob = git.text("hash-object", "-w", "--stdin", given=b"{}\n")
    folder = git.text("mktree", given=f"100644 blob {blob}\tshop.jsonl\n".encode())
    tree = git.text("mktree", given=f"040000 tree {folder}\tstaging\n".encode())
    git.update_refs({REF: git.commit_tree(tree, [], "Oops", scene.hub.forge.signature(scene.hub.human))})
    scene.build("blog")
    tag = scene.build()
    report = scene.run()
    code, sentence = reason(report, STAGING)
    assert code == "verdicts_unreadable"
    assert "line 1 is no verdict: {} (staging/shop.jsonl at refs/updater/verdicts/main)" in sentence
    assert scene.pinned("blog", STAGING) != scene.pinned("shop", STAGING) != tag
    assert reason(report, PRODUCTION)[0] == "verdicts_unreadable"


def test_two_updaters_write_it_once(scene, prometheus):
    tag = deployed(scene)
    scene.world.clock.forward(minutes=11)
    scene.run("another"), scene.run("first"), scene.run("another")
    assert about(scene, tag) == ["verified"]


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(3))
def test_a_push_that_is_cut_leaves_one_verdict(scene, prometheus, call, carried_out):
    tag = deployed(scene)
    scene.world.clock.forward(minutes=11)
    scene.hub.fail_next(1, 502, matching=r"\.git/", after=call, carried_out=carried_out)
    scene.run()
    scene.hub.lift()
    for name in ("first", "another"):
        scene.run(name)
    assert about(scene, tag) == ["verified"]
    before = scene.everything()
    well(scene.run("another"))
    assert scene.everything() == before


def test_people_and_programs_read_how_it_stands(scene, prometheus):
    tag = deployed(scene)
    report = later(scene, 5)
    every = as_json([report])["repositories"][0]["verifications"]
    (told,) = (each for each in every if each["app"] == "shop")
    assert (told["tag"], told["state"]) == (tag, "verifying")
    assert any(f"shop in staging: {tag}: being verified" in line for line in as_text(report, done=True))
