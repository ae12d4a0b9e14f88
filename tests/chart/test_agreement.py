"""What the config names and the chart has to supply: together they are installed, apart they are refused."""

import re

import pytest
from chart.rendering import combination, environment, example, mounts, notes, render
from helm_python.errors import HelmRenderError

pytestmark = pytest.mark.real

IN_CLUSTER = {"argocd": {"kind": "kubernetes"}}
CA = {"caBundle": {"configMapName": "company-ca"}}
REGISTRY = {"registryCredentials": {"secretName": "registry"}}
DOCKER = "/etc/updater-secrets/registry/.dockerconfigjson"


def refusal(values):
    with pytest.raises(HelmRenderError) as refused:
        render(example(values))
    return str(refused.value)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (IN_CLUSTER, "argocd"),
        ({"clusters": {"a": {"argocd": {"kind": "kubernetes"}}}}, "clusters.a.argocd"),
    ],
)
def test_argo_cd_by_the_cluster_is_refused_without_the_right_to_ask(config, key):
    said = refusal({"config": config})

    assert f"config: {key}.kind is kubernetes, and argocdAccess.enabled is false" in said
    assert f"name Argo CD by {key}.server and token_env" in said


@pytest.mark.parametrize(
    "environments",
    [
        {"seoul/production": {"argocd": {"selector": "a=b"}}},
        {"production": {"cluster": "seoul", "argocd": {"selector": "a=b"}}},
    ],
)
def test_a_cluster_with_a_prometheus_alone_asks_the_argo_cd_of_all(environments):
    seoul = {"prometheus": {"server": "https://prometheus.seoul.example.org"}}
    config = IN_CLUSTER | {"clusters": {"seoul": seoul}, "environments": environments}
    said = refusal({"config": config, "argocdAccess": {"enabled": True, "list": False}})

    assert "looks for Applications in a list, and argocdAccess.list is false" in said


def test_a_cluster_that_an_environment_names_is_asked_by_its_own_argo_cd():
    seoul = {"argocd": {"server": "https://argocd.seoul.example.org", "token_env": "SEOUL_TOKEN"}}
    environments = {"production": {"cluster": "seoul", "argocd": {"selector": "a=b"}}}
    config = IN_CLUSTER | {"clusters": {"seoul": seoul}, "environments": environments}
    access = {"enabled": True, "list": False}

    assert render(
        example(
            {
                "config": config,
                "argocdAccess": access,
                "env": [{"name": "SEOUL_TOKEN", "value": "by hand"}],
            }
        )
    )


def test_argo_cd_of_another_cluster_needs_no_right_in_this_one():
    argocd = {"kind": "kubernetes", "server": "https://10.0.0.1:6443", "token_env": "CLUSTER_TOKEN"}
    values = {"config": {"argocd": argocd}, "env": [{"name": "CLUSTER_TOKEN", "value": "by hand"}]}

    assert render(example(values))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"argocd": {"kind": "kubernetes", "namespace": "gitops"}}, "argocd.namespace is gitops"),
        (
            IN_CLUSTER
            | {"environments": {"staging": {"argocd": {"application": "a", "namespace": "team-a"}}}},
            "environments.staging.argocd.namespace is team-a",
        ),
    ],
)
def test_a_namespace_without_a_role_is_refused(config, key):
    said = refusal({"config": config, "argocdAccess": {"enabled": True}})

    assert f"config: {key}, which argocdAccess.namespaces does not have" in said


def test_a_namespace_that_only_one_app_names_is_found_too():
    by = {"staging": {"argocd": {"application": "a", "namespace": "team-a"}}}
    app = {"app": "cart", "images": ["ghcr.io/org/cart"], "environments": by}
    said = refusal({"config": IN_CLUSTER, "apps": {"cart": app}, "argocdAccess": {"enabled": True}})

    assert "an app's environments.staging.argocd.namespace is team-a" in said


def test_the_namespaces_of_another_argo_cd_are_not_ours():
    server = {"server": "https://argocd.a.example.org", "token_env": "GITHUB_TOKEN"}
    config = IN_CLUSTER | {
        "clusters": {"a": {"argocd": server}},
        "environments": {
            "a/production": {"argocd": {"application": "x", "namespace": "team-a"}},
            "staging": {"argocd": {"application": "x", "namespace": "team-a", "cluster": "a"}},
        },
    }

    assert render(example({"config": config, "argocdAccess": {"enabled": True}}))


@pytest.mark.parametrize("by", [{"selector": "app={app}"}, {"application": "{app}-*"}])
def test_looking_in_a_list_is_refused_without_the_right_to_list(by):
    config = IN_CLUSTER | {"environments": {"staging": {"argocd": by}}}
    said = refusal({"config": config, "argocdAccess": {"enabled": True, "list": False}})

    assert "config: environments.staging.argocd looks for Applications in a list" in said


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({"existingSecrets": []}, "GHCR_TOKEN"),
        ({"config": {"notifications": {"routes": [{"to_env": "SLACK_URL"}]}}}, "SLACK_URL"),
        ({"apps": {"x": "- app: x\n  environments: {staging: {flux: {receiver_url_env: HOOK}}}"}}, "HOOK"),
    ],
)
def test_a_variable_that_nothing_gives_is_refused(values, variable):
    said = f"config: it names the variable {variable}, which no value gives: write - {{name: {variable},"

    assert said in refusal(values)


