"""How an app is watched in an environment, as written there, or in the app's own file."""

import pytest

from updater.errors import ConfigError
from updater.model import AlertMatch, Metric, Placement, TrafficNeeded
from updater.views.effective_config import as_json, lines

COMMIT = "commit: {email: updater@example.org}"
ASKED = (
    COMMIT,
    f"{COMMIT}\nprometheus: {{server: 'http://prometheus:9090', page: 'https://graphs.example.org'}}",
)
WATCHED = """\
    alerts:
      match: 'namespace="prj-{environment}", pod=~"{app}-.*"'
      severity: [critical, warning]
      rules: AppHighErrorRate
    metrics:
      errors:
        query: sum(rate(failed{namespace="{environment}", app="{app}"}[5m]))
        max: 0.01
        worse_than_before: 1.5
        failures: 2
        needs: {query: 'sum(increase(requests{app="{app}"}[{span}]))', min: 200}
      latency: {query: 'p99{app="{app}"}', max: 2, unit: s, dry_run: true}
    heartbeat: Watchdog
    arrived: 'kube_pod_info{pod=~"{app}-.*", image=~".*:{tag}"}'
"""
OWN = """\
environments:
  staging:
    alerts: {match: 'team="{app}"'}
    metrics: {latency: {query: own, max: 9}}
  production: {}"""
STAGING = ("    path: apps/{app}/staging\n", f"    path: apps/{{app}}/staging\n{WATCHED}")


def of_staging(config):
    return config.policies[Placement("staging", "shop")].watched


def test_all_is_filled_in_but_what_only_he_knows_who_asks(load_with):
    watched = of_staging(load_with(ASKED, STAGING))
    assert watched.alerts == AlertMatch(
        'namespace="prj-staging", pod=~"{app}-.*"', "shop", ("critical", "warning"), ("AppHighErrorRate",)
    )
    errors, latency = watched.metrics
    assert errors == Metric(
        name="errors",
        query='sum(rate(failed{namespace="staging", app="shop"}[5m]))',
        max=0.01,
        worse_than_before=1.5,
        failures=2,
        needs=TrafficNeeded('sum(increase(requests{app="shop"}[{span}]))', 200),
    )
    assert (latency.name, latency.dry_run, latency.unit) == ("latency", True, "s")
    assert (watched.cluster, watched.heartbeat) == (None, "Watchdog")
    assert watched.page == "https://graphs.example.org"
    assert watched.arrived == 'kube_pod_info{pod=~"shop-.*", image=~".*:{tag}"}'


def test_an_environment_that_says_nothing_is_not_watched(load_with):
    config = load_with(ASKED, STAGING)
    assert config.policies[Placement("production", "shop")].watched is None


def test_an_app_says_otherwise_of_single_metrics_and_of_its_alerts(load_with):
    own = (
        "environments:\n  - staging\n  - production",
        OWN,
    )
    watched = of_staging(load_with(ASKED, STAGING, own))
    assert watched.alerts == AlertMatch('team="{app}"', "shop")
    assert [(each.name, each.max) for each in watched.metrics] == [("errors", 0.01), ("latency", 9)]


def test_each_cluster_is_filled_in_where_it_stands(load_with):
    config = load_with(
        (COMMIT, f"{COMMIT}\nclusters: {{seoul: {{prometheus: {{server: 'http://seoul:9090'}}}}}}"),
        (
            "    path: apps/{app}/staging\n",
            STAGING[0] + "    cluster: seoul\n    alerts: {match: 'cluster=\"{cluster}\"'}\n",
        ),
    )
    watched = of_staging(config)
    assert (watched.cluster, watched.alerts.template) == ("seoul", 'cluster="seoul"')


GATED = (
    "    gates:\n      soak: 30m\n",
    """\
    gates:
      soak: {for: 30m, counts: quiet}
      alerts: true
      metrics: [errors, orders]
""",
)


def test_gates_go_by_what_the_environment_before_says(load_with):
    right = (GATED[0], GATED[1].replace(", orders", ""))
    config = load_with(ASKED, STAGING, right)
    assert {"alerts", "metrics", "soak"} <= config.policies[Placement("production", "shop")].gates.keys()


def test_what_it_does_not_say_is_a_fault_of_the_gate(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(ASKED, (STAGING[0], STAGING[0] + "    metrics: {errors: {query: up, max: 1}}\n"), GATED)
    unsaid = "staging does not say which alerts are about an app: write alerts: {match: …} there"
    there = "config/updater.yaml:{}: environments.production.gates."
    assert caught.value.faults == (
        f"{there.format(22)}alerts: {unsaid}",
        f"{there.format(21)}soak: counts: quiet goes by alerts: {unsaid}",
        f"{there.format(23)}metrics: of staging: unknown metric 'orders': possible here: errors",
    )


def test_alerts_of_an_environment_that_comes_after_nothing_are_its_own(load_with):
    gate = "    path: apps/{app}/staging\n    gates: {alerts: true}\n"
    with pytest.raises(ConfigError, match="staging does not say which alerts are about an app"):
        load_with(ASKED, (STAGING[0], gate))
    assert load_with(ASKED, (STAGING[0], gate + WATCHED))


def test_check_says_of_a_gate_that_is_a_switch_that_it_is_on(load_with):
    config = load_with(("    gates:\n      soak: 30m\n", "    gates: {soak: 30m, reversible: true}\n"))
    told = list(lines(config.policies[Placement("production", "shop")], config))
    assert ("gate", "reversible: on") in told


def test_check_shows_how_each_is_watched(load_with):
    config = load_with(ASKED, STAGING)
    told = list(lines(config.policies[Placement("staging", "shop")], config))
    assert ("heartbeat", "Watchdog") in told
    assert ("metric", 'latency: p99{app="shop"}') in told
    assert ("limits", "latency: max 2, failures 1, unit s, dry_run: it only tells") in told
    assert ("limits", "errors: max 0.01, worse_than_before 1.5, failures 2") in told
    assert ("needs", 'errors: min 200 requests of sum(increase(requests{app="shop"}[{span}]))') in told
    alerts = 'namespace="prj-staging", pod=~"shop-.*"; critical, warning; AppHighErrorRate'
    assert ("alerts", alerts) in told
    (document,) = [each for each in as_json(config) if each["environment"] == "staging"]
    assert document["watched"]["arrived"] == 'kube_pod_info{pod=~"shop-.*", image=~".*:{tag}"}'
