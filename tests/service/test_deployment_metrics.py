"""What was found after deployments, and what went back, is counted once, whoever asks how often."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest

from updater.model import (
    CommitDraft,
    DeploymentVerdict,
    Outcome,
    Placement,
    PushBase,
    PushVerdicts,
    RefUpdate,
    Report,
    Rollback,
    StepBack,
)
from updater.service.metrics import Metrics

NOW = datetime(2026, 2, 2, 5, tzinfo=UTC)
SHOP = Placement("production", "shop")
T8, T9 = "20260202-080000", "20260202-090000"


def report(*outcomes, steps_back=(), at=NOW):
    back = {SHOP: steps_back} if steps_back else {}
    return Report("deploy", at, at, "b" * 40, (), (), outcomes, (), steps_back=back)


def written(*results, error=None):
    found = tuple(DeploymentVerdict(SHOP, T9, "c" * 40, result, NOW, NOW, NOW) for result in results)
    return Outcome(PushVerdicts("deploy", RefUpdate("refs/x", None, (), None), found), error=error)


def step_back(by, commit="d", at=NOW):
    return StepBack(Rollback(SHOP, T9, T8, by), commit * 40, at)


def told(*reports):
    metrics = Metrics()
    for one in reports:
        metrics.record(one)
    lines = generate_latest(metrics.registry).decode().splitlines()
    names = ("updater_verifications_total{", "updater_rollbacks_total{")
    return dict(line[len("updater_") :].rsplit(" ", 1) for line in lines if line.startswith(names))


def test_who_writes_a_verdict_counts_it():
    counted = told(report(written("verified", "failed")), report(written("failed")), report())
    assert [
        counted[f'verifications_total{{environment="production",result="{each}"}}']
        for each in ("verified", "failed")
    ] == ["1.0", "2.0"]


def test_what_could_not_be_written_is_not_counted():
    assert told(report(written("failed", error="somebody was quicker"))) == {}


@pytest.mark.parametrize(("by", "label"), [("human", "human"), ("verify:alerts+metrics", "verify")])
def test_a_step_back_is_counted_once_by_whom(by, label):
    seen = report(steps_back=(step_back(by),))
    ((name, count),) = told(seen, seen).items()
    assert f'by="{label}"' in name
    assert count == "1.0"


def test_what_went_back_before_this_process_began_another_has_counted():
    old = step_back("human", at=NOW - timedelta(minutes=1))
    assert told(report(steps_back=(old,))) == {}
    (count,) = told(report(), report(steps_back=(old, step_back("human", "e")))).values()
    assert count == "1.0"


def test_a_step_back_that_was_pushed_is_no_promotion():
    back = CommitDraft(SHOP, "revert", {}, built=NOW, rollback=Rollback(SHOP, T9, T8, "verify:alerts"))
    forward = CommitDraft(Placement("staging", "shop"), "bump", {}, built=NOW)
    metrics = Metrics()
    for draft in (back, forward):
        step = PushBase("deploy", RefUpdate("refs/heads/main", None, (draft,), None), None)
        metrics.record(report(Outcome(step)))
    counted = generate_latest(metrics.registry).decode()
    assert 'updater_promotions_total{delivery="push",environment="staging"} 1.0' in counted
    assert 'updater_promotions_total{delivery="push",environment="production"}' not in counted
    assert "updater_image_to_bump_seconds_count 1.0" in counted
