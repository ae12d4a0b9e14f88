"""Every pod of the scaffold, from overlays and charts, in a namespace that enforces `restricted`."""

import helm_python.chart
import pytest
from chart.test_pod_security import RULES
from tools.scaffold.made import documents, make
from tools.scaffold.test_repository import build

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pods(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pods") / "it"
    make(folder)
    built = [
        *build(folder / "infra/k8s/overlays/staging"),
        *build(folder / "infra/k8s/overlays/production"),
        *documents((folder / "infra/_shared/migrations/job-template.yaml").read_text()),
    ]
    for values in sorted(folder.glob("infra/helm/apps/*/values-*.yaml")):
        (given,) = documents(values.read_text())
        with helm_python.chart.Chart.load(values.parent) as chart:
            rendered = chart.render(given, name="shop", namespace="shop-staging")
        built += [one for text in rendered.values() for one in documents(text)]
    return [one["spec"]["template"]["spec"] for one in built if one["kind"] in {"Deployment", "Job"}]


@pytest.mark.parametrize("rule", RULES)
def test_restricted_takes_it(pods, rule):
    assert len(pods) == 9
    for pod in pods:
        assert RULES[rule](pod | {"volumes": pod.get("volumes", [])})
