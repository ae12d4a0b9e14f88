"""A promotion is over when it is verified: seen on the page, in `status`, `plan` and on the pull request."""

import re

import pytest
from world.scene import ARGOCD_TOKEN, well

from updater.model import Placement, PushVerdicts
from updater.sandbox.world import PRODUCTION
from updater.views.pass_report import as_text
from updater.views.status import status
from updater.web import app_page
from updater.web.report_store import ReportStore

ALERT = "HighErrorRate"
LENGTH = 10
SHOP = Placement(PRODUCTION, "shop")


@pytest.fixture
def watched(scene, monkeypatch):
    """Production is verified by its alerts; answers what fires them, and what syncs."""
    argocd = scene.with_argocd(gates={"soak": "30m"})
    monkeypatch.setenv(ARGOCD_TOKEN, argocd.token)
    prometheus, _ = scene.with_prometheus()
    prometheus.load(ALERT, severity="critical")
    scene.config["environments"][PRODUCTION] |= {
        "alerts": {"match": 'app="{app}", env="production"'},
        "verify": {"for": f"{LENGTH}m", "with": ["alerts"]},
    }
    return argocd, prometheus


def merged(scene, argocd):
    """A build that a person has merged, and Argo CD has synced; answers its pull request."""
    _, pull = scene.proposed()
    scene.merge(pull)
    argocd.poll()
    return pull


def cell(report):
    (found,) = [each for each in status([report]).placements if each.placement == SHOP]
    return found


def page(scene, *reports):
    updater = scene.updater()
    store = ReportStore(updater.config, scene.world.clock, updater.verdicts)
    for report in reports:
        store.keep(report)
    return app_page.html(store, "shop")


def drawn(text):
    """How the newest span is drawn: what ran at first is verified, too."""
    return re.findall(r'<g class="checked (\w+)"', text)[-1]


def said(scene, pull):
    return [comment.body for comment in scene.hub.pull(scene.repository, pull.number).comments]


def test_what_is_well_for_its_whole_span_is_verified_and_its_pull_request_says_so_once(scene, watched):
    argocd, _ = watched
    pull = merged(scene, argocd)
    report = well(scene.run())
    assert cell(report).verification.state == "verifying"
    assert any("being verified" in line for line in as_text(report, done=True))
    assert drawn(page(scene, report)) == "verifying"
    scene.world.clock.forward(minutes=LENGTH)
    report = well(scene.run())
    assert [step.verdicts[0].result for step in report.steps if isinstance(step, PushVerdicts)] == [
        "verified"
    ]
    assert said(scene, pull) == []
    report = well(scene.run())
    (comment,) = said(scene, pull)
    assert comment.startswith(f"**`{cell(report).tag}` is verified in production**: all was well from 2026-")
    assert drawn(page(scene, report)) == "verified"
    before = scene.everything()
    assert cell(well(scene.run())).verification.state == "verified"
    assert scene.everything() == before


def test_what_failed_is_red_and_its_pull_request_says_why_and_the_way_back(scene, watched):
    argocd, prometheus = watched
    pull = merged(scene, argocd)
    well(scene.run())
    scene.world.clock.forward(minutes=2)
    prometheus.fire(ALERT, app="shop", env="production")
    scene.world.clock.forward(minutes=1)
    well(scene.run())
    report = well(scene.run())
    found = cell(report)
    assert found.verification.state == "failed"
    assert {"failed", "fires_now"} >= {each.condition for each in found.conditions} >= {"failed"}
    assert found.condition == "blocked"
    text = page(scene, report)
    assert drawn(text) == "failed"
    assert ALERT in text[text.index("<desc") : text.index("</desc>")]
    (comment,) = said(scene, pull)
    assert "failed its verification in production** (alerts)" in comment
    assert ALERT in comment
    assert "updater rollback shop production" in comment
    before = scene.everything()
    well(scene.run())
    assert scene.everything() == before
