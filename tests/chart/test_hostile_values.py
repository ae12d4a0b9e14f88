"""Values as nobody should write them: nothing, text that wants to be YAML, names that are too long."""

import copy
import json
import re
from functools import cache

import kubernetes_validate
import pytest
from chart.rendering import (
    CHART,
    OURS,
    combination,
    container,
    environment,
    everything,
    example,
    merged,
    notes,
    of_kind,
    parsed,
    render,
)
from helm_python.errors import HelmRenderError, HelmValuesError

pytestmark = pytest.mark.real

NEWEST = "1.37.0"
EVERYTHING = combination("everything")
DEFAULTS = parsed((CHART / "values.yaml").read_text())
UNCLEAR = re.compile(
    r"nil pointer|wrong type|error calling (?!fail|include|required)|can't (iterate|evaluate)|%!"
)
"""What Go says where a template did not expect a value."""


def leaves(value, path=()):
    """Every place in some values: mappings and lists, and what is in them."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from leaves(below, (*path, key))


def put(values, path, what):
    """The values with another one there. Values of the user's own (config, objects) are not looked into."""
    changed = copy.deepcopy(values)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = what
    return changed


def deep(values, path):
    for key in path:
        values = values[key]
    return values


def rendered_or_refused(values):
    """The objects, or the sentence of a refusal."""
    try:
        return everything(values)
    except (HelmRenderError, HelmValuesError) as error:
        said = str(error)
    assert not UNCLEAR.search(said), said
    return said


def check(found):
    """Kubernetes takes each object."""
    for each in found:
        if each["apiVersion"] not in OURS:
            _validate(json.dumps(each))


@cache
def _validate(text):
    """Most objects are the same whatever value is missing."""
    kubernetes_validate.validate(json.loads(text), NEWEST, strict=True)


ALL_DEFAULTS = [path for path in leaves(DEFAULTS) if path]
HOSTILE = ["x\nprivileged: true", "x: {privileged: true}", '{{ .Release.Name }}" # y']
OWN = {"config", "apps", "extraObjects", "affinity", "resources"}
TEXTS = [
    path
    for path in leaves(EVERYTHING)
    if path and path[0] not in OWN and isinstance(deep(EVERYTHING, path), str)
]


@pytest.mark.parametrize("key", DEFAULTS)
@pytest.mark.parametrize("base", ["minimal", "everything"])
def test_nothing_in_place_of_a_value_is_taken_or_refused_in_words(base, key):
    """`key:` with nothing behind it, or `--set key=null`, takes a default away."""
    values = merged(copy.deepcopy(DEFAULTS), combination(base))
    for path in (path for path in ALL_DEFAULTS if path[0] == key):
        found = rendered_or_refused(put(values, path, None))
        if not isinstance(found, str):
            check(found)


@pytest.mark.parametrize("key", sorted({path[0] for path in TEXTS}))
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_text_stays_a_text(key, hostile):
    """What wants to be more YAML either is refused or arrives as the text it is."""
    kinds = [each["kind"] for each in everything(EVERYTHING)]
    for path in (path for path in TEXTS if path[0] == key):
        found = rendered_or_refused(put(EVERYTHING, path, hostile))
        if not isinstance(found, str):
            assert [each["kind"] for each in found] == kinds, path
            assert '"privileged": true' not in json.dumps(found), path
            assert any(hostile in text for text in _texts(found)), path


