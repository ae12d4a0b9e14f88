"""A real kube-apiserver takes every manifest of the chart and of the scaffold, in a dry run on its side."""

import subprocess
import sys
from pathlib import Path

import helm_python.chart
import pytest
from chart.rendering import COMBINATIONS, combination, documents, everything
from tools.scaffold.made import COMBINATIONS as SCAFFOLDS
from tools.scaffold.made import make
from world.kubernetes import GO, Kubernetes, custom_resources

pytestmark = [
    pytest.mark.real,
    pytest.mark.soak,
    pytest.mark.skipif(GO is None, reason="go is not on the path"),
]
KUBECTL = Path(sys.executable).with_name("kubectl")
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "shop", "namespace": "elsewhere"},
    "spec": {"containers": [{"name": "shop", "image": "ghcr.io/org/shop:1"}]},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Kubernetes(tmp_path_factory.mktemp("kubernetes")) as cluster:
        cluster.install(*custom_resources("argo-cd", "gateway-api", "prometheus-operator", "sealed-secrets"))
        yield cluster


def test_what_is_right_is_taken_and_nothing_of_it_is_kept(cluster):
    assert cluster.dry_run([POD]) == []
    assert cluster.dry_run([POD]) == []
    assert "NotFound" in cluster.kubectl("get", "pod", "shop", "--namespace", "elsewhere").stderr


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"containers": [{"name": "shop"}]}, "spec.containers[0].image"),
        ({"containers": [{"name": "No Label", "image": "x"}]}, "spec.containers[0].name"),
        ({**POD["spec"], "restartPolitics": "Never"}, "restartPolitics"),
    ],
)
def test_what_is_wrong_is_said(cluster, spec, said):
    (line,) = cluster.dry_run([{**POD, "spec": spec}])
    assert said in line


@pytest.mark.parametrize("name", COMBINATIONS)
def test_it_takes_the_chart_with_every_documented_combination_of_values(cluster, name):
    assert cluster.dry_run(everything(combination(name))) == []


@pytest.mark.parametrize("options", SCAFFOLDS.values(), ids=SCAFFOLDS)
def test_it_takes_every_kustomization_and_chart_of_a_scaffolded_repository(cluster, tmp_path, options):
    repository = tmp_path / "deploy-repo"
    make(repository, *options)
    built = {str(path.parent): kustomized(path.parent) for path in repository.rglob("kustomization.yaml")}
    built |= charted(repository)
    assert built
    said = {where.removeprefix(str(tmp_path)): cluster.dry_run(objects) for where, objects in built.items()}
    assert {where: lines for where, lines in said.items() if lines} == {}


def kustomized(folder):
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True)
    return documents(done.stdout)


def charted(repository):
    """Every chart of an app with the values of every environment."""
    built = {}
    for values in repository.glob("infra/helm/apps/*/values-*.yaml"):
        (given,) = documents(values.read_text())
        with helm_python.chart.Chart.load(values.parent) as chart:
            rendered = chart.render(given, name=values.parent.name, namespace="shop-x")
        built[str(values)] = [each for text in rendered.values() for each in documents(text)]
    return built
