"""To stand in for GHCR, the forges and Argo CD on loopback, for the demo and the tests. I/O."""

from updater.sandbox.argocd import ArgoCD
from updater.sandbox.azure import Azure
from updater.sandbox.bitbucket import Bitbucket
from updater.sandbox.charts import ChartRepository
from updater.sandbox.gitea import Gitea
from updater.sandbox.github import GitHub
from updater.sandbox.gitlab import GitLab
from updater.sandbox.registry import Registry
from updater.sandbox.world import World

__all__ = [
    "ArgoCD",
    "Azure",
    "Bitbucket",
    "ChartRepository",
    "GitHub",
    "GitLab",
    "Gitea",
    "Registry",
    "World",
]
