"""To read tags, digests, and what images say of themselves, from OCI registries. I/O."""

from updater.adapters.registry.client import RegistryClient
from updater.adapters.registry.kept import Kept
from updater.adapters.registry.place import Host

__all__ = ["Host", "Kept", "RegistryClient"]
