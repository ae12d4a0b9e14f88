"""The chart, through helm and Kubernetes' own schemas."""

import re
from importlib.metadata import version

import helm_python.chart
import kubernetes_validate
import pytest
from chart.rendering import (
    CHART,
    COMBINATIONS,
    OURS,
    ROOT,
    combination,
    config_files,
    container,
    environment,
    everything,
    example,
    mounts,
    notes,
    objects,
    parsed,
    pod,
    render,
)
from helm_python.errors import HelmRenderError, HelmValuesError

from updater.config.load import load

pytestmark = pytest.mark.real

CONFIG = ROOT / "config"
KUBERNETES = ["1.25.0", "1.35.0", "1.36.0", "1.37.0"]
"""The oldest that the chart takes, and the three newest."""
OFF = {
    "existingSecrets": [],
    "envFrom": [{"secretRef": {"name": "updater"}}],
    "resources": {"limits": None, "requests": None},
}
ALL = [*COMBINATIONS, "everything off"]


def values_of(name):
    return example(OFF) if name == "everything off" else combination(name)


@pytest.mark.parametrize("name", ALL)
def test_helm_lint_has_nothing_to_say(name):
    report = helm_python.chart.lint(CHART, values_of(name), strict=True)

    complaints = [message for message in report["messages"] if "icon is recommended" not in message["error"]]
    assert (complaints, report["errors"]) == ([], [])


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("name", ALL)
def test_kubernetes_takes_every_object(name, version):
    rendered = everything(values_of(name))

    assert {"Deployment", "Service"} <= {each["kind"] for each in rendered}
    for each in rendered:
        if each["apiVersion"] not in OURS:  # those have no schema here: see test_foreign_kinds.py
            kubernetes_validate.validate(each, version, strict=True)


def test_the_newest_version_is_among_them():
    assert kubernetes_validate.latest_version() == KUBERNETES[-1]


@pytest.mark.parametrize("name", ALL)
def test_no_two_objects_of_a_kind_have_one_name(name):
    every = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in everything(values_of(name))
    ]

    assert sorted(set(every), key=str) == sorted(every, key=str)


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
    with pytest.raises(HelmRenderError, match=re.escape(why)):
        render(values)


def test_the_process_finds_the_config_folder_where_the_image_looks():
    written = {path.relative_to(CONFIG).as_posix(): path for path in CONFIG.rglob("*.yaml")}

    assert environment()["UPDATER_CONFIG"]["value"] == "/etc/updater"
    assert environment()["UPDATER_CACHE_DIR"]["value"] == "/var/cache/updater"
    assert {"/etc/updater", "/var/cache/updater"} <= mounts().keys()
    assert {path: parsed(text) for path, text in config_files().items()} == {
        path: parsed(file.read_text()) for path, file in written.items()
    }


def test_the_updater_reads_its_config_in_the_way_kubernetes_lays_it_out(tmp_path):
    version = tmp_path / "..2026_02_02_14_35_12.1"
    for path, text in config_files().items():
        (version / path).parent.mkdir(parents=True, exist_ok=True)
        (version / path).write_text(text)
    (tmp_path / "..data").symlink_to(version.name)
    for name in ("updater.yaml", "apps"):
        (tmp_path / name).symlink_to(f"..data/{name}")

    assert load(tmp_path).policies.keys() == load(CONFIG).policies.keys()


def test_whole_numbers_stay_whole_numbers():
    config = {"forges": {"github.com": {"app_id": 1234567, "installation_id": 123456789012}}}

    found = parsed(config_files({"config": config})["updater.yaml"])["forges"]["github.com"]

    assert found.items() >= config["forges"]["github.com"].items()


def test_a_config_given_as_a_text_is_mounted_to_the_byte():
    text = "  # ours\ninstance: 'acme'   # {{ not a template }}\nservice: {listen: '0.0.0.0:8080'}\n\n"
    app = "- app: cart\n- app: shop # two in a file\n"

    found = config_files({"config": text, "apps": {"shop": None, "all": app}})

    assert found == {"updater.yaml": text, "apps/all.yaml": app}


