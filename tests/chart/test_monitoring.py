"""What the Prometheus operator is given, and that every alert has a page."""

import re

import pytest
import typer
from chart.rendering import (
    CHART,
    ROOT,
    combination,
    everything,
    example,
    notes,
    objects,
    of_kind,
    parsed,
    render,
)
from helm_python.errors import HelmRenderError

from updater.cli import app
from updater.model.conditions import CONDITIONS

pytestmark = pytest.mark.real

RUNBOOKS = ROOT / "docs" / "runbooks"
ON = {"prometheusRule": {"enabled": True, "runbooks": "https://git.example.org/updater/docs/runbooks/"}}


def alerts(values=None):
    (group,) = objects(ON if values is None else values)["PrometheusRule"]["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_the_monitor_finds_the_service_and_prometheus_finds_the_monitor():
    found = objects({"serviceMonitor": {"enabled": True}}, name="prod")
    service, monitor = found["Service"], found["ServiceMonitor"]

    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["delivery"]}
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert monitor["spec"]["endpoints"] == [{"port": "metrics", "path": "/metrics", "interval": "30s"}]
    assert "ServiceMonitor" not in objects()


def test_the_monitor_can_be_told_everything_else():
    (monitor,) = [each for each in everything(combination("everything")) if each["kind"] == "ServiceMonitor"]
    (endpoint,) = monitor["spec"]["endpoints"]

    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == ("15s", "10s")
    assert endpoint["relabelings"][0]["targetLabel"] == "cluster"
    assert endpoint["metricRelabelings"][0]["action"] == "drop"
    assert monitor["metadata"]["labels"]["prometheus"] == "platform"


@pytest.mark.parametrize(
    ("timeout", "interval"), [("20s", "10s"), ("2m", "90s"), ("1h", "59m"), ("1001ms", "1s")]
)
def test_a_scrape_that_may_take_longer_than_the_interval_is_refused(timeout, interval):
    monitor = {"enabled": True, "scrapeTimeout": timeout, "interval": interval}
    said = f"serviceMonitor.scrapeTimeout: {timeout} is longer than serviceMonitor.interval, which is"

    with pytest.raises(HelmRenderError, match=re.escape(said)):
        render(example({"serviceMonitor": monitor}))


@pytest.mark.parametrize(("timeout", "interval"), [("10s", "10s"), ("59s", "1m"), ("500ms", "1s")])
def test_a_scrape_that_ends_within_the_interval_is_taken(timeout, interval):
    monitor = {"enabled": True, "scrapeTimeout": timeout, "interval": interval}
    (endpoint,) = objects({"serviceMonitor": monitor})["ServiceMonitor"]["spec"]["endpoints"]

    assert (endpoint["scrapeTimeout"], endpoint["interval"]) == (timeout, interval)


def test_alerts_link_to_no_page_until_somebody_says_where_the_pages_are():
    found = alerts({"prometheusRule": {"enabled": True}}).values()

    assert found
    assert all(alert["annotations"].keys() == {"summary", "description"} for alert in found)


def test_there_are_no_alerts_unless_somebody_asks_for_them():
    assert "PrometheusRule" not in objects()


def test_every_alert_has_a_page_of_its_name_and_every_page_an_alert():
    pages = {path.stem for path in RUNBOOKS.glob("Updater*.md")}

    assert pages == alerts().keys()
    for name, alert in alerts().items():
        page = (RUNBOOKS / f"{name}.md").read_text()
        assert page.startswith(f"# {name}\n")
        assert alert["annotations"]["runbook_url"].endswith(f"/docs/runbooks/{name}.md")


def test_the_page_of_all_alerts_names_each():
    linked = re.findall(r"\]\((\w+)\.md\)", (RUNBOOKS / "README.md").read_text())

    assert linked == list(alerts())


def test_every_page_says_what_is_seen_what_it_means_and_what_to_do():
    asked = ["What you see", "What it means", "Look", "What to do", "When it is over"]
    for name in alerts():
        page = (RUNBOOKS / f"{name}.md").read_text()
        assert re.findall("^## (.*)$", page, re.MULTILINE) == asked, name


def test_the_page_of_running_tags_names_every_condition():
    page = (RUNBOOKS / "UpdaterRunningTagInTrouble.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [each.code for each in CONDITIONS]


def test_every_command_a_page_names_can_be_typed():
    verbs = typer.main.get_command(app).commands
    for path, command in _said(r"(?:```\n|(?<!`)`|-- )updater ([a-z-]+(?: [^\n`]*)?)"):
        verb, *words = command.split()
        assert verb in verbs, path
        known = {option for parameter in verbs[verb].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, path


def test_every_metric_and_log_event_a_page_names_is_published():
    metrics = (ROOT / "docs/reference/metrics.md").read_text()
    source = "".join(path.read_text() for path in (ROOT / "updater").rglob("*.py"))

    assert all(f"`{name}`" in metrics for _, name in _said(r"\b(updater_\w+)"))
    events = {name for _, name in _said(r"grep (?:-E )?'?([a-z_]+)")}
    assert {"reading_failed", "another_updater", "config_rejected"} <= events
    assert all(f'"{name}"' in source for name in events)


def _said(pattern):
    for path in sorted(RUNBOOKS.glob("*.md")):
        yield from ((path, found) for found in re.findall(pattern, path.read_text(), re.MULTILINE))


def test_what_can_be_left_out_is_what_there_is():
    schema = parsed((CHART / "values.schema.json").read_text())["properties"]["prometheusRule"]["properties"]

    assert schema["disabled"]["items"]["enum"] == list(alerts())


def test_an_alert_can_be_left_out_and_all_of_them_routed():
    rule = {"enabled": True, "disabled": ["UpdaterDown"], "alertLabels": {"team": "a", "severity": "page"}}
    found = alerts({"prometheusRule": rule})

    assert "UpdaterDown" not in found
    assert {(each["labels"]["team"], each["labels"]["severity"]) for each in found.values()} == {
        ("a", "page")
    }


def test_alerts_are_about_this_release_and_no_other():
    (rule,) = of_kind("PrometheusRule", ON, name="prod").values()

    for alert in rule["spec"]["groups"][0]["rules"]:
        matchers = re.findall(r"updater_\w+\{([^}]*)\}", alert["expr"])
        assert matchers
        assert all(each.startswith('namespace="delivery",job="prod-updater"') for each in matchers)


def test_a_prometheus_that_labels_otherwise_is_told_so():
    found = alerts({"prometheusRule": {"enabled": True, "selector": 'cluster="a: #b"'}})

    assert found["UpdaterDown"]["expr"] == 'absent(updater_config_valid{cluster="a: #b"})'


def test_the_dashboard_is_where_the_sidecar_looks():
    values = {
        "dashboard": {"enabled": True, "namespace": "monitoring", "annotations": {"grafana_folder": "x"}}
    }
    found = of_kind("ConfigMap", values)["updater-dashboard"]

    assert found["metadata"]["namespace"] == "monitoring"
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"grafana_folder": "x"}
    assert found["data"] == {"delivery-updater.json": (CHART / "dashboards" / "updater.json").read_text()}
    assert len(of_kind("ConfigMap")) == 1


def test_alerts_about_metrics_that_nobody_collects_are_told_of():
    warning = "prometheusRule without serviceMonitor"
    assert warning in notes(ON)
    assert warning not in notes(ON | {"serviceMonitor": {"enabled": True}})
    assert warning not in notes({"prometheusRule": {"enabled": True, "selector": 'job="mine"'}})
