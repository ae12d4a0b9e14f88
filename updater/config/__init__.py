"""What the user wants: read, checked, and resolved into a policy for every app in every environment."""

from updater.config.clusters import ArgoCD
from updater.config.environments import PullRequest
from updater.config.flux import Flux
from updater.config.hosts import Credential, Forge, Registry, Repository, address_of, host_of, project_of
from updater.config.load import load
from updater.config.models import Commit, Limits, Poll, Service, Signing, schema
from updater.config.policies import Config, Pin, Policy, TagPolicy
from updater.config.secrets import private_key, secret, unset

__all__ = [
    "ArgoCD",
    "Commit",
    "Config",
    "Credential",
    "Flux",
    "Forge",
    "Limits",
    "Pin",
    "Policy",
    "Poll",
    "PullRequest",
    "Registry",
    "Repository",
    "Service",
    "Signing",
    "TagPolicy",
    "address_of",
    "host_of",
    "load",
    "private_key",
    "project_of",
    "schema",
    "secret",
    "unset",
]
