"""With Prometheus beside it, production gets what has kept quiet in staging, and within its limits."""

import pytest
from world.scene import PRODUCTION, STAGING, promoted, reason, well

from updater.commands.explain import explain
from updater.model import Promote
from updater.views.pass_report import as_json, as_text

AT = 'namespace="{environment}", pod=~"{app}-.*"'
GATES = {"soak": "30m", "alerts": {"quiet": "30m"}, "metrics": ["errors"]}
MERGES = {"auto_merge": True}
RATIO = 'sum(app_errors{app="{app}", env="{environment}"})'
COUNT = 'sum(app_requests{app="{app}", env="{environment}"})'


@pytest.fixture
def prometheus(scene):
    """Both apps are watched in both environments; production asks for alerts and metrics."""
    prometheus, scene.alertmanager = scene.with_prometheus(page="http://graphs.example.org")
    errors = {
        "query": RATIO,
        "max": 0.01,
        "worse_than_before": 1.5,
        "needs": {"query": COUNT, "min": 200},
        "unit": "percent",
    }
    for environment in (STAGING, PRODUCTION):
        watched = {"alerts": {"match": AT}, "metrics": {"errors": errors}, "heartbeat": "Watchdog"}
        scene.config["environments"][environment] |= watched
    scene.config["environments"][PRODUCTION]["gates"] = GATES
    for app in scene.apps:
        prometheus.set("app_errors", 0.003, ago=86400, app=app, env=STAGING)
        prometheus.set("app_requests", 1840, ago=86400, app=app, env=STAGING)
    return prometheus


def pod(app, environment=STAGING):
    return {"namespace": environment, "pod": f"{app}-1"}


def status(scene):
    said = scene.hub.statuses(scene.repository, scene.branch_head(scene.pull()))[0]
    return said.state, said.description


def test_the_pull_request_shows_what_was_measured_and_where_it_is_drawn(scene, prometheus):
    tag = scene.build()
    well(scene.run())
    prometheus.set("app_errors", 0.002, app="shop", env=STAGING)
    scene.soak()
    report = well(scene.run())
    assert promoted(report, PRODUCTION) == tag
    body = scene.pull().body
    assert "* no alert about it has fired in staging since 2026-02-02 14:" in body
    assert "* errors kept within limits in staging since 2026-02-02 14:" in body
    assert (
        "KST: errors 0.2 %, before 0.3 %, of 1,840 requests ([graph](http://graphs.example.org/graph?g0.expr="
        in body
    )
    assert status(scene)[0] == "success"
    (line,) = [line for line in as_text(report, done=True) if f"-> {tag}" in line]
    assert "errors 0.2 %, before 0.3 %, of 1,840 requests (http://graphs.example.org/graph?" in line


def test_numbers_that_tick_write_nothing(scene, prometheus):
    scene.proposed()
    well(scene.run())
    before, written = scene.everything(), len(scene.writes())
    for number in range(3):
        prometheus.set("app_errors", 0.002 + number / 10_000, app="shop", env=STAGING)
        prometheus.set("app_requests", 2000 + number, app="shop", env=STAGING)
        scene.world.clock.forward(minutes=7)
        well(scene.run())
    assert scene.everything() == before
    assert len(scene.writes()) == written


def test_the_status_follows_what_fires(scene, prometheus):
    scene.proposed()
    assert status(scene)[0] == "success"
    prometheus.fire("AppDown", **pod("shop"))
    report = well(scene.run())
    assert reason(report, PRODUCTION)[0] == "alerts"
    said, why = status(scene)
    assert said == "pending"
    assert why.startswith("AppDown fires in staging since 2026-02-02 14:")
    written = len(scene.writes())
    scene.world.clock.forward(minutes=3)
    well(scene.run())
    assert len(scene.writes()) == written, "it fires on, which is no news"


def test_the_status_follows_what_is_measured(scene, prometheus):
    scene.proposed()
    prometheus.set("app_errors", 0.5, app="shop", env=STAGING)
    scene.world.clock.forward(minutes=2)
    report = well(scene.run())
    code, said = reason(report, PRODUCTION)
    assert code == "metrics"
    assert said.startswith("errors was beyond its limits (at most 1 %) in staging since 2026-02-02 14:00:0")
    assert status(scene)[0] == "pending"


def test_another_apps_alerts_are_its_own(scene, prometheus):
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("blog"))
    prometheus.fire("AppDown", **pod("shop", "elsewhere"))
    assert promoted(well(scene.run()), PRODUCTION) == tag


def test_what_somebody_has_silenced_is_named_and_holds_nothing(scene, prometheus):
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("shop"))
    scene.alertmanager.silence(("alertname", "=", "AppDown"), by="kim", why="a known one")
    assert promoted(well(scene.run()), PRODUCTION) == tag
    assert "AppDown is silenced (" in scene.pull().body


