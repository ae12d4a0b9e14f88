"""Which Applications run an app, as written for an environment."""

import pytest

from updater.config import unset
from updater.config.clusters import RunBy
from updater.errors import ConfigError
from updater.model import Applications, HealthOf, Placement

ARGOCD = (
    "commit: {email: updater@example.org}",
    (
        "commit: {email: updater@example.org}\n"
        "argocd: {server: 'https://argocd.example.org', token_env: ARGOCD_TOKEN}"
    ),
)


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
    told = unset(config, {"GITHUB_TOKEN": "x", "GHCR_USERNAME": "x", "GHCR_TOKEN": "x"})
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
