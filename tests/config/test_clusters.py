"""Which Applications run an app, as written for an environment."""

from contextlib import suppress

import pytest

from updater.config import unset_secrets
from updater.config.clusters import ArgoCD, RunBy
from updater.errors import ConfigError, UpdaterError
from updater.manifests import file_names
from updater.model import Applications, HealthOf, Manifests, Placement
from updater.sandbox.exchange import answer_json
from updater.sandbox.server import Server, utc_now
from updater.wiring import clusters

ARGOCD = (
    "commit: {email: updater@example.org}",
    (
        "commit: {email: updater@example.org}\n"
        "argocd: {server: 'https://argocd.example.org', token_env: ARGOCD_TOKEN}"
    ),
)
BY_NAME = "path: apps/{app}/staging\n    argocd: {application: '{app}'}"


@pytest.mark.parametrize(
    ("written", "environment", "meant"),
    [
        ({"application": "{app}-{environment}"}, "staging", Applications(("shop-staging",))),
        (
            {"application": "{app}-{environment}"},
            "cluster-a/staging",
            Applications(("shop-cluster-a-staging",)),
        ),
        ({"application": "{app}-{cluster}"}, "cluster-a/staging", Applications(("shop-cluster-a",))),
        ({"application": ["{app}-*", "x"]}, "staging", Applications(("shop-*", "x"))),
        ({"application": "a", "namespace": "team"}, "staging", Applications(("a",), None, "team")),
        (
            {"selector": "example.org/app={app},env={environment}"},
            "cluster-a/staging",
            Applications(selector="example.org/app=shop,env=cluster-a-staging"),
        ),
    ],
)
def test_templates_are_filled_in(written, environment, meant):
    assert RunBy.model_validate(written).at(Placement(environment, "shop")) == meant


@pytest.mark.parametrize(
    ("environment", "written", "cluster"),
    [
        ("cluster-a/production", {}, "cluster-a"),
        ("cluster-c/production", {}, None),
        ("cluster-a", {}, None),
        ("staging", {"cluster": "cluster-b"}, "cluster-b"),
        ("cluster-a/production", {"cluster": "cluster-b"}, "cluster-b"),
    ],
)
def test_the_cluster_is_that_of_the_name_unless_another_is_named(environment, written, cluster):
    run_by = RunBy.model_validate({"application": "{app}", **written})
    wanted = run_by.at(Placement(environment, "shop"), {"cluster-a": None, "cluster-b": None})
    assert wanted.cluster == cluster


def test_a_cluster_that_is_none_is_a_fault_at_its_line(load_with):
    clusters = "clusters: {cluster-a: {argocd: {server: 'https://a.example.org', token_env: A_TOKEN}}}"
    run_by = "argocd: {application: '{app}', cluster: cluster-aa}"
    with pytest.raises(ConfigError, match=r"unknown cluster 'cluster-aa': did you mean cluster-a\?"):
        load_with((ARGOCD[0], f"{ARGOCD[0]}\n{clusters}"), ("deliver: push", f"{run_by}\n    deliver: push"))


def test_with_one_for_its_cluster_there_need_be_none_for_the_others(load_with):
    clusters = "clusters: {cluster-a: {argocd: {server: 'https://a.example.org', token_env: A_TOKEN}}}"
    run_by = "argocd: {application: '{app}', cluster: cluster-a}"
    config = load_with(
        (ARGOCD[0], f"{ARGOCD[0]}\n{clusters}"), ("deliver: push", f"{run_by}\n    deliver: push")
    )
    assert list(config.argocds) == ["cluster-a"]
    assert "clusters.cluster-a.argocd: the environment variable A_TOKEN is not set" in unset_secrets(
        config, {}
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"application": "{app}-{env}"}, "unknown template 'env'"),
        ({"application": "{app}-{cluster}"}, "needs an environment named cluster"),
        ({"application": "../{app}"}, "is no name of an Application"),
        ({"application": "Shop"}, "is no name of an Application"),
        ({"application": "a?b/c"}, "is no name of an Application"),
        ({"selector": "app={app}&x=y"}, "is no label selector"),
    ],
)
def test_what_is_no_name_is_said(written, says):
    with pytest.raises(ValueError, match=says):
        RunBy.model_validate(written).at(Placement("staging", "shop"))


def test_an_app_may_name_its_own(load_with):
    config = load_with(
        ARGOCD,
        ("path: apps/{app}/staging", "path: apps/{app}/staging\n    argocd: {application: '{app}'}"),
        ("  - staging\n  - production", "  staging: {argocd: {selector: team=x}}\n  production:"),
    )
    assert config.policies[Placement("staging", "shop")].health == HealthOf(Applications(selector="team=x"))
    assert config.policies[Placement("production", "shop")].health is None


