"""Kinds that are not Kubernetes' own, held against what their projects publish, from the Go module proxy."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from chart.published_schemas import closed
from chart.rendering import CHART, COMBINATIONS, KEDA, OURS, combination, documents, everything, parsed

GO = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
pytestmark = [
    pytest.mark.real,
    pytest.mark.soak,
    pytest.mark.skipif(GO is None, reason="go is not on the path"),
]

GATEWAY = "sigs.k8s.io/gateway-api@v1.6.3"
MODULES = [
    "github.com/fluxcd/helm-controller/api@v1.4.0",
    "github.com/fluxcd/source-controller/api@v1.7.0",
    "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v0.95.2",
    GATEWAY,
    "sigs.k8s.io/yaml@v1.6.0",
]
ROUTES = "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"


def rendered():
    of_chart = [each for name in COMBINATIONS for each in everything(combination(name))]
    flux = documents((CHART / "examples" / "flux-helmrelease.yaml").read_text())
    read = OURS - {KEDA}  # its types come with all that it scales by: test_workers.py reads the example
    return [each for each in of_chart if each["apiVersion"] in read] + flux


def go(*words, folder):
    done = subprocess.run([GO, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A program that reads objects into the Go types of their operators, and takes no unknown field."""
    folder = tmp_path_factory.mktemp("strict")
    shutil.copy(Path(__file__).parent / "strict" / "main.go", folder)
    go("mod", "init", "strict", folder=folder)
    go("get", *MODULES, folder=folder)
    go("mod", "tidy", folder=folder)
    go("build", "-o", "strict", ".", folder=folder)
    return folder / "strict"


def read_strictly(strict, objects):
    return subprocess.run([strict], input=json.dumps(objects), capture_output=True, text=True, check=False)


def test_the_operators_know_every_field(strict):
    objects = rendered()
    done = read_strictly(strict, objects)

    assert {"HTTPRoute", "HelmRelease", "PrometheusRule", "ServiceMonitor"} <= {
        each["kind"] for each in objects
    }
    assert done.stdout == f"{len(objects)} objects\n", done.stdout + done.stderr


def test_a_field_that_they_do_not_know_would_be_noticed(strict):
    monitor = next(each for each in rendered() if each["kind"] == "ServiceMonitor")
    monitor["spec"]["endpoints"][0]["intervall"] = "30s"

    assert "ServiceMonitor" in read_strictly(strict, [monitor]).stdout


def test_the_published_schema_takes_every_route(tmp_path):
    go("mod", "init", "schemas", folder=tmp_path)
    folder = Path(json.loads(go("mod", "download", "-json", GATEWAY, folder=tmp_path))["Dir"])
    versions = parsed((folder / ROUTES).read_text())["spec"]["versions"]
    (published,) = [each["schema"]["openAPIV3Schema"] for each in versions if each["name"] == "v1"]
    schema = closed(published)
    routes = [each for each in rendered() if each["kind"] == "HTTPRoute"]

    assert len(routes) >= 4
    for route in routes:
        jsonschema.Draft202012Validator(schema).validate(route)
    routes[0]["spec"]["hostname"] = []
    with pytest.raises(jsonschema.ValidationError, match="hostname"):
        jsonschema.Draft202012Validator(schema).validate(routes[0])
