"""What the scaffold has Prometheus, Alertmanager and Grafana do."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tools.scaffold_content.rendered import rendered, write

from updater import label_matchers, promql
from updater.config.load import load
from updater.label_matchers import LabelMatcher
from updater.tools.scaffold.choices import namespace

ROOT = Path(__file__).parents[3]
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


APPS = ("shop", "shop-api")
CHOICES = [{}, {"without": ("argocd",)}, {"clusters": ("seoul", "busan")}, {"without": ("runbooks", "helm")}]


def rule_groups(**choice):
    return YAML(typ="safe").load(rendered(**choice)[f"{MONITORING}/rules/app-alerts.yaml"])["spec"]


def alerts():
    (group,) = rule_groups()["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def watched(folder, **choice):
    """The config that comes with it, once all that it offers in comments is taken in."""
    files = rendered(apps=APPS, **choice)
    offered = re.compile(r"^( *)# ( *(?:[a-z-]+:(?: |$)|[(/]).*)$", re.MULTILINE)
    taken = offered.sub(r"\1\2", files["updater/updater.yaml"])
    return load(write(folder, {**files, "updater/updater.yaml": taken}) / "updater")


def is_meant(match, labels):
    return all(_matches(each, labels.get(each.name, "")) for each in match)


def _matches(matcher: LabelMatcher, value):
    found = re.fullmatch(matcher.value, value) if matcher.is_expression else matcher.value == value
    return bool(found) is not matcher.operator.startswith("!")


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


@pytest.mark.parametrize("choice", CHOICES)
def test_the_alerts_that_its_config_asks_for_are_those_that_its_rules_make(tmp_path, choice):
    config = watched(tmp_path, **choice)
    assert len(config.policies) == len(APPS) * 2 * len(choice.get("clusters", ("one",)))
    for placement, policy in config.policies.items():
        match = label_matchers.filled(label_matchers.parse(policy.watched.alerts.template), placement.app)
        environment = placement.environment.rpartition("/")[2]
        assert set(policy.watched.alerts.rules) < alerts().keys()
        for rule in policy.watched.alerts.rules:
            about = {app: ABOUT[rule] | {"namespace": namespace(app, environment)} for app in APPS}
            assert [app for app in APPS if is_meant(match, about[app])] == [placement.app], rule
            assert not is_meant(match, ABOUT[rule] | {"namespace": "monitoring"})


@pytest.mark.parametrize("choice", CHOICES)
def test_its_config_verifies_by_all_that_is_there_and_asks_the_prometheus_of_each_cluster(tmp_path, choice):
    for placement, policy in watched(tmp_path, **choice).policies.items():
        health = () if "argocd" in choice.get("without", ()) else ("health",)
        assert policy.verify.checks == (*health, "alerts", "metrics")
        assert policy.watched.cluster == (placement.environment.rpartition("/")[0] or None)
        assert policy.watched.heartbeat == "Watchdog"


def test_what_its_config_measures_is_of_one_namespace_and_of_what_apps_have_to_export(tmp_path):
    readme = rendered()[f"{MONITORING}/README.md"]
    for (environment, app), policy in watched(tmp_path).policies.items():
        (errors,) = policy.watched.metrics
        queries = [errors.query, promql.fill(errors.needs.query, {"span": "900s"})]
        for query in queries:
            assert {*re.findall(r"namespace=\"([^\"]+)\"", query)} == {namespace(app, environment)}
            assert all(f"`{name}`" in readme for name in re.findall(r"\b\w+(?=\{)", query))


def test_each_example_of_the_docs_that_names_a_rule_of_the_scaffold_matches_what_it_makes():
    pages = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "config/updater.yaml"]
    example = re.compile(r"match: '([^']+)'(?:[^}\[]|\[(?!App))*rules: \[([^\]]+)\]")
    found = [example.findall(page.read_text()) for page in pages]
    named = [(text, rule) for each in found for text, rules in each for rule in rules.split(", ")]
    assert {rule for _, rule in named} & alerts().keys()
    for text, rule in named:
        match = label_matchers.filled(label_matchers.parse(text), "shop")
        about = ABOUT.get(rule, {}) | {"namespace": "shop-staging"}
        assert rule not in ABOUT or is_meant(match, about), (text, rule)


def test_a_config_without_monitoring_speaks_of_none():
    text = rendered(without=("monitoring",))["updater/updater.yaml"]
    assert not re.search(r"alert|metric|prometheus|verify|heartbeat", text)


@pytest.mark.real
def test_prometheus_understands_what_its_config_measures(tmp_path):
    needs_promtool()
    found = [one for policy in watched(tmp_path).policies.values() for one in policy.watched.metrics]
    queries = [query for one in found for query in (one.query, one.needs.query.replace("{span}", "900s"))]
    rules = [{"record": f"asked:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "asked.json").write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))

    promtool("check", "rules", str(tmp_path / "asked.json"))


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
