"""What is verified after a deployment, as an environment says it and an app may say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from updater.config.verifying import Askable, Verify, VerifySettings, faults_of
from updater.errors import ConfigError
from updater.model import AlertMatch, Applications, HealthOf, Metric, Placement, Watched

ARGOCD = (
    "commit: {email: updater@example.org}",
    (
        "commit: {email: updater@example.org}\n"
        "argocd: {server: 'https://argocd.example.org', token_env: ARGOCD_TOKEN}"
    ),
)
MAIN = "config/updater.yaml:15: environments.staging"
SHOP = "config/apps/shop.yaml:3: environments.staging"
QUARTER = timedelta(minutes=15)


def verifying(written, says="{}"):
    by_argocd = f"path: apps/{{app}}/staging\n    argocd: {{application: '{{app}}'}}\n    verify: {written}"
    own = f"environments: {{staging: {says}, production: {{}}}}"
    return (
        ARGOCD,
        ("path: apps/{app}/staging", by_argocd),
        ("environments:\n  - staging\n  - production", own),
    )


@pytest.mark.parametrize(
    ("written", "says", "verified"),
    [
        ("15m", "{}", Verify(QUARTER, ("health",))),
        ("{for: 15m, then: rollback}", "{}", Verify(QUARTER, ("health",), "rollback")),
        ("{for: 15m, then: rollback}", "{verify: {then: tell}}", Verify(QUARTER, ("health",))),
        ("{for: 1h, deliver: push}", "{verify: 15m}", Verify(QUARTER, ("health",), "tell", "push")),
        ("{then: propose}", "{verify: 15m}", Verify(QUARTER, ("health",), "propose")),
        ("15m", "{verify: false}", None),
        ("false", "{verify: 15m}", Verify(QUARTER, ("health",))),
    ],
)
def test_an_app_says_single_settings_otherwise(load_with, written, says, verified):
    config = load_with(*verifying(written, says))
    assert config.policies[Placement("staging", "shop")].verify == verified


@pytest.mark.parametrize(
    ("verify", "proposes"),
    [
        ("{for: 15m, then: propose}", True),
        ("{for: 15m, then: rollback, deliver: pull-request}", True),
        ("{for: 15m, then: rollback}", False),
        ("15m", False),
    ],
)
def test_what_is_proposed_needs_somewhere_to_open_it(load_with, verify, proposes):
    folder = ("https://github.com/org/deploy.git", "file:///srv/git/deploy.git")
    changes = (("deliver: pull-request", "deliver: push"), *verifying(verify), folder)
    if not proposes:
        assert load_with(*changes)
        return
    with pytest.raises(ConfigError) as caught:
        load_with(*changes)
    (fault,) = caught.value.faults
    assert fault.startswith("config/updater.yaml:3: repositories.deploy.url: verify of staging proposes")
    assert "leads to no forge" in fault


def test_nothing_is_verified_unless_that_is_asked(load_with):
    assert [policy.verify for policy in load_with().policies.values()] == [None, None]


@pytest.mark.parametrize(
    ("written", "says", "fault"),
    [
        (
            "{then: tell}",
            "{}",
            (
                f"{MAIN}.verify: for is missing: say how long after a sync "
                "all has to be well, such as for: 15m"
            ),
        ),
        (
            "{for: 0s}",
            "{}",
            f"{MAIN}.verify: for: 0s verifies nothing: write how long, or verify: false",
        ),
        (
            "{for: 15d}",
            "{}",
            f"{MAIN}.verify.for: nobody can look back so far: write at most 14d",
        ),
        (
            "15m",
            "{verify: {with: [metrics]}}",
            (
                f"{SHOP}.verify.with: metrics cannot be verified: this has "
                "no metrics to ask: write metrics: {NAME: {query: …}} beside it"
            ),
        ),
        (
            "15m",
            "{deliver: none, verify: {then: rollback}}",
            (
                f"{SHOP}.verify.then: others deliver there (deliver: "
                "none), so nothing goes back by us: write tell"
            ),
        ),
        (
            "{for: 15m, with: []}",
            "{}",
            (
                f"{MAIN}.verify.with: name at least one of health, alerts "
                "and metrics, or leave this out for all of them"
            ),
        ),
    ],
)
def test_a_fault_is_told_where_it_is_written(load_with, written, says, fault):
    with pytest.raises(ConfigError) as caught:
        load_with(*verifying(written, says))
    assert caught.value.faults == (fault,)


@dataclass(frozen=True)
class There:
    """What is known of a place."""

    health: bool = False
    alerts: bool = False
    metrics: bool = False
    arrived: str | None = None

    @property
    def askable(self) -> Askable:
        alerts = AlertMatch('namespace="prod"', "shop") if self.alerts else None
        metrics = (Metric("errors", "sum(errors)"),) if self.metrics else ()
        health = HealthOf(Applications(("shop",))) if self.health else None
        return Askable(health, Watched(alerts=alerts, metrics=metrics, arrived=self.arrived))


@pytest.mark.parametrize(
    ("there", "checks"),
    [
        (There(health=True), ("health",)),
        (There(alerts=True), ("alerts",)),
        (There(metrics=True, health=True), ("health", "metrics")),
        (There(health=True, alerts=True, metrics=True), ("health", "alerts", "metrics")),
        (There(arrived="up"), ()),
    ],
)
def test_all_is_verified_that_can_be_asked(there, checks):
    assert there.askable.checks == checks


@pytest.mark.parametrize(
    ("there", "key"),
    [
        (There(alerts=True), "then"),
        (There(alerts=True, arrived="up"), None),
        (There(alerts=True, health=True), None),
    ],
)
def test_nothing_goes_back_by_itself_where_nobody_tells_of_syncs(there, key):
    settings = VerifySettings.model_validate({"for": "15m", "then": "rollback"})
    assert next((name for name, _ in faults_of(settings, there.askable, "push")), None) == key
