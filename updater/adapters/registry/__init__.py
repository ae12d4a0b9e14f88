"""To read tags, digests, and what images say of themselves, from OCI registries. I/O."""

from updater.adapters.registry.client import RegistryClient
from updater.adapters.registry.credential_helpers import Helper, Helpers
from updater.adapters.registry.credentials import RegistryLogin
from updater.adapters.registry.docker_config import DockerConfig
from updater.adapters.registry.endpoint import EndpointHost
from updater.adapters.registry.throttle import ThrottleSettings
from updater.adapters.registry.transport import TransportObserver

__all__ = [
    "DockerConfig",
    "EndpointHost",
    "Helper",
    "Helpers",
    "RegistryClient",
    "RegistryLogin",
    "ThrottleSettings",
    "TransportObserver",
]
