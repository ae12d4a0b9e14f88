"""Every query of the dashboard, asked of a real Prometheus that scrapes a real service."""

import json
import math
import re
import shutil

import pytest
import requests
from chart.rendering import CHART, ROOT
from world.installed_apps import install
from world.prometheus import scraping
from world.scene import ARGOCD_TOKEN, TOKEN, Scene
from world.service import answers, free_address, running, within

from updater.sandbox.world import FIRST_TAG, STAGING

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not on the path"),
]

DASHBOARD = json.loads((CHART / "dashboards" / "updater.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]
}
VARIABLES = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
HOOKS = "UPDATER_STORY_HOOKS"


def filled(expression):
    """As Grafana does with `All` chosen."""
    return re.sub(r"\$(namespace|job)\b", ".*", expression)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    """As two Apps: after a bump, its sync, a pull request, a way back, a wrong hook, a silent registry."""
    folder = tmp_path_factory.mktemp("dashboard")
    scene, metrics = Scene(folder, ["shop"], start=None), free_address()
    scene.world.clock.catch_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, scene.hub.bot_token)
        patch.setenv(HOOKS, "a secret of the tests")
        argocd = scene.with_argocd({"health": True})
        patch.setenv(ARGOCD_TOKEN, argocd.token)
        apps = [install(scene.hub, folder, name) for name in ("first", "second")]
        scene.config["forges"][scene.hub.host] = {"apps": apps, "api": scene.hub.api}
        scene.config["poll"] = {"every": "1s"}
        scene.config["environments"][STAGING]["verify"] = "1s"
        settings = {"metrics_listen": metrics, "webhook_secret_env": HOOKS}
        with running(scene, **settings) as (_, page), scraping(folder / "prometheus", metrics) as found:
            within(30, lambda: answers(f"http://{metrics}/readyz"))
            _play(scene, argocd, page, f"http://{metrics}/metrics")
            yield found
    scene.close()


def _play(scene, argocd, page, metrics):
    within(30, lambda: "bump_to_sync_seconds" in answers(metrics).text)
    tag = scene.build()
    within(30, lambda: scene.pinned("shop", STAGING) == tag)
    argocd.poll()
    within(30, scene.pulls)
    within(30, lambda: 'updater_bump_to_sync_seconds_count{environment="staging"}' in answers(metrics).text)
    within(30, lambda: 'updater_verifications_total{environment="staging"' in answers(metrics).text)
    scene.set(STAGING, "shop", FIRST_TAG)
    within(30, lambda: 'updater_rollbacks_total{by="human"' in answers(metrics).text)
    requests.post(f"{page}/webhooks/github", json={}, timeout=5)
    scene.registry.fault(status=500)
    within(30, lambda: 'updater_readings_failed_total{port="registry"}' in answers(metrics).text)


@pytest.mark.parametrize("title", QUERIES)
def test_every_panel_shows_something(prometheus, title):
    found = within(20, lambda: prometheus.samples(filled(QUERIES[title])))

    assert not any(math.isinf(value) for _, value in found)


def test_what_the_legends_name_is_there(prometheus):
    for panel in PANELS:
        for target in panel["targets"]:
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for labels, _ in prometheus.samples(filled(target["expr"])):
                assert named <= labels.keys(), panel["title"]


def test_the_variables_find_the_service(prometheus):
    for name, value in (("namespace", "delivery"), ("job", "updater")):
        metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", VARIABLES[name]["definition"]).groups()
        assert prometheus.ask(f"label/{label}/values", **{"match[]": filled(metric)}) == [value]


def test_the_numbers_are_those_of_the_story(prometheus):
    def of(title):
        return {tuple(labels.values()): value for labels, value in prometheus.samples(filled(QUERIES[title]))}

    assert list(of("Config A").values()) == [1.0]
    assert of("Open pull requests A")[("production",)] == 1
    assert 0 <= of("The oldest waits since A")[("production",)] < 300
    assert 0 <= min(of("Since the last success A").values()) < 300
    assert of("In trouble A") == {(): 0.0}


# --- the file -----------------------------------------------------------------------------------------------


def test_every_metric_is_on_the_dashboard_or_a_part_of_one():
    names = set(
        re.findall(r"^\| `(updater_\w+)` \|", (ROOT / "docs/reference/metrics.md").read_text(), re.MULTILINE)
    )
    shown = set(re.findall(r"(updater_\w+?)(?:_bucket|_sum|_count)?\{", json.dumps(QUERIES)))

    assert names <= shown
    assert shown <= names


def test_every_query_is_about_the_chosen_updaters():
    for title, query in QUERIES.items():
        assert re.findall(r"updater_\w+\{(.)", query), title
        for selector in re.findall(r"updater_\w+\{([^}]*)\}", query):
            assert selector.startswith('namespace=~"$namespace",job=~"$job"'), title


def test_panels_do_not_overlap_and_have_a_number_of_their_own():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in PANELS)
