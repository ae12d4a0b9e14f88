"""To read and refresh the Applications of Argo CD: by its own API, or by that of its cluster. I/O."""

from updater.adapters.argocd.backends import Cluster, Server
from updater.adapters.argocd.client import ArgoCD
from updater.adapters.argocd.http_client import Door

__all__ = ["ArgoCD", "Cluster", "Door", "Server"]
