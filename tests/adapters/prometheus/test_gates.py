"""What the gates say by the answers of a Prometheus: the sandbox's, and Debian's."""

import itertools
from dataclasses import replace

import pytest
from monitored import TAG, case, judged

from updater.errors import UpdaterError
from updater.gates.alerts import Alerts
from updater.gates.metrics import MetricLimits
from updater.gates.soak import Soak
from updater.model import AlertMatch, Metric, Stay, Timeline, TrafficNeeded, Unreadable, Watched

_numbers = itertools.count(1)
STOCK = 'namespace="prod", pod=~"{app}-.*|", deployment=~"{app}|"'
"""As the page on monitoring has it, for rules that name a pod or a Deployment."""


@pytest.fixture
def app():
    """Each test its own: Debian's remembers the others'."""
    return f"cart{next(_numbers)}"


@pytest.fixture
def says(watched, ask, app):
    """What a gate says of a tag that arrived at that moment."""

    def said(gate, since, **how):
        held = Timeline(
            (Stay(TAG, since, "a" * 40, True, None, "still"),), frozenset({TAG}), {}, None, None, None
        )
        there = {
            "staging": Watched(alerts=AlertMatch(how.pop("match", STOCK), app, **how.pop("named", {})), **how)
        }
        asked = replace(case(), now=watched.now(), predecessors={"staging": held}, watched=there)
        ruling, _ = judged(gate, asked, answered)
        return ruling

    def answered(question):
        told = ask(question)
        return Unreadable.of(told, transient=False) if isinstance(told, UpdaterError) else told

    return said


def pod(app):
    return {"namespace": "prod", "pod": f"{app}-1"}


def arrives(watched):
    """At a whole second: Prometheus tells no part of one of when an alert became active."""
    watched.passes(2)
    watched.passes((-watched.now().timestamp() % 1) / watched.tick)
    return watched.now().replace(microsecond=0)


def code(ruling):
    return None if ruling.passes else ruling.code


def test_what_fires_since_it_came_counts_also_when_it_is_over(watched, says, app):
    since = arrives(watched)
    watched.passes(2)
    assert code(says(Alerts(), since)) is None
    watched.fire("AppDown", **pod(app))
    assert "AppDown fires in staging since" in says(Alerts(), since).sentence
    watched.resolve("AppDown", **pod(app))
    watched.passes(2)
    over = says(Alerts(), since)
    assert code(over) == "alerts"
    assert "AppDown has fired in staging, the last time at" in over.sentence


def test_what_burned_before_it_came_says_nothing_of_it(watched, says, app):
    watched.fire("AppDown", **pod(app))
    since = arrives(watched)
    watched.passes(2)
    assert code(says(Alerts(), since)) == "unknown_alerts"
    watched.resolve("AppDown", **pod(app))
    watched.passes(2)
    over = says(Alerts(), since)
    assert code(over) is None, over.sentence
    assert "AppDown burned there when it arrived, and stopped" in over.sentence
    assert code(says(Alerts.model_validate("1h"), since)) == "unknown_alerts"


def test_another_pod_of_the_same_alert_is_the_same(watched, says, app):
    watched.fire("AppDown", namespace="prod", pod=f"{app}-old")
    since = arrives(watched)
    watched.passes(2)
    watched.fire("AppDown", namespace="prod", pod=f"{app}-new")
    assert code(says(Alerts(), since)) == "unknown_alerts"


def test_only_its_own_alerts_count(watched, says, app):
    since = arrives(watched)
    watched.fire("AppDown", namespace="prod", pod=f"x{app}-1")
    watched.fire("AppDown", namespace="test", pod=f"{app}-1")
    assert code(says(Alerts(), since)) is None
    watched.fire("AppDown", **pod(app))
    assert code(says(Alerts(), since)) == "alerts"


def test_silenced_it_holds_nothing_and_is_named(watched, says, app):
    since = arrives(watched)
    watched.fire("AppDown", **pod(app))
    watched.silence(("pod", "=", f"{app}-1"), why="a known one")
    ruling = says(Alerts(), since)
    assert code(ruling) is None, ruling.sentence
    assert "AppDown is silenced (" in ruling.sentence
    assert "a known one" in ruling.sentence


def test_rules_have_to_be_loaded(watched, says):
    since = arrives(watched)
    watched.passes(2)
    assert code(says(Alerts(), since, named={"rules": ("AppDown", "AppSlow")})) is None
    assert code(says(Alerts(), since, named={"rules": ("AppDown", "AppGone")})) == "no_rules"


def test_a_soak_starts_anew_when_it_fires(watched, says, app):
    soak = Soak.model_validate({"for": "1h", "counts": "quiet"})
    since = arrives(watched)
    watched.passes(2)
    first = says(soak, since)
    watched.fire("AppDown", **pod(app))
    assert "does not soak while AppDown fires" in says(soak, since).sentence
    watched.resolve("AppDown", **pod(app))
    watched.passes(2)
    assert says(soak, since).until > first.until


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric("errors", 'sum(level{{app="{0}"}})', max=1), None),
        (Metric("errors", 'sum(level{{app="{0}"}})', max=0.1), "metrics"),
        (Metric("errors", 'level{{app="{0}"}}', max=1), "monitoring_unreadable"),
        (Metric("errors", 'sum(nothing{{app="{0}"}})', max=1), "inconclusive"),
        (Metric("errors", 'sum(level{{app="{0}"}}', max=1), "monitoring_unreadable"),
        (
            Metric("errors", 'sum(level{{app="{0}"}})', max=1, needs=TrafficNeeded("sum(level)", 10**6)),
            "inconclusive",
        ),
    ],
)
def test_what_is_measured(watched, says, app, metric, expected):
    watched.set("level", min(0.5, metric.max), app=app, part="a")
    watched.set("level", 0.0, app=app, part="b")
    since = arrives(watched)
    watched.passes(1)
    watched.set("level", 0.5, app=app, part="a")
    watched.passes(2)
    mine = replace(metric, query=metric.query.format(app))
    ruling = says(MetricLimits.model_validate("errors"), since, metrics=(mine,))
    assert code(ruling) == expected, ruling.sentence
    if expected is None:
        assert ruling.measured == "errors 0.5"
