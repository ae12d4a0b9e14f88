"""To read tags and digests from OCI registries. I/O."""

from updater.adapters.registry.client import RegistryClient
from updater.adapters.registry.place import Host

__all__ = ["Host", "RegistryClient"]
