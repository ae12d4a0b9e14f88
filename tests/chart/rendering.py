"""The chart as helm renders it: values in, Kubernetes objects out."""

import json
from functools import cache
from pathlib import Path

import helm_python.chart
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "updater"
COMBINATIONS = {
    path.name.removesuffix("-values.yaml"): path for path in sorted(CHART.glob("ci/*-values.yaml"))
}
KEDA = "keda.sh/v1alpha1"
OURS = {"monitoring.coreos.com/v1", "gateway.networking.k8s.io/v1", KEDA}
"""Kinds that are not Kubernetes' own."""


def parsed(text):
    """In Python: the library in C takes no address in a flow mapping, and Helm does."""
    return YAML(typ="safe", pure=True).load(text)


def documents(text):
    return [found for found in YAML(typ="safe").load_all(text) if found]


def merged(below, above):
    """As helm lays one file of values over another: null takes away."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = below | {key: merged(below.get(key), value) for key, value in above.items()}
    return {key: value for key, value in both.items() if value is not None}


def combination(name, values=None):
    return merged(parsed(COMBINATIONS[name].read_text()), values or {})


def example(values=None):
    return combination("example", values)


def render(values, name="updater"):
    """Every rendered file, by its name."""
    return dict(_rendered(json.dumps(values), name))


@cache
def _rendered(values, name):
    with helm_python.chart.Chart.load(CHART) as chart:
        rendered = chart.render(json.loads(values), name=name, namespace="delivery")
    return tuple((Path(path).name, text) for path, text in rendered.items())


def everything(values, name="updater"):
    """All objects, of exactly these values."""
    texts = render(values, name)
    return [found for file, text in texts.items() if file != "NOTES.txt" for found in documents(text)]


def objects(values=None, name="updater"):
    """One object of each kind, of the example with these values over it."""
    return {found["kind"]: found for found in everything(example(values), name)}


def of_kind(kind, values=None, name="updater"):
    """All objects of a kind by their names, of the example with these values over it."""
    found = everything(example(values), name)
    return {each["metadata"]["name"]: each for each in found if each["kind"] == kind}


def notes(values=None):
    return render(example(values))["NOTES.txt"]


def pod(values=None):
    return objects(values)["Deployment"]["spec"]["template"]


def container(values=None):
    return next(each for each in pod(values)["spec"]["containers"] if each["name"] == "updater")


def environment(values=None):
    return {variable["name"]: variable for variable in container(values)["env"]}


def mounts(values=None):
    """By the folder: the volume that is mounted there."""
    volumes = {volume["name"]: volume for volume in pod(values)["spec"]["volumes"]}
    return {mount["mountPath"]: volumes[mount["name"]] for mount in container(values)["volumeMounts"]}


def config_files(values=None):
    """The config folder as the process sees it where all of it stands in the values: path -> text."""
    data = objects(values)["ConfigMap"]["data"]
    sources = mounts(values)["/etc/updater"]["projected"]["sources"]
    items = [item for source in sources for item in source["configMap"]["items"]]
    return {item["path"]: data[item["key"]] for item in items}
