"""To read and refresh the Applications of Argo CD: by its own API, or by that of its cluster. I/O."""

from updater.adapters.argocd.backends import ClusterBackend, ServerBackend
from updater.adapters.argocd.client import ArgoCDClient
from updater.adapters.argocd.http_client import HttpClient
from updater.adapters.argocd.memory import Memory

__all__ = ["ArgoCDClient", "ClusterBackend", "HttpClient", "Memory", "ServerBackend"]