def test_a_changed_config_restarts_the_pod_and_an_unchanged_one_does_not():
    def checksum(values):
        return pod(values)["metadata"]["annotations"]["checksum/config"]

    assert checksum({}) == checksum({"service": {"port": 80}})
    assert checksum({}) != checksum({"config": {"instance": "other"}})
    assert checksum({}) != checksum({"apps": {"cart": {"app": "cart"}}})


def test_without_workers_there_is_never_a_second_writer():
    spec = objects()["Deployment"]["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 15


def test_every_secret_the_config_names_comes_from_an_existing_one():
    given = environment()

    own = {"UPDATER_CONFIG", "UPDATER_CACHE_DIR"}
    assert _named_environment(parsed((CONFIG / "updater.yaml").read_text())) == given.keys() - own
    assert given["GITHUB_TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "updater", "key": "github-token"}}
    assert "Secret" not in {each["kind"] for name in ALL for each in everything(values_of(name))}


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


def test_the_service_finds_the_pod():
    found = objects(name="prod")
    service = found["Service"]
    pod_labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert service["spec"]["type"] == "ClusterIP"
    assert service["spec"]["selector"].items() <= pod_labels.items()
    assert [(port["name"], port["port"]) for port in service["spec"]["ports"]] == [
        ("http", 8080),
        ("metrics", 8081),
    ]


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
    assert mounts({"cache": cache})["/var/cache/updater"] == {"name": "cache"} | volume
    assert objects({"cache": cache}).keys() & {"PersistentVolumeClaim"} == claims


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"replicas": 2}, "additional properties 'replicas' not allowed"),
        ({"image": {"tagg": "1"}}, "at '/image': additional properties 'tagg' not allowed"),
        ({"image": {"digest": "latest"}}, "at '/image/digest'"),
        ({"existingSecrets": [{"name": "TOKEN", "value": "s3cret"}]}, "at '/existingSecrets/0'"),
        ({"apps": {"../shop": {"app": "shop"}}}, "at '/apps'"),
        ({"env": [{"name": "TOKEN", "valueFrom": {}}]}, "at '/env/0/valueFrom'"),
        ({"ingress": {"hooks": {"host": "a.example.org"}}}, "at '/ingress/hooks'"),
        ({"prometheusRule": {"thresholds": {"lastSucces": 1}}}, "at '/prometheusRule/thresholds'"),
        ({"proxy": {"https": "http://me:s3cret@proxy.example.org"}}, "at '/proxy/https'"),
        ({"image": {"tag": 20260202}}, "at '/image/tag': got number, want"),
    ],
)
def test_a_value_the_chart_does_not_know_is_refused_with_its_path(values, where):
    with (
        helm_python.chart.Chart.load(CHART) as chart,
        pytest.raises(HelmValuesError, match=re.escape(where)),
    ):
        chart.validate_schema(values)


def test_the_notes_name_the_secrets_and_the_next_commands():
    assert "updater, key github-token (as GITHUB_TOKEN)" in notes()
    assert "kubectl --namespace delivery logs deployment/updater" in notes()


def _named_environment(value):
    if not isinstance(value, dict | list):
        return set()
    items = value.items() if isinstance(value, dict) else enumerate(value)
    own = {text for key, text in items if str(key).endswith("_env")}
    return own.union(*(_named_environment(below) for _, below in items))


def test_a_spread_that_names_no_pod_is_about_this_one():
    """Kubernetes warns of one without a selector: it would be about no pod at all."""
    bare = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    other = bare | {"labelSelector": {"matchLabels": {"app": "other"}}}
    found = pod({"topologySpreadConstraints": [bare, other]})
    mine, theirs = found["spec"]["topologySpreadConstraints"]

    assert mine["labelSelector"]["matchLabels"].items() <= found["metadata"]["labels"].items()
    assert mine.items() >= bare.items()
    assert theirs == other


def test_the_chart_says_the_version_and_the_image_that_it_installs():
    about = parsed((CHART / "Chart.yaml").read_text())
    (image,) = parsed(about["annotations"]["artifacthub.io/images"])

    assert about["appVersion"] == version("updater")
    assert image["image"] == container({"image": {"digest": ""}})["image"]


def test_no_image_is_assumed_since_it_would_get_the_tokens():
    with pytest.raises(HelmRenderError, match=re.escape("image.repository: nothing is written there:")):
        render(example({"image": {"repository": ""}}))
