"""What the scaffold has Prometheus, Alertmanager and Grafana do."""

import json
import re
import shutil
import subprocess

import pytest
from ruamel.yaml import YAML
from tools.scaffold_content.rendered import rendered

MONITORING = "infra/_shared/monitoring"
STAGING = 'namespace="shop-staging"'
POD = f'{STAGING},pod="shop-1",container="shop"'
CLAIM = f'{STAGING},persistentvolumeclaim="shop-data"'
HPA = f'{STAGING},horizontalpodautoscaler="shop"'
RESTARTS = f"kube_pod_container_status_restarts_total{{{POD}}}"
ENDED = f'kube_pod_container_status_last_terminated_reason{{{POD},reason="OOMKilled"}}'
WAITING = f'kube_pod_container_status_waiting_reason{{{POD},reason="CrashLoopBackOff"}}'
FAILED = f'http_requests_total{{{STAGING},service="shop",pod="shop-1",status="503"}}'
ANSWERED = f'http_requests_total{{{STAGING},service="shop",pod="shop-1",status="200"}}'
WANTED = f'kube_deployment_spec_replicas{{{STAGING},deployment="shop"}}'
READY = f'kube_deployment_status_replicas_available{{{STAGING},deployment="shop"}}'
NOW = f"kube_horizontalpodautoscaler_status_current_replicas{{{HPA}}}"
MOST = f"kube_horizontalpodautoscaler_spec_max_replicas{{{HPA}}}"
LEAST = f"kube_horizontalpodautoscaler_spec_min_replicas{{{HPA}}}"
FREE = f"kubelet_volume_stats_available_bytes{{{CLAIM}}}"
SIZE = f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}"

# alert, samples by series, minute, does it fire?
ROWS = [
    ("AppHighErrorRate", {FAILED: "0+6x30", ANSWERED: "0+94x30"}, 12, True),
    ("AppHighErrorRate", {FAILED: "0+4x30", ANSWERED: "0+96x30"}, 12, False),
    ("AppHighErrorRate", {FAILED: "0+6x30", ANSWERED: "0+94x30"}, 4, False),  # not for five minutes yet
    ("AppHighErrorRate", {FAILED: "0+1x30"}, 12, False),  # one request a minute: too few to judge
    ("AppUnavailable", {WANTED: "2x30", READY: "0x30"}, 6, True),
    ("AppUnavailable", {WANTED: "2x30", READY: "0x30"}, 4, False),
    ("AppUnavailable", {WANTED: "2x30", READY: "1x30"}, 12, False),
    ("AppUnavailable", {WANTED: "0x30", READY: "0x30"}, 12, False),  # somebody scaled it down
    ("AppCrashLooping", {WAITING: "1 _ _ 1 _ _ 1 _ _ 1 _ _ 1"}, 10, True),
    ("AppCrashLooping", {WAITING: "1 _x12"}, 10, False),  # once, at a start
    ("AppOutOfMemory", {RESTARTS: "0 0 1x20", ENDED: "0 0 1x20"}, 4, True),
    ("AppOutOfMemory", {RESTARTS: "1x40", ENDED: "1x40"}, 30, False),  # long ago
    ("AppOutOfMemory", {RESTARTS: "0 0 1x20", ENDED: "0x22"}, 4, False),  # for another reason
    ("AppAtMaximumReplicas", {NOW: "4x30", MOST: "4x30", LEAST: "2x30"}, 16, True),
    ("AppAtMaximumReplicas", {NOW: "4x30", MOST: "4x30", LEAST: "2x30"}, 14, False),
    ("AppAtMaximumReplicas", {NOW: "3x30", MOST: "4x30", LEAST: "2x30"}, 16, False),
    ("AppAtMaximumReplicas", {NOW: "2x30", MOST: "2x30", LEAST: "2x30"}, 16, False),  # as somebody wants it
    ("AppVolumeNearlyFull", {FREE: "9x30", SIZE: "100x30"}, 16, True),
    ("AppVolumeNearlyFull", {FREE: "11x30", SIZE: "100x30"}, 16, False),
]
# What a firing alert says of the series it is about.
ABOUT = {
    "AppHighErrorRate": {"service": "shop"},
    "AppUnavailable": {"deployment": "shop"},
    "AppCrashLooping": {"pod": "shop-1", "container": "shop"},
    "AppOutOfMemory": {"pod": "shop-1", "container": "shop"},
    "AppAtMaximumReplicas": {"horizontalpodautoscaler": "shop"},
    "AppVolumeNearlyFull": {"persistentvolumeclaim": "shop-data"},
}


def rule_groups(**choice):
    return YAML(typ="safe").load(rendered(**choice)[f"{MONITORING}/rules/app-alerts.yaml"])["spec"]


