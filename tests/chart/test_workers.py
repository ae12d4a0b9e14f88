"""Workers on Kubernetes: several pods, one database."""

import pytest
from chart.rendering import KEDA, combination, everything, parsed
from helm_python.errors import HelmRenderError

from updater.engine.cluster.shared_state import TASK

pytestmark = pytest.mark.real

MOUNTED = "/etc/updater-secrets/db"


def of(values=None):
    found = everything(combination("workers", values))
    return {each["kind"]: each for each in found}


def test_they_are_replaced_one_after_the_other_and_the_budget_keeps_the_others():
    every = of({"workers": {"replicas": 3}})
    spec = every["Deployment"]["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert spec["template"]["spec"]["containers"][0]["args"] == ["worker"]
    budget = every["PodDisruptionBudget"]["spec"]
    assert budget["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert "PodDisruptionBudget" not in of({"workers": {"podDisruptionBudget": False}})


def test_the_tables_are_made_before_a_version_and_by_a_pod_that_nothing_else_selects():
    every = of()
    job, service = every["Job"], every["Service"]["spec"]["selector"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade,post-upgrade"
    pod = job["spec"]["template"]
    assert not service.items() <= pod["metadata"]["labels"].items()
    container = pod["spec"]["containers"][0]
    assert container["args"] == ["worker", "--migrate", "--dsn-env", "UPDATER_DSN"]
    assert [each["name"] for each in container["env"]] == ["UPDATER_DSN"]  # and no token
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "volumes" not in pod["spec"]
    assert "Job" not in of({"workers": {"migrate": False}})
    assert "Job" not in {each["kind"] for each in everything(combination("example"))}


def test_the_example_of_keda_counts_what_the_workers_take():
    scaled = of()["ScaledObject"]
    assert scaled["apiVersion"] == KEDA
    assert scaled["spec"]["scaleTargetRef"]["name"] == of()["Deployment"]["metadata"]["name"]
    assert "replicas" not in of()["Deployment"]["spec"]
    (trigger,) = scaled["spec"]["triggers"]
    asked = trigger["metadata"]
    assert f"task_name = '{TASK}'" in asked["query"]
    names = {each["name"] for each in of()["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert asked["connectionFromEnv"] in names
    assert all(isinstance(value, str) for value in asked.values())


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"config": {"engine": None}}, "workers.enabled: the config has no engine.procrastinate"),
        ({"workers": {"enabled": False}}, "engine.procrastinate is for workers"),
        ({"cache": {"persistent": True}}, "each worker needs a cache of its own"),
        (
            {
                "config": {
                    "engine": {"procrastinate": {"dsn_env": None, "dsn_file": "/etc/updater-secrets/db/uri"}}
                },
                "workers": {"dsnEnv": None},
                "existingSecretFiles": [{"secretName": "db", "mountPath": MOUNTED}],
            },
            "workers.migrate: nobody says which variable",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(values, why):
    with pytest.raises(HelmRenderError, match=why):
        of(values)


def test_a_config_as_a_text_is_read_as_well():
    config = combination("workers")["config"]
    assert of({"config": parsed_text(config), "workers": {"dsnEnv": None}})["Job"]


def parsed_text(config):
    import json

    text = json.dumps(config)
    assert parsed(text) == config
    return text
