"""To stand in for GHCR, GitHub, GitLab and Argo CD on loopback: for the demo and for the tests. I/O."""

from updater.sandbox.argocd import ArgoCD
from updater.sandbox.github import GitHub
from updater.sandbox.gitlab import GitLab
from updater.sandbox.registry import Registry
from updater.sandbox.world import World

__all__ = ["ArgoCD", "GitHub", "GitLab", "Registry", "World"]
