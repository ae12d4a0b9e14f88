"""Each alert in Prometheus's own unit tests: it fires, and where all is well it does not."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from chart.rendering import objects

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on the path"),
]

MINE = 'namespace="delivery",job="updater"'
RUNBOOKS = "https://github.com/org/updater/blob/main/docs/runbooks"


@dataclass(frozen=True)
class Fires:
    series: Mapping[str, str]
    at: str
    labels: Mapping[str, str]
    summary: str
    description: str


FIRES = {
    "UpdaterDown": Fires(
        {'up{namespace="delivery",job="updater"}': "0x300"},
        "15m",
        {"severity": "critical", "namespace": "delivery", "job": "updater"},
        "No updater answers Prometheus.",
        "Nothing has served the updater's metrics for ten minutes, so nothing is promoted and no other alert "
        "of it can fire.",
    ),
    "UpdaterPassesTooOld": Fires(
        {f'updater_last_success_timestamp_seconds{{{MINE},repository="deploy"}}': "0x300"},
        "25m",
        {"severity": "critical", "repository": "deploy"},
        "No pass over deploy has succeeded lately.",
        "The last pass over the deploy repository deploy that succeeded is more than 900 seconds ago, or "
        "there was none since the start.",
    ),
    "UpdaterNoPassBegins": Fires(
        {
            f'updater_outage_timestamp_seconds{{{MINE},pod="one"}}': "0x4 300x300",
            f'updater_outage_timestamp_seconds{{{MINE},pod="two"}}': "0x300",
        },
        "15m",
        {"severity": "warning", "namespace": "delivery", "job": "updater"},
        "A worker of the updater begins no pass.",
        "For want of its database a worker has begun no pass since 1970-01-01 00:05:00 +0000 UTC. Its page "
        "and its log say what the database answered; passes begin again by themselves.",
    ),
    "UpdaterReadingsFailing": Fires(
        {f'updater_readings_failed_total{{{MINE},port="registry"}}': "1+1x300"},
        "50m",
        {"severity": "warning", "port": "registry"},
        "Readings of the registry keep failing.",
        "For 30m some reading of the registry has failed in every ten minutes: what could not be read is "
        "held.",
    ),
    "UpdaterRacesLost": Fires(
        {f'updater_lost_races_total{{{MINE},repository="deploy"}}': "0+1x300"},
        "70m",
        {"severity": "warning", "repository": "deploy"},
        "Somebody else keeps pushing to deploy first.",
        "In an hour 60 pushes to the deploy repository deploy came too late. Nothing is lost; each costs a "
        "fetch and a push.",
    ),
    "UpdaterPullRequestWaits": Fires(
        {f'updater_oldest_proposal_timestamp_seconds{{{MINE},environment="production"}}': "0x6000"},
        "74h",
        {"severity": "warning", "environment": "production"},
        "A pull request for production waits for a merge.",
        "The oldest open pull request of the updater for production has been open for 3d 2h 0m 0s.",
    ),
    "UpdaterRunningTagInTrouble": Fires(
        {f'updater_conditions{{{MINE},environment="production",condition="gone"}}': "2x300"},
        "15m",
        {"severity": "warning", "environment": "production", "condition": "gone"},
        "Something is wrong with a tag that production runs: gone.",
        "The condition gone is true of 2 apps in production. `updater status` and the page name them, with "
        "the command that helps.",
    ),
    "UpdaterConfigRejected": Fires(
        {f"updater_config_valid{{{MINE}}}": "1x5 0x300"},
        "15m",
        {"severity": "warning"},
        "The updater's config is broken, and the last good one stays.",
        "The files of the config have changed and are not valid. The next restart would fail.",
    ),
    "UpdaterBudgetLow": Fires(
        {f'updater_budget_remaining{{{MINE},host="api.github.com"}}': "5000-500x9 40x300"},
        "30m",
        {"severity": "warning", "host": "api.github.com"},
        "api.github.com soon answers no more.",
        "api.github.com allows 40 more requests before it turns the updater away.",
    ),
}
WELL = {
    f"updater_config_valid{{{MINE}}}": "1x6000",
    f'updater_last_success_timestamp_seconds{{{MINE},repository="deploy"}}': "0+60x6000",
    f'updater_passes_total{{{MINE},repository="deploy",result="ok"}}': "0+1x6000",
    f'updater_passes_total{{{MINE},repository="deploy",result="failed"}}': "3x6000",
    f"updater_outage_timestamp_seconds{{{MINE}}}": "0x16 1000x3 0x6000",
    f'updater_readings_failed_total{{{MINE},port="registry"}}': "3x20 4x6000",
    f'updater_lost_races_total{{{MINE},repository="deploy"}}': "0x30 5x6000",
    f'updater_oldest_proposal_timestamp_seconds{{{MINE},environment="production"}}': "0x600 _x5400",
    f'updater_conditions{{{MINE},environment="production",condition="gone"}}': "0x6000",
    f'updater_budget_remaining{{{MINE},host="api.github.com"}}': "4900x6000",
}
"""Passes have failed, a reading too, races were lost, and a pull request was merged after ten hours."""


def test_prometheus_takes_the_rules(tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps(_spec({})))
    found = _promtool("check", "rules", "rules.json", folder=tmp_path)

    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{len(FIRES)} rules found" in found.stdout


@pytest.mark.parametrize("name", FIRES)
def test_it_fires_and_says_what_is_wrong_and_where_the_page_is(tmp_path, name):
    _well_tested(tmp_path, FIRES[name].series, FIRES[name].at, name, [FIRES[name]])


@pytest.mark.parametrize("at", ["20m", "50m", "70m", "74h"])
@pytest.mark.parametrize("name", FIRES)
def test_it_does_not_fire_where_all_is_well(tmp_path, name, at):
    _well_tested(tmp_path, WELL, at, name, [])


def test_a_repository_that_never_had_a_success_is_told_too(tmp_path):
    """After a restart the time of the last success is gone."""
    series = {f'updater_passes_total{{{MINE},repository="deploy",result="failed"}}': "1+1x300"}
    _well_tested(tmp_path, series, "10m", "UpdaterPassesTooOld", [FIRES["UpdaterPassesTooOld"]])


def test_another_release_in_the_namespace_makes_no_noise_here(tmp_path):
    theirs = 'namespace="delivery",job="other-updater"'
    series = {f"updater_config_valid{{{theirs}}}": "0x300", f"updater_config_valid{{{MINE}}}": "1x300"}
    _well_tested(tmp_path, series, "30m", "UpdaterConfigRejected", [])


def test_thresholds_are_those_of_the_values(tmp_path):
    series = FIRES["UpdaterBudgetLow"].series
    _well_tested(tmp_path, series, "30m", "UpdaterBudgetLow", [], budget=30)


def test_what_is_asserted_here_can_fail(tmp_path):
    with pytest.raises(AssertionError, match="FAILED"):
        _well_tested(tmp_path, FIRES["UpdaterDown"].series, "15m", "UpdaterDown", [])


def _well_tested(folder, series, at, name, expected, **thresholds):
    """Promtool finds exactly these alerts of that name at that time."""
    (folder / "rules.json").write_text(json.dumps(_spec(thresholds)))
    test = {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "alert_rule_test": [
            {"eval_time": at, "alertname": name, "exp_alerts": [_expected(name, each) for each in expected]}
        ],
    }
    whole = {"rule_files": ["rules.json"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.json").write_text(json.dumps(whole))
    found = _promtool("test", "rules", "test.json", folder=folder)
    assert found.returncode == 0, found.stdout + found.stderr


def _expected(name, fires):
    said = {
        "summary": fires.summary,
        "description": fires.description,
        "runbook_url": f"{RUNBOOKS}/{name}.md",
    }
    return {
        "exp_labels": {"namespace": "delivery", "job": "updater"} | fires.labels,
        "exp_annotations": said,
    }


def _spec(thresholds):
    values = {"prometheusRule": {"enabled": True, "thresholds": thresholds, "runbooks": RUNBOOKS}}
    return objects(values)["PrometheusRule"]["spec"]


def _promtool(*words, folder):
    return subprocess.run(
        ["promtool", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
