"""Which Prometheus watches an environment, as written in updater.yaml."""

import pytest

from updater.config import prometheus_of, unset_secrets
from updater.errors import ConfigError
from updater.model import Applications, Placement

COMMIT = "commit: {email: updater@example.org}"
WATCHED = (
    COMMIT,
    f"""{COMMIT}
prometheus:
  server: https://prometheus.example.org
  token_env: PROMETHEUS_TOKEN
  alertmanager: {{server: https://alertmanager.example.org, username_env: AM_USER, password_env: AM_PASSWORD}}
clusters:
  seoul: {{prometheus: {{server: http://prometheus.seoul.example.org}}}}
""",
)


def test_each_cluster_may_have_its_own(load_with):
    config = load_with(WATCHED)
    assert {cluster: each.server for cluster, each in config.prometheuses.items()} == {
        None: "https://prometheus.example.org",
        "seoul": "http://prometheus.seoul.example.org",
    }


def test_its_credentials_are_named_and_missed(load_with):
    told = unset_secrets(
        load_with(WATCHED), {"GITHUB_TOKEN": "x", "GHCR_USERNAME": "x", "GHCR_TOKEN": "x", "AM_USER": "x"}
    )
    assert told == (
        "prometheus: the environment variable PROMETHEUS_TOKEN is not set",
        "prometheus.alertmanager: the environment variable AM_PASSWORD is not set",
    )


@pytest.mark.parametrize(
    ("environment", "named", "meant"),
    [
        ("production", None, None),
        ("production", "seoul", "seoul"),
        ("seoul/production", None, "seoul"),
        ("seoul/production", "tokyo", None),
        ("tokyo/production", None, None),
    ],
)
def test_an_environment_is_watched_by_that_of_its_cluster_or_by_the_one_of_all(environment, named, meant):
    assert prometheus_of(environment, named, {None, "seoul"}) == meant


def test_without_any_to_ask_that_is_said():
    with pytest.raises(ValueError, match=r"no Prometheus to ask: .* in clusters.tokyo, or beside env"):
        prometheus_of("production", "tokyo", {"seoul"})


def test_a_cluster_without_an_argo_cd_of_its_own_shares_the_one_of_all(load_with):
    config = load_with(
        (WATCHED[0], f"{WATCHED[1]}argocd: {{server: 'https://argocd.example.org', token_env: T}}"),
        (
            "path: apps/{app}/staging",
            "path: apps/{app}/staging\n    cluster: seoul\n    argocd: {application: x}",
        ),
    )
    health = config.policies[Placement("staging", "shop")].health
    assert health is not None
    assert health.applications == Applications(("x",), cluster=None)


def test_a_cluster_named_by_the_environment_serves_its_argo_cd(load_with):
    tokyo = "  tokyo: {argocd: {server: 'https://argocd.tokyo.example.org', token_env: T}}\n"
    config = load_with(
        (WATCHED[0], f"{WATCHED[1]}{tokyo}"),
        (
            "path: apps/{app}/staging",
            "path: apps/{app}/staging\n    cluster: tokyo\n    argocd: {application: x}",
        ),
    )
    health = config.policies[Placement("staging", "shop")].health
    assert health is not None
    assert health.applications.cluster == "tokyo"


def test_an_app_may_not_name_a_cluster_that_is_none(load_with):
    with pytest.raises(
        ConfigError, match=r"shop.yaml:4: .*cluster: unknown cluster 'seol': did you mean seoul"
    ):
        load_with(WATCHED, ("  - staging\n  - production", "  staging: {cluster: seol}\n  production:"))