def test_where_variables_come_by_the_dozen_nobody_can_say_which_are_missing():
    assert render(example({"existingSecrets": [], "envFrom": [{"secretRef": {"name": "updater"}}]}))


def test_a_ca_bundle_is_mounted_where_the_config_names_it():
    file = "/etc/updater-ca/ca.crt"
    said = refusal(CA)
    values = CA | {"config": {"registries": {"harbor.example.org": {"tls": {"ca_file": file}}}}}

    assert (
        f"caBundle: it is mounted as {file}, which config does not name: write tls: {{ca_file: {file}}}"
        in said
    )
    assert mounts(values)["/etc/updater-ca"]["configMap"] == {
        "name": "company-ca",
        "items": [{"key": "ca.crt", "path": "ca.crt"}],
    }
    assert render(example(CA | {"env": [{"name": "REQUESTS_CA_BUNDLE", "value": file}]}))


def test_a_ca_bundle_of_a_secret_is_readable_by_the_pod_s_group_only():
    values = {"caBundle": {"secretName": "ca", "key": "tls.crt", "mountPath": "/etc/ca"}}
    config = {"config": {"tls": {"ca_file": "/etc/ca/tls.crt"}}}

    assert mounts(values | config)["/etc/ca"]["secret"] == {
        "secretName": "ca",
        "defaultMode": 0o440,
        "items": [{"key": "tls.crt", "path": "tls.crt"}],
    }
    assert "caBundle: name either a ConfigMap" in refusal(
        {"caBundle": {"secretName": "ca", "configMapName": "ca"}}
    )


def test_registry_credentials_are_mounted_where_the_config_names_them():
    registries = {"ghcr.io": {"docker_config": DOCKER, "username_env": None, "password_env": None}}
    values = REGISTRY | {"config": {"registries": registries}}

    assert f"they are mounted as {DOCKER}, which config does not name" in refusal(REGISTRY)
    assert mounts(values)["/etc/updater-secrets/registry"]["secret"]["items"] == [
        {"key": ".dockerconfigjson", "path": ".dockerconfigjson"}
    ]


def test_the_way_out_is_named_as_every_part_reads_it():
    proxy = {"https": "http://proxy:3128", "http": "http://proxy:3128", "noProxy": ".example.org"}
    given = environment({"proxy": proxy})

    assert {name: given[name]["value"] for name in ("HTTPS_PROXY", "http_proxy", "NO_PROXY")} == {
        "HTTPS_PROXY": "http://proxy:3128",
        "http_proxy": "http://proxy:3128",
        "NO_PROXY": ".example.org",
    }


@pytest.mark.parametrize(
    "values",
    [
        {"env": [{"name": "GITHUB_TOKEN", "value": "x"}]},
        {"env": [{"name": "UPDATER_CONFIG", "value": "/elsewhere"}]},
        {"proxy": {"https": "http://proxy"}, "env": [{"name": "HTTPS_PROXY", "value": "http://other"}]},
    ],
)
def test_a_variable_that_is_given_twice_is_refused(values):
    assert re.search(r"env: \w+ is given twice", refusal(values))


def test_a_volume_of_a_name_that_is_taken_is_refused():
    assert "extraVolumes: cache is the name of another volume" in refusal(
        {"extraVolumes": [{"name": "cache", "emptyDir": {}}]}
    )


def test_a_file_that_nothing_mounts_is_told_after_the_installation():
    forge = {"app_id": 1, "installation_id": 2, "private_key_file": "/etc/updater-secrets/app/key.pem"}
    values = {"config": {"forges": {"github.com": forge | {"token_env": None}}}}
    files = {"existingSecretFiles": [{"secretName": "app", "mountPath": "/etc/updater-secrets/app"}]}
    said = "the config names the file /etc/updater-secrets/app/key.pem, and no value mounts anything there"

    assert said in notes(values)
    assert said not in notes(values | files)


@pytest.mark.parametrize(
    ("config", "file", "empty"),
    [
        (
            {
                "registries": {
                    "ghcr.io": {"docker_config": DOCKER, "username_env": None, "password_env": None}
                }
            },
            DOCKER,
            "registryCredentials.secretName is empty",
        ),
        (
            {"tls": {"ca_file": "/etc/updater-ca/ca.crt"}},
            "/etc/updater-ca/ca.crt",
            "caBundle has neither configMapName nor secretName",
        ),
    ],
)
def test_a_file_where_the_chart_would_mount_one_is_refused_while_the_value_is_empty(config, file, empty):
    volume = {"extraVolumes": [{"name": "mine", "emptyDir": {}}]}
    mount = {"extraVolumeMounts": [{"name": "mine", "mountPath": file.rpartition("/")[0]}]}

    assert f"config: it names the file {file}, and {empty}, so that nothing is mounted" in refusal(
        {"config": config}
    )
    assert render(example({"config": config} | volume | mount))


def test_probes_at_a_port_that_the_config_does_not_open_are_refused():
    assert "probePort: it is http, and config has service.metrics_listen 0.0.0.0:8081" in refusal(
        {"probePort": "http"}
    )


def test_a_text_that_is_no_mapping_is_refused_as_what_it_is():
    assert "config: this text is no YAML mapping" in refusal({"config": "- a\n- list"})


def test_every_documented_combination_agrees_with_itself():
    assert all(render(combination(name)) for name in ("minimal", "everything", "argocd-in-cluster"))
