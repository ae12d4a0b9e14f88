"""What follows a failed verification is told once, and many that fail at once in one message."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from small_config import HOSTS, write

from updater.config import load
from updater.model import (
    CommitDraft,
    Condition,
    DeploymentVerdict,
    Outcome,
    Placement,
    PushBase,
    RefUpdate,
    Report,
    Rollback,
    WayBack,
    conditions,
)
from updater.service.notices import NotifierState, Thresholds, new_notices

NOW = datetime(2026, 2, 2, 5, tzinfo=UTC)
T8, T9 = "20260202-080000", "20260202-090000"
SHOP, PAY = Placement("production", "shop"), Placement("production", "pay")
PATIENCE = Thresholds(NOW - NOW, failing=3)


@pytest.fixture
def config(tmp_path):
    """`then: rollback` where a query tells when a tag has arrived."""
    verify = (
        '    alerts: {match: \'pod=~"{app}-.*"\'}\n    arrived: \'kube_pod_info{app="{app}", tag="{tag}"}\'\n'
        "    verify: {for: 15m, then: rollback}\n    deliver: pull-request\n"
    )
    return load(
        write(
            tmp_path,
            (HOSTS, f'{HOSTS}prometheus: {{server: "http://127.0.0.1:9"}}\n'),
            ("    deliver: pull-request\n", verify),
        )
    )


def way(result, *, placement=SHOP, commit="c"):
    found = [
        DeploymentVerdict(placement, tag, commit * 40, state, NOW, NOW, NOW, (), failed)
        for tag, state, failed in ((T9, "failed", ("alerts",)), (T8, "verified", ()))
    ]
    command = f"updater rollback {placement.app} {placement.environment}"
    return WayBack(found[0], result, f"so it {result}", command, found[1] if result == "goes" else None)


def told(config, *ways, known=None, outcomes=(), true=()):
    report = Report("deploy", NOW, NOW, "b" * 40, (), (), outcomes, (), ways_back=ways, conditions=true)
    return new_notices(report, config, PATIENCE, known or NotifierState())


@pytest.mark.parametrize("result", ["goes", "proposes", "nothing_verified", "told"])
def test_a_way_back_is_told_once(config, result):
    (notice,), known = told(config, way(result))
    assert (notice.event, notice.app) == ("way_back", "shop")
    assert notice.title == f"production: shop {T9} failed its verification"
    assert notice.text == f"so it {result}. By hand: updater rollback shop production"
    assert told(config, way(result), known=known)[0] == []
    assert [each.event for each in told(config, way(result, commit="d"), known=known)[0]] == ["way_back"]


def test_what_waits_for_a_person_has_been_told(config):
    assert told(config, way("waits"))[0] == []


def test_where_config_says_to_tell_the_condition_does(config, tmp_path):
    main = tmp_path / "config" / "updater.yaml"
    main.write_text(main.read_text().replace("then: rollback", "then: tell"))
    assert told(load(main.parent), way("told"))[0] == []


def test_many_that_fail_at_once_are_one_message(config):
    both = [way("many_failed"), way("many_failed", placement=PAY)]
    (notice,), known = told(config, *both)
    assert (notice.event, notice.title) == (
        "many_failed",
        "deploy: 2 apps failed their verification at once",
    )
    assert notice.text.splitlines() == [
        "shop in production, pay in production: so it many_failed",
        "updater rollback shop production",
        "updater rollback pay production",
    ]
    assert told(config, *both, known=known)[0] == []


def test_of_ten_that_fail_at_once_nothing_else_is_told(config):
    """Neither that each has failed, there or where it came from, nor that its alert fires."""
    apps = [Placement("production", f"app{number}") for number in range(10)]
    true = [
        Condition(kind, placement, T9, "so it is", "updater status", "x")
        for app in apps
        for kind, placement in (
            (conditions.FAILED, app),
            (conditions.FIRES_NOW, app),
            (conditions.FAILED, app._replace(environment="staging")),
        )
    ]
    ways = [way("many_failed", placement=app) for app in apps]
    notices, known = told(config, *ways, true=true)
    assert [(each.event, each.title) for each in notices] == [
        ("many_failed", "deploy: 10 apps failed their verification at once")
    ]
    assert told(config, true=true, known=known)[0] == [], "and later it is nothing new"
    other = [replace(each, tag=T8) for each in true[:1]]
    assert [each.event for each in told(config, *ways, true=other)[0]] == ["failed", "many_failed"]


def test_a_step_back_is_no_promotion(config):
    drafts = [
        CommitDraft(
            SHOP, "revert(shop): roll production back", {}, rollback=Rollback(SHOP, T9, T8, "verify:alerts")
        ),
        CommitDraft(PAY, "chore(pay): bump production", {}),
    ]
    step = PushBase("deploy", RefUpdate("refs/heads/main", "b" * 40, tuple(drafts), "b" * 40), None)
    notices, _ = told(config, outcomes=(Outcome(step),))
    assert [(each.event, each.app) for each in notices] == [("promoted", "pay")]
