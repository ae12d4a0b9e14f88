"""Kinds of Argo CD and the Prometheus operator, held against what these publish, from the Go proxy."""

import copy
import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from chart.published_schemas import closed
from tools.scaffold.made import COMBINATIONS, documents, make

GO = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
pytestmark = [
    pytest.mark.real,
    pytest.mark.soak,
    pytest.mark.skipif(GO is None, reason="go is not on the path"),
]

PUBLISHED = {
    "github.com/argoproj/argo-cd/v3@v3.5.1": [
        "manifests/crds/application-crd.yaml",
        "manifests/crds/appproject-crd.yaml",
    ],
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": [
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    ],
}


def published(module, folder):
    said = subprocess.run(
        [GO, "mod", "download", "-json", module],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    for name in PUBLISHED[module]:
        (definition,) = documents((Path(json.loads(said.stdout)["Dir"]) / name).read_text())
        for version in definition["spec"]["versions"]:
            key = f"{definition['spec']['group']}/{version['name']}", definition["spec"]["names"]["kind"]
            schema = closed(version["schema"]["openAPIV3Schema"])
            yield key, jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    subprocess.run([GO, "mod", "init", "schemas"], cwd=folder, check=True, capture_output=True)
    return {key: schema for module in PUBLISHED for key, schema in published(module, folder)}


def objects(folder):
    """What stands in files; charts render theirs, and kustomize changes none of these."""
    for path in sorted(folder.rglob("*.yaml")):
        if "templates" not in path.parts and ".github" not in path.parts:
            yield from (one for one in documents(path.read_text()) if isinstance(one, dict))


@pytest.mark.parametrize("options", COMBINATIONS.values(), ids=COMBINATIONS)
def test_their_projects_know_every_field(schemas, tmp_path, options):
    make(tmp_path / "it", *options)
    looked_at = set()
    for one in objects(tmp_path / "it"):
        key = one.get("apiVersion"), one.get("kind")
        if key in schemas:
            looked_at.add(key[1])
            schemas[key].validate(one)

    without = ",".join(options)
    expected = {"Application", "AppProject"} if "argocd" not in without else set()
    expected |= {"ServiceMonitor", "PrometheusRule"} if "monitoring" not in without else set()
    assert looked_at == expected


def test_a_field_they_do_not_know_would_be_noticed(schemas, tmp_path):
    make(tmp_path / "it")
    for one in objects(tmp_path / "it"):
        if (schema := schemas.get((one.get("apiVersion"), one.get("kind")))) is not None:
            broken = copy.deepcopy(one)
            broken["spec"]["unheardOf"] = True
            with pytest.raises(jsonschema.ValidationError, match="unheardOf"):
                schema.validate(broken)