def _texts(value):
    if isinstance(value, str):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(below)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"config": {"service": "0.0.0.0:8080"}}, "config: service is no mapping"),
        ({"config": {"clusters": ["a"]}}, "config: clusters is no mapping"),
        ({"config": {"environments": "staging"}}, "config: environments is no mapping"),
        ({"config": {"service": {"listen": 8080}}}, "config: service.listen is 8080, where the probes"),
        ({"config": "  \n"}, "config: nothing is written there"),
        ({"config": "# only a comment\n"}, "config: service.listen is 127.0.0.1:8080"),
        ({"config": "instance: [\n"}, "config: this text is no YAML mapping"),
        ({"service": {"port": 8081}}, "service: port and metricsPort are both 8081"),
        (
            {"extraVolumeMounts": [{"name": "x", "mountPath": "/etc/updater"}]},
            "/etc/updater: two volumes would be mounted there",
        ),
        (
            {"existingSecretFiles": [{"secretName": "a", "mountPath": "/etc/a"}] * 2},
            "/etc/a: two volumes would be mounted there",
        ),
        ({"existingSecrets": [None, None]}, "at '/existingSecrets/0': got null, want object"),
        (
            {"serviceAccount": {"create": False}},
            "serviceAccount.create is false, so serviceAccount.name has to",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(values, why):
    with pytest.raises((HelmRenderError, HelmValuesError), match=re.escape(why)):
        render(example(values))


@pytest.mark.parametrize(
    "values",
    [
        {"config": {"service": {"hosts": "updater.example.org"}}},
        {"apps": {"more": "- {app: cart, environments: {staging: }}"}},
        {"apps": {"more": "no: [yaml"}},
        {"config": {"environments": {"staging": None}}},
    ],
)
def test_what_the_updater_itself_says_better_is_left_to_it(values):
    assert not isinstance(rendered_or_refused(example(values)), str)


# --- names --------------------------------------------------------------------------------------

LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


@pytest.mark.parametrize("name", ["x" * 53, "1prod", "team.a.prod", "updater", "a-updater", "x" * 52 + "-"])
def test_every_name_is_one_that_kubernetes_takes(name):
    for each in everything(EVERYTHING | {"fullnameOverride": ""}, name.rstrip("-")):
        metadata = each["metadata"]
        assert LABEL.fullmatch(metadata["name"]) or len(metadata["name"]) < 254
        assert each["kind"] != "Service" or LABEL.fullmatch(metadata["name"])
        for label in metadata.get("labels", {}).values():
            assert re.fullmatch(r"([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?", label)


def test_a_long_name_of_ones_own_is_refused_rather_than_cut():
    with pytest.raises(HelmValuesError, match="at '/fullnameOverride'"):
        render(example({"fullnameOverride": "x" * 64}))


@pytest.mark.parametrize(
    ("one", "other"), [("a", "b"), ("updater", "updater-b"), ("x" * 52 + "1", "x" * 52 + "2")]
)
def test_two_releases_in_a_namespace_share_nothing(one, other):
    def names(release):
        values = EVERYTHING | {"fullnameOverride": "", "serviceAccount": {}, "extraObjects": []}
        return {(each["kind"], each["metadata"]["name"]) for each in everything(values, release)}

    assert not names(one) & names(other)


def test_the_service_of_one_release_does_not_find_the_pod_of_another():
    (service,) = of_kind("Service", name="a").values()
    (pod,) = of_kind("Deployment", name="b").values()

    assert not service["spec"]["selector"].items() <= pod["spec"]["template"]["metadata"]["labels"].items()


def test_labels_of_ones_own_do_not_part_the_service_from_its_pod():
    with pytest.raises(HelmValuesError, match=r"app\.kubernetes\.io/name"):
        render(example({"podLabels": {"app.kubernetes.io/name": "other"}}))


# --- what stands beside each other ------------------------------------------------------------------


def test_behind_a_proxy_the_cluster_is_asked_directly():
    values = {"proxy": {"https": "http://proxy:3128", "noProxy": ".svc"}, "argocdAccess": {"enabled": True}}

    assert environment(values)["NO_PROXY"]["value"] == ".svc,$(KUBERNETES_SERVICE_HOST)"
    assert "NO_PROXY" not in environment({"proxy": {"https": "http://proxy:3128"}})


def test_alerts_are_about_the_job_that_the_monitor_makes():
    monitor = {"enabled": True, "jobLabel": "app.kubernetes.io/name"}
    values = {"serviceMonitor": monitor, "prometheusRule": {"enabled": True}}
    (rule,) = of_kind("PrometheusRule", values, name="prod").values()

    assert 'job="updater"' in rule["spec"]["groups"][0]["rules"][0]["expr"]


def test_a_policy_that_lets_nobody_in_is_told():
    hooks = {"ingress": {"hooks": {"enabled": True, "hosts": ["a.example.org"]}}}

    assert "lets nobody reach the metrics" in notes({"networkPolicy": {"enabled": True}})
    assert "lets nobody reach the hooks" in notes({"networkPolicy": {"enabled": True}} | hooks)
    assert "lets nobody" not in notes(hooks)


def test_arguments_follow_the_command():
    assert container({"extraArgs": ["--log-format", "text"]})["args"] == ["run", "--log-format", "text"]