def test_secrets_nobody_has_set_are_told(load_with):
    config = load_with(
        ARGOCD,
        ("deliver: push", "flux: {receiver_url_env: FLUX_RECEIVER}\n    deliver: push"),
    )
    told = unset_secrets(config, {"GITHUB_TOKEN": "x", "GHCR_USERNAME": "x", "GHCR_TOKEN": "x"})
    assert told == (
        "argocd: the environment variable ARGOCD_TOKEN is not set",
        "flux: the environment variable FLUX_RECEIVER is not set",
    )


def test_the_receiver_of_a_repository_is_that_of_its_environments(load_with):
    config = load_with(
        (
            "deploy: {url: https://github.com/org/deploy.git}",
            "deploy: {url: 'https://github.com/org/deploy.git', flux: {receiver_url_env: A}}",
        ),
        ("deliver: push", "flux: {receiver_url_env: B}\n    deliver: push"),
    )
    names = [policy.flux.name for policy in config.policies.values()]
    assert names == ["B", "A"]


def test_a_name_that_is_none_is_a_fault_at_its_line(load_with):
    with pytest.raises(ConfigError, match=r"updater.yaml:14: environments.staging.argocd: 'Shop' is no name"):
        load_with(ARGOCD, ("deliver: push", "argocd: {application: Shop}\n    deliver: push"))


class Curious(Server):
    """A server that is not the cluster's; `told` are the credentials it was sent."""

    def __init__(self):
        super().__init__(clock=utc_now)
        self.told = []

    def answer(self, request):
        self.told.append(request.headers.get("authorization"))
        return answer_json({"items": []})


@pytest.mark.parametrize("environ", [{}, {"OTHER_TOKEN": "for-it"}])
def test_the_token_of_the_pod_goes_to_its_own_cluster_only(tmp_path, monkeypatch, environ):
    (tmp_path / "token").write_text("of-the-pod")
    monkeypatch.setattr(clusters, "_ACCOUNT", str(tmp_path))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with Curious() as server:
        settings = ArgoCD.model_construct(
            kind="kubernetes", server=server.url, token_env=next(iter(environ), None), namespace="argocd"
        )
        reader = clusters.argocd_of(settings, utc_now, lambda _host, _status: None, tmp_path)
        with suppress(UpdaterError):
            reader.applications(Applications(("shop",)))
            reader.refresh([Applications(("shop",))])
    assert set(server.told) == ({f"Bearer {value}" for value in environ.values()} or {None})


def test_a_cluster_elsewhere_needs_a_token_of_its_own():
    with pytest.raises(ValueError, match="token_env or token_file: the pod's own is for the cluster it runs"):
        ArgoCD.model_validate({"kind": "kubernetes", "server": "https://cluster.example.org"})
    assert ArgoCD.model_validate({"kind": "kubernetes"}).server is None


@pytest.mark.parametrize(
    "address", ["flux.example.org/hook/x", "http://flux.example.org/hook/x", "ftp://f/x"]
)
def test_a_receiver_that_would_never_be_called_is_named_without_its_address(load_with, address):
    config = load_with(("deploy: {", "deploy: {flux: {receiver_url_env: FLUX_RECEIVER}, "))
    secrets = {"GITHUB_TOKEN": "t", "GHCR_USERNAME": "u", "GHCR_TOKEN": "p"}
    assert unset_secrets(config, secrets | {"FLUX_RECEIVER": "https://flux.example.org/hook/x"}) == ()
    assert unset_secrets(config, secrets | {"FLUX_RECEIVER": address}) == (
        "flux: what FLUX_RECEIVER holds is no address that is called: https is needed, or insecure: true",
    )


def test_what_applications_have_to_apply_is_where_the_pins_are(load_with):
    config = load_with(ARGOCD, ("path: apps/{app}/staging", BY_NAME))
    found = config.policies[Placement("staging", "shop")].manifests
    url = config.repositories["deploy"].url
    files = tuple(f"apps/shop/staging/{name}" for name in file_names("kustomization"))
    images = tuple(str(image) for image in config.policies[Placement("staging", "shop")].images)
    assert found == Manifests(url, "main", files, images=images)
    assert found.folders == "apps/shop/staging"


def test_another_folder_and_address_may_be_named(load_with):
    own = "path: './clusters/{environment}/', repository: 'http://git.git.svc/org/deploy'"
    config = load_with(ARGOCD, ("path: apps/{app}/staging", BY_NAME.replace("}'}", "}', " + own + "}")))
    found = config.policies[Placement("staging", "shop")].manifests
    assert (found.path, found.repository) == ("clusters/staging", "http://git.git.svc/org/deploy")


def test_a_folder_outside_of_the_repository_is_a_fault(load_with):
    with pytest.raises(ConfigError, match="leaves the repository"):
        load_with(ARGOCD, ("path: apps/{app}/staging", BY_NAME.replace("}'}", "}', path: ../other}")))