def test_monitoring_that_is_away_holds_who_asks_and_nobody_else(scene, prometheus):
    scene.apps["blog"]["environments"] = {
        STAGING: {},
        PRODUCTION: {"gates": {"alerts": False, "metrics": False}},
    }
    shop, blog = scene.build("shop"), scene.build("blog")
    well(scene.run())
    scene.soak()
    prometheus.go_away()
    report = scene.run()
    code, sentence = reason(report, PRODUCTION, "shop")
    assert code == "monitoring_unreadable"
    assert "Prometheus" in sentence
    assert promoted(report, PRODUCTION, "blog") == blog
    assert ["blog" in pull.title for pull in scene.pulls()] == [True]
    prometheus.come_back()
    assert promoted(well(scene.run()), PRODUCTION, "shop") == shop


def test_a_proposal_stays_as_it_is_while_monitoring_is_away(scene, prometheus):
    scene.proposed()
    before = status(scene)
    prometheus.go_away()
    scene.run()
    assert status(scene) == before
    assert scene.pull().state == "open"


def test_what_nobody_has_watched_is_not_quiet(scene, prometheus):
    scene.build()
    well(scene.run())
    prometheus.crash()
    scene.world.clock.forward(minutes=10)
    prometheus.restart()
    scene.soak()
    code, sentence = reason(well(scene.run()), PRODUCTION)
    assert code == "monitoring_unreadable"
    assert "Watchdog was not there" in sentence


# --- what fires where it is to go ---------------------------------------------------------------------------


def test_what_burns_in_production_may_be_cured_by_a_person(scene, prometheus):
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("shop", PRODUCTION))
    report = well(scene.run())
    assert promoted(report, PRODUCTION) == tag
    assert "AppDown fires in production since" in scene.pull().body
    assert "a person may merge it all the same, the updater does not" in scene.pull().body
    assert status(scene) == ("success", "every gate passes")
    (decision,) = [each for each in report.decisions if isinstance(each, Promote)]
    assert [ruling.code for ruling in decision.left_to_people] == ["alerts"]
    told = as_json([report])["repositories"][0]["decisions"]
    evidence = next(each["evidence"] for each in told if each["decision"] == "promote")
    assert [each["code"] for each in evidence if each["proposable"]] == ["alerts"]


def test_it_is_not_merged_by_us_while_production_burns(scene, prometheus):
    scene.settings(**MERGES)
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("shop", PRODUCTION))
    for _ in range(3):
        well(scene.run())
    assert status(scene)[0] == "pending"
    assert "AppDown fires in production" in status(scene)[1]
    prometheus.resolve("AppDown", **pod("shop", PRODUCTION))
    scene.world.clock.forward(minutes=31)
    for _ in range(2):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag


def test_nothing_is_pushed_into_a_fire(scene, prometheus):
    scene.config["environments"][PRODUCTION]["deliver"] = "push"
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("shop", PRODUCTION))
    assert reason(well(scene.run()), PRODUCTION)[0] == "alerts"
    prometheus.resolve("AppDown", **pod("shop", PRODUCTION))
    scene.world.clock.forward(minutes=31)
    assert promoted(well(scene.run()), PRODUCTION) == tag
    assert scene.pinned("shop", PRODUCTION) == tag


def test_explain_tells_the_numbers_and_what_is_left_to_people(scene, prometheus, capsys):
    tag = scene.proven()
    prometheus.fire("AppDown", **pod("shop", PRODUCTION))
    explain(scene.updater(), "shop", PRODUCTION, None, "text")
    told = capsys.readouterr().out
    assert f"{tag}: yes" in told
    assert "+ metrics: errors kept within limits in staging since" in told
    assert "errors 0.3 %, before 0.3 %, of 1,840 requests" in told
    assert "~ alerts: no alert about it has fired in staging" in told
    assert f"it moves to {tag}, and only a person may merge that: no alert" in told


def test_explain_says_once_where_a_number_is_drawn(scene, prometheus, capsys):
    tag = scene.proven()
    prometheus.set("app_errors", 0.5, app="shop", env=STAGING)
    scene.world.clock.forward(minutes=2)
    explain(scene.updater(), "shop", PRODUCTION, None, "text")
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  - metrics: "))
    assert lines[at + 1].strip().startswith("http://graphs.example.org/graph?g0.expr=")
    assert sum(lines[at + 1].strip() in line for line in lines) == 1
    (conclusion,) = [line for line in lines if line.startswith("it holds: ")]
    assert "errors was beyond its limits" in conclusion
    assert "samples beyond" in lines[at]
    assert "samples" not in conclusion
    assert "http" not in conclusion
    assert f"{tag}: no" in lines
