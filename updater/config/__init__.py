"""What the user wants: read, checked, and resolved into a policy for every app in every environment."""

from updater.config.addresses import host_of, project_of, repository_address
from updater.config.breaker import AUTOMATIC_WAYS_BACK, AUTOMATIC_WITHIN, Breaker
from updater.config.checkout import completed_from
from updater.config.clusters import ArgoCD
from updater.config.commits import CommitSettings, Signing
from updater.config.credentials import ForgeCredential
from updater.config.engines import EngineSettings, ProcrastinateSettings
from updater.config.flux import Flux
from updater.config.forges import AppInstallation, Forge
from updater.config.load import load
from updater.config.models import Limits, Poll, Service, listening_address, schema
from updater.config.policies import Config, Pin, Policy, RepositoryPolicies, TagPolicy
from updater.config.prometheus import Alertmanager, Prometheus, prometheus_of
from updater.config.pull_request_settings import PullRequestSettings
from updater.config.registries import Registry
from updater.config.repositories import Repository
from updater.config.secrets import private_key, secret, stopping_secrets, unset_app_keys, unset_secrets

__all__ = [
    "AUTOMATIC_WAYS_BACK",
    "AUTOMATIC_WITHIN",
    "Alertmanager",
    "AppInstallation",
    "ArgoCD",
    "Breaker",
    "CommitSettings",
    "Config",
    "EngineSettings",
    "Flux",
    "Forge",
    "ForgeCredential",
    "Limits",
    "Pin",
    "Policy",
    "Poll",
    "ProcrastinateSettings",
    "Prometheus",
    "PullRequestSettings",
    "Registry",
    "Repository",
    "RepositoryPolicies",
    "Service",
    "Signing",
    "TagPolicy",
    "completed_from",
    "host_of",
    "listening_address",
    "load",
    "private_key",
    "project_of",
    "prometheus_of",
    "repository_address",
    "schema",
    "secret",
    "stopping_secrets",
    "unset_app_keys",
    "unset_secrets",
]
