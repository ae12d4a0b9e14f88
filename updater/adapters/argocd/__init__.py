"""To read and refresh the Applications of Argo CD: by its own API, or by that of its cluster. I/O."""

from updater.adapters.argocd.client import ArgoCD
from updater.adapters.argocd.door import Door
from updater.adapters.argocd.ways import Cluster, Server

__all__ = ["ArgoCD", "Cluster", "Door", "Server"]
