"""To stand in for Argo CD: it looks at the embedded GitHub, syncs, degrades, rolls back. I/O."""

from updater.sandbox.argocd.applications import Source
from updater.sandbox.argocd.server import ArgoCD

__all__ = ["ArgoCD", "Source"]