def alerts():
    (group,) = rule_groups()["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def needs_promtool():
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")


def promtool(*words):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def ask(row, *, elsewhere=False):
    """A test as promtool reads it; `elsewhere`: the same in a namespace that is not an app's."""
    alert, samples, minute, fires = row
    place = "kube-system" if elsewhere else "shop-staging"
    series = [
        {"series": name.replace("shop-staging", place), "values": text} for name, text in samples.items()
    ]
    labels = ABOUT[alert] | {"namespace": place, "severity": alerts()[alert]["labels"]["severity"]}
    expected = [{"exp_labels": labels}] if fires and not elsewhere else []
    about = {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": expected}
    return {"interval": "1m", "input_series": series, "alert_rule_test": [about]}


@pytest.mark.real
@pytest.mark.parametrize("elsewhere", [False, True])
def test_each_alert_fires_when_it_should_and_only_then(tmp_path, elsewhere):
    needs_promtool()
    groups = rule_groups()
    for rule in groups["groups"][0]["rules"]:
        rule.pop("annotations")  # promtool compares them to the word; they are looked at below
    (tmp_path / "rules.json").write_text(json.dumps(groups))
    tests = [ask(row, elsewhere=elsewhere) for row in ROWS]
    (tmp_path / "tests.json").write_text(json.dumps({"rule_files": ["rules.json"], "tests": tests}))

    promtool("test", "rules", str(tmp_path / "tests.json"))


def test_each_alert_has_a_row_where_it_fires_and_one_where_it_does_not():
    assert {(row[0], row[3]) for row in ROWS} == {
        (name, fires) for name in alerts() for fires in (True, False)
    }


@pytest.mark.real
def test_promtool_finds_nothing_in_the_rules(tmp_path):
    needs_promtool()
    (tmp_path / "rules.json").write_text(json.dumps(rule_groups()))

    promtool("check", "rules", str(tmp_path / "rules.json"))


@pytest.mark.real
def test_each_query_of_the_dashboard_is_one_that_prometheus_understands(tmp_path):
    needs_promtool()
    board = json.loads(rendered()[f"{MONITORING}/dashboards/app-dashboard.json"])
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    filled = [query.replace("$__rate_interval", "5m").replace("$namespace", "a") for query in queries]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(filled)]
    (tmp_path / "panels.json").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

    assert len(filled) > len(board["panels"]) - 1
    promtool("check", "rules", str(tmp_path / "panels.json"))


def test_the_dashboard_has_no_panel_that_overlaps_and_shows_the_apps_namespaces():
    board = json.loads(rendered()[f"{MONITORING}/dashboards/app-dashboard.json"])
    places = [panel["gridPos"] for panel in board["panels"]]
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    pattern = next(one["regex"] for one in board["templating"]["list"] if one["name"] == "namespace")

    assert len(cells) == len({*cells})
    assert re.fullmatch(pattern.strip("/^$"), "shop-prod")
    assert not re.fullmatch(pattern.strip("/^$"), "kube-system")


def test_an_alert_names_a_page_that_is_there_where_there_are_pages():
    files = rendered()
    for name, rule in alerts().items():
        page, _, anchor = rule["annotations"]["runbook_url"].partition("/blob/main/")[2].partition("#")
        assert page in files, name
        assert not anchor or f"\n## {name}\n" in files[page]
    assert "runbook_url" not in rendered(without=("runbooks",))[f"{MONITORING}/rules/app-alerts.yaml"]


def test_no_password_and_no_webhook_stands_in_the_values():
    values = YAML(typ="safe").load(rendered()[f"{MONITORING}/values.yaml"])

    assert values["grafana"]["admin"]["existingSecret"] == "grafana-admin"
    assert "adminPassword" not in values["grafana"]
    (slack,) = values["alertmanager"]["config"]["receivers"][1]["slack_configs"]
    assert slack["api_url_file"] == "/etc/alertmanager/secrets/alertmanager-webhook/url"
    assert values["alertmanager"]["alertmanagerSpec"]["secrets"] == ["alertmanager-webhook"]
    assert "api_url" not in slack


def test_what_grafana_and_prometheus_look_for_is_what_stands_on_their_objects():
    files = rendered()
    values = YAML(typ="safe").load(files[f"{MONITORING}/values.yaml"])
    sidecar = values["grafana"]["sidecar"]["dashboards"]
    (made,) = YAML(typ="safe").load(files[f"{MONITORING}/dashboards/kustomization.yaml"])[
        "configMapGenerator"
    ]

    assert made["options"]["labels"] == {sidecar["label"]: sidecar["labelValue"]}
    assert values["prometheus"]["prometheusSpec"]["ruleSelectorNilUsesHelmValues"] is False


@pytest.mark.real
@pytest.mark.parametrize("folder", ["dashboards", "rules"])
def test_kubectl_builds_it(tmp_path, repository, folder):
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(
        ["kubectl", "kustomize", repository / MONITORING / folder], check=True, capture_output=True, text=True
    )

    assert YAML(typ="safe").load(done.stdout)["metadata"]["namespace"] == "monitoring"
