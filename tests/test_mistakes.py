"""A mistake of ours about one app in one environment holds that one, loudly, and stops nobody else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from properties import acme as company
from properties.acme import FIRST, PLACEMENTS, Acme
from scenario import IMAGE, Past, Scenario, Shown, agrees, built
from structlog.testing import capture_logs

from updater.config import PullRequestSettings
from updater.decide import decide
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.model import Hold, Placement, Promote, Report, Request, Ruling
from updater.reasons.hold_reasons import BUG
from updater.schemes.timestamp import Timestamp
from updater.service.metrics import Metrics
from updater.service.pass_log import PassLogger

T8, T9 = built(8), built(9)
NOW = datetime(2026, 2, 2, tzinfo=UTC)
SHOP = Placement("staging", "shop")


class BrokenGate:
    reason = Soak.reason

    def judge(self, case):
        raise KeyError("no such\nthing")


class BrokenScheme(Timestamp):
    def read(self, tag):
        if tag != FIRST:
            raise RecursionError
        return super().read(tag)


class BrokenSettings:
    """Of pull requests, all but one."""

    def __init__(self, broken):
        self._broken = broken

    def __getattr__(self, name):
        if name == self._broken:
            raise AttributeError(name)
        return getattr(PullRequestSettings(), name)


def scenario(**more):
    return Scenario(Past([(8, T8)]), Past([(8.5, T8)]), [T8, T9], broken=True, **more)


def test_a_gate_that_breaks_holds_its_environment_only():
    broken = scenario(gates={"soak": BrokenGate()})
    sentence = r"bug: a mistake in the updater (KeyError: 'no such\nthing' at test_mistakes.py:"
    assert agrees(broken.outcome("production"), sentence), broken.outcome("production")
    assert broken.outcome("staging") == f"-> {T9}"
    assert broken.steps() == [f"chore(shop): bump staging to {T9}"]


def test_an_order_that_breaks_is_a_hold_too():
    broken = scenario(gates={"soak": BrokenGate()})
    situation, request = (
        broken._situation({}),
        Request("promote", Placement("production", "shop"), None, by="kim"),
    )
    (answer,) = decide(situation, request).values()
    assert answer.reasons[0].reason == BUG


def test_a_plan_that_breaks_leaves_no_half_of_itself():
    proven = Scenario(Past([(8, T8), (9, T9)]), Past([(8.5, T8)]), [T8, T9, built(10)], broken=True)
    bump = f"chore(shop): bump staging to {built(10)}"
    whole = [bump, "push updater/app/production--shop", f"open production: shop {T9}"]
    assert proven.steps() == [*whole, "success: every gate passes"]
    proven.pull_request = BrokenSettings("draft")  # asked for after the branch was planned
    assert proven.steps() == [bump]
    proven.shown = Shown(T9, evidence="older")
    proven.pull_request = BrokenSettings("auto_merge")  # after the body was
    assert proven.steps() == [bump]
    proven.pull_request = BrokenSettings("labels")
    assert proven.steps() == [bump, f"update production: shop {T9}", "success: every gate passes"]


@pytest.mark.parametrize("where", [Placement("staging", "shop"), Placement("development", "blog")])
def test_a_history_that_cannot_be_understood_holds_one_placement(where, monkeypatch):
    acme = Acme()
    policies = dict(company.config(acme.folder).policies)
    tags = replace(policies[where].tags, scheme=BrokenScheme())
    policies[where] = replace(policies[where], tags=tags)
    config = replace(company.config(acme.folder), policies=policies)
    monkeypatch.setattr(company, "config", lambda *_: config)
    for app in ("shop", "blog"):
        acme.build(app)
    acme.world.edit(acme.pin(*where, acme.build(where.app)), "By hand")
    decisions = {one.placement: one for one in acme.run().decisions}
    assert sorted(decisions) == sorted(PLACEMENTS)
    broken = {place for place, one in decisions.items() if isinstance(one, Hold) and _code(one) == BUG.code}
    assert broken == {where}
    assert any(isinstance(one, Promote) for one in decisions.values())


def _code(hold):
    return hold.reasons[0].code


def report(*decisions):
    return Report("deploy", NOW, NOW, "b" * 40, decisions, (), (), ())


def hold(code):
    return Hold(SHOP, T8, (Ruling(code, False, "for some reason"),))


def test_a_mistake_makes_a_pass_fail_and_a_usual_hold_does_not():
    assert report(hold(BUG)).failed
    assert not report(hold(Soak.reason)).failed
    metrics = Metrics()
    metrics.record(report(hold(BUG)))
    counted = metrics.registry.get_sample_value
    assert counted("updater_passes_total", {"repository": "deploy", "result": "failed"}) == 1


def test_a_mistake_is_an_error_in_the_log_of_every_pass():
    pass_log = PassLogger()
    with capture_logs() as logs:
        for _ in range(2):
            pass_log.tell(report(hold(BUG)))
    errors = [line for line in logs if line["log_level"] == "error"]
    assert [(line["event"], line["app"]) for line in errors] == [("decision_broke", "shop")] * 2


def test_why_an_app_holds_is_logged_when_it_changes_and_again_after_it_moved_on():
    pass_log, moves = PassLogger(), Promote(SHOP, T8, T9, {IMAGE: "sha256:0"}, (), 0)
    with capture_logs() as logs:
        for decision in (
            hold(Soak.reason),
            hold(Soak.reason),
            hold(Window.reason),
            moves,
            hold(Window.reason),
        ):
            pass_log.tell(report(decision))
    assert [line["code"] for line in logs if line["event"] == "app_held"] == ["soak", "window", "window"]
