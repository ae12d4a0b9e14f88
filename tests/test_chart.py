"""The chart, through helm and Kubernetes' own schemas."""

import re
from pathlib import Path

import helm_python.chart
import kubernetes_validate
import pytest
from helm_python.errors import HelmRenderError, HelmValuesError
from ruamel.yaml import YAML

from updater.config.load import load

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts" / "updater"
CONFIG = ROOT / "config"
KUBERNETES = ["1.25.0", "1.29.0", "1.33.0", "1.37.0"]
EVERYTHING = {
    "image": {"digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "ghcr"}],
    "existingSecretFiles": [{"secretName": "updater-app", "mountPath": "/etc/updater-secrets/app"}],
    "env": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.org:3128"}],
    "cache": {"persistent": True, "storageClass": "local-path"},
    "serviceMonitor": {"enabled": True},
    "podAnnotations": {"example.org/team": "platform"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "affinity": {"nodeAffinity": {}},
    "tolerations": [{"key": "ops", "operator": "Exists"}],
}
NOTHING = {"existingSecrets": [], "resources": {"limits": None, "requests": None}}
VALUES = {"as it comes": {}, "everything on": EVERYTHING, "everything off": NOTHING}


def parsed(text):
    return YAML(typ="safe").load(text)


def merged(below, above):
    """As helm lays one file of values over another: null takes away."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = below | {key: merged(below.get(key), value) for key, value in above.items()}
    return {key: value for key, value in both.items() if value is not None}


def example(values=None):
    return merged(parsed((CHART / "ci" / "example-values.yaml").read_text()), values or {})


def texts(values=None, name="updater"):
    with helm_python.chart.Chart.load(CHART) as chart:
        rendered = chart.render(example(values), name=name, namespace="delivery")
    return {Path(path).name: text for path, text in rendered.items()}


def objects(values=None, name="updater"):
    manifests = [text for file, text in texts(values, name).items() if file != "NOTES.txt"]
    return {found["kind"]: found for text in manifests if (found := parsed(text))}


def pod(values=None):
    return objects(values)["Deployment"]["spec"]["template"]


def container(values=None):
    (only,) = pod(values)["spec"]["containers"]
    return only


def mounted(values=None):
    """The config folder as the process sees it: path -> text."""
    data = objects(values)["ConfigMap"]["data"]
    volumes = {volume["name"]: volume for volume in pod(values)["spec"]["volumes"]}
    return {item["path"]: data[item["key"]] for item in volumes["config"]["configMap"]["items"]}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_helm_lint_has_nothing_to_say(values):
    report = helm_python.chart.lint(CHART, example(values), strict=True)

    complaints = [message for message in report["messages"] if "icon is recommended" not in message["error"]]
    assert (complaints, report["errors"]) == ([], [])


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_kubernetes_takes_every_object(values, version):
    rendered = objects(values)
    rendered.pop("ServiceMonitor", None)  # not Kubernetes' own: no schema here

    assert {"ConfigMap", "Deployment", "Service", "ServiceAccount"} <= rendered.keys()
    for rendered_object in rendered.values():
        kubernetes_validate.validate(rendered_object, version, strict=True)


def test_the_example_is_the_config_folder():
    values = example()

    assert values["config"] == parsed((CONFIG / "updater.yaml").read_text())
    assert values["apps"] == {path.stem: parsed(path.read_text()) for path in CONFIG.glob("apps/*.yaml")}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "config: nothing is written there: give instance, mode, repositories,"),
        ({"config": "", "apps": {"shop": {"app": "shop"}}}, "config: nothing is written there"),
        ({"config": {"instance": "acme"}}, "apps: none is written there: give one, with its images"),
    ],
)
def test_nothing_is_installed_for_somebody_elses_repository(values, why):
    with (
        helm_python.chart.Chart.load(CHART) as chart,
        pytest.raises(HelmRenderError, match=re.escape(why)),
    ):
        chart.render(values, name="updater", namespace="delivery")


def test_the_process_finds_the_config_folder_where_the_image_looks():
    environment = {variable["name"]: variable.get("value") for variable in container()["env"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    written = {path.relative_to(CONFIG).as_posix(): path for path in CONFIG.rglob("*.yaml")}

    assert mounts["config"] == environment["UPDATER_CONFIG"] == "/etc/updater"
    assert mounts["cache"] == environment["UPDATER_CACHE_DIR"] == "/var/cache/updater"
    assert {path: parsed(text) for path, text in mounted().items()} == {
        path: parsed(file.read_text()) for path, file in written.items()
    }


def test_the_updater_reads_its_config_in_the_way_kubernetes_lays_it_out(tmp_path):
    version = tmp_path / "..2026_02_02_14_35_12.1"
    for path, text in mounted().items():
        (version / path).parent.mkdir(parents=True, exist_ok=True)
        (version / path).write_text(text)
    (tmp_path / "..data").symlink_to(version.name)
    for name in ("updater.yaml", "apps"):
        (tmp_path / name).symlink_to(f"..data/{name}")

    assert load(tmp_path).policies.keys() == load(CONFIG).policies.keys()


def test_whole_numbers_stay_whole_numbers():
    config = {"forges": {"github.com": {"app_id": 1234567, "installation_id": 123456789012}}}

    found = parsed(mounted({"config": config})["updater.yaml"])["forges"]["github.com"]

    assert found.items() >= config["forges"]["github.com"].items()


def test_a_config_given_as_a_text_is_mounted_to_the_byte():
    text = "  # ours\ninstance: 'acme'   # {{ not a template }}\nservice: {listen: '0.0.0.0:8080'}\n\n"
    app = "- app: cart\n- app: shop # two in a file\n"

    found = mounted({"config": text, "apps": {"shop": None, "all": app}})

    assert found == {"updater.yaml": text, "apps/all.yaml": app}


def test_a_changed_config_restarts_the_pod_and_an_unchanged_one_does_not():
    def checksum(values):
        return pod(values)["metadata"]["annotations"]["checksum/config"]

    assert checksum({}) == checksum({"service": {"port": 80}})
    assert checksum({}) != checksum({"config": {"instance": "other"}})
    assert checksum({}) != checksum({"apps": {"cart": {"app": "cart"}}})


def test_there_is_never_a_second_writer():
    spec = objects()["Deployment"]["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 15


def test_the_pod_is_as_restricted_as_kubernetes_can_make_it():
    spec, inside = pod(EVERYTHING)["spec"], container(EVERYTHING)["securityContext"]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert objects()["ServiceAccount"]["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()


def test_every_secret_the_config_names_comes_from_an_existing_one():
    given = {variable["name"]: variable for variable in container()["env"]}

    own = {"UPDATER_CONFIG", "UPDATER_CACHE_DIR"}
    assert _named_environment(parsed((CONFIG / "updater.yaml").read_text())) == given.keys() - own
    assert given["GITHUB_TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "updater", "key": "github-token"}}
    assert "Secret" not in objects(EVERYTHING)


def test_the_cluster_is_asked_for_applications_only_where_that_is_switched_on():
    found = objects({"argocdAccess": {"enabled": True, "namespace": "gitops"}}, name="prod")
    (rule,) = found["Role"]["rules"]
    (subject,) = found["RoleBinding"]["subjects"]

    assert (rule["apiGroups"], rule["resources"]) == (["argoproj.io"], ["applications"])
    assert rule["verbs"] == ["get", "list", "patch"]
    assert {found[kind]["metadata"]["namespace"] for kind in ("Role", "RoleBinding")} == {"gitops"}
    assert found["RoleBinding"]["roleRef"]["name"] == found["Role"]["metadata"]["name"]
    assert (subject["name"], subject["namespace"]) == (
        found["ServiceAccount"]["metadata"]["name"],
        "delivery",
    )
    assert found["Deployment"]["spec"]["template"]["spec"]["automountServiceAccountToken"] is True
    assert not {"Role", "RoleBinding"} & objects().keys()


def test_secret_files_are_mounted_read_only():
    mounts = {mount["name"]: mount for mount in container(EVERYTHING)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod(EVERYTHING)["spec"]["volumes"]}

    assert (mounts["secret-0"]["mountPath"], mounts["secret-0"]["readOnly"]) == (
        "/etc/updater-secrets/app",
        True,
    )
    assert volumes["secret-0"]["secret"] == {"secretName": "updater-app", "defaultMode": 0o440}


def test_kubernetes_asks_the_probes_where_the_service_listens():
    probes = {kind: container()[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe")}

    assert probes == {
        "livenessProbe": {"path": "/livez", "port": "metrics"},
        "readinessProbe": {"path": "/readyz", "port": "metrics"},
    }
    page = {"name": "http", "containerPort": 8080, "protocol": "TCP"}
    assert container()["ports"] == [page, {"name": "metrics", "containerPort": 8081, "protocol": "TCP"}]


@pytest.mark.parametrize(
    "config",
    [{"service": {"metrics_listen": None}}, "instance: acme\nservice: {listen: '0.0.0.0:8080'}\n"],
    ids=["mapping", "text"],
)
def test_a_config_without_an_address_for_them_is_asked_at_the_page_s(config):
    found = objects({"config": config, "serviceMonitor": {"enabled": True}})
    (container,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert [port["name"] for port in container["ports"]] == ["http"]
    assert {container[kind]["httpGet"]["port"] for kind in ("livenessProbe", "readinessProbe")} == {"http"}
    assert [port["name"] for port in found["Service"]["spec"]["ports"]] == ["http"]
    assert found["ServiceMonitor"]["spec"]["endpoints"][0]["port"] == "http"


@pytest.mark.parametrize(
    "config",
    [
        {"service": None},
        {"service": {"listen": "127.0.0.1:8080"}},
        "instance: acme\nservice: {listen: '[::]:80'}\n",
        {"service": {"metrics_listen": "127.0.0.1:8081"}},
    ],
)
def test_a_config_that_listens_where_no_probe_can_reach_it_is_refused(config):
    with pytest.raises(
        HelmRenderError, match=r"config: service\.(metrics_)?listen is \S+, where the probes cannot reach it"
    ):
        objects({"config": config})


def test_the_service_finds_the_pod_and_the_monitor_finds_the_service():
    found = objects({"serviceMonitor": {"enabled": True}}, name="prod")
    service, monitor = found["Service"], found["ServiceMonitor"]
    pod_labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert service["spec"]["type"] == "ClusterIP"
    assert service["spec"]["selector"].items() <= pod_labels.items()
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["delivery"]}
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert monitor["spec"]["endpoints"] == [{"port": "metrics", "path": "/metrics", "interval": "30s"}]
    assert [(port["name"], port["port"]) for port in service["spec"]["ports"]] == [
        ("http", 8080),
        ("metrics", 8081),
    ]
    assert "ServiceMonitor" not in objects()


@pytest.mark.parametrize(
    ("cache", "volume", "claims"),
    [
        ({}, {"emptyDir": {"sizeLimit": "2Gi"}}, set()),
        (
            {"persistent": True},
            {"persistentVolumeClaim": {"claimName": "updater-cache"}},
            {"PersistentVolumeClaim"},
        ),
        ({"existingClaim": "mine"}, {"persistentVolumeClaim": {"claimName": "mine"}}, set()),
    ],
)
def test_the_cache_is_a_throwaway_unless_a_volume_is_asked_for(cache, volume, claims):
    volumes = {found["name"]: found for found in pod({"cache": cache})["spec"]["volumes"]}

    assert volumes["cache"] == {"name": "cache"} | volume
    assert objects({"cache": cache}).keys() & {"PersistentVolumeClaim"} == claims


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 2},
        {"image": {"tagg": "1"}},
        {"image": {"digest": "latest"}},
        {"config": {}, "existingSecrets": [{"name": "TOKEN", "value": "s3cret"}]},
        {"apps": {"../shop": {"app": "shop"}}},
        {"env": [{"name": "TOKEN", "valueFrom": {}}]},
    ],
)
def test_a_value_the_chart_does_not_know_is_refused(values):
    with helm_python.chart.Chart.load(CHART) as chart, pytest.raises(HelmValuesError):
        chart.validate_schema(values)


def test_the_notes_name_the_secrets_and_the_next_commands():
    notes = texts()["NOTES.txt"]

    assert "updater, key github-token (as GITHUB_TOKEN)" in notes
    assert "kubectl --namespace delivery logs deployment/updater" in notes


def _named_environment(value):
    if not isinstance(value, dict | list):
        return set()
    items = value.items() if isinstance(value, dict) else enumerate(value)
    own = {text for key, text in items if str(key).endswith("_env")}
    return own.union(*(_named_environment(below) for _, below in items))
