"""To read tags, digests, and what images say of themselves, from OCI registries. I/O."""

from updater.adapters.registry.client import RegistryClient
from updater.adapters.registry.credential_helpers import Helper, Helpers
from updater.adapters.registry.credentials import Login
from updater.adapters.registry.docker_config import DockerConfig
from updater.adapters.registry.endpoint import Host
from updater.adapters.registry.throttle import Pacing
from updater.adapters.registry.transport import Watch

__all__ = ["DockerConfig", "Helper", "Helpers", "Host", "Login", "Pacing", "RegistryClient", "Watch"]
