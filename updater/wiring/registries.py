"""To build what asks registries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from updater.adapters.registry import (
    DockerConfig,
    EndpointHost,
    Helper,
    Helpers,
    RegistryClient,
    RegistryLogin,
)
from updater.adapters.trust import Bundles
from updater.config import Config, Forge, Registry
from updater.value_class import value_class

if TYPE_CHECKING:
    pass


from updater.wiring.secrets import read_secret


@contextmanager
def registry_reader(config: Config | None) -> Iterator[RegistryClient]:
    """A client for registries, with what a config says of them, if there is one."""
    if config is None:
        with RegistryClient({}) as client:
            yield client
        return
    with TemporaryDirectory(prefix="updater-trust-") as folder:
        bundles = Bundles(Path(folder))
        with RegistryClient(
            hosts_of(config.registries, vouching(config, bundles)), ca_file=bundles.of(config.ca_file())
        ) as client:
            yield client


def vouching(config: Config, bundles: Bundles) -> Callable[[Forge | Registry | None], str | None]:
    """The file with all who are believed at a host; None: one that has no entry."""
    return lambda host: bundles.of(config.ca_file(host))


def hosts_of(
    registries: Mapping[str, Registry], vouch: Callable[[Registry], str | None] = lambda _host: None
) -> Mapping[str, EndpointHost]:
    """Of hosts, and of paths on them: these are asked as others, where the host is asked."""
    helpers, found = Helpers(), {}
    for name, entry in registries.items():
        host = registries.get(name.partition("/")[0], Registry())
        found[name] = _host(host, entry, helpers, vouch(host))
    return found


def _host(host: Registry, entry: Registry, helpers: Helpers, ca_file: str | None) -> EndpointHost:
    return EndpointHost(
        ca_file=ca_file,
        endpoint=host.endpoint,
        prefix=host.prefix,
        insecure=host.insecure,
        realms=host.realms,
        keyring=_keyring(entry, helpers),
        requests_per_second=host.requests_per_second,
    )


def _keyring(entry: Registry, helpers: Helpers) -> DockerConfig | Helper | EnvCredentials | None:
    if entry.docker_config:
        return DockerConfig(Path(entry.docker_config), helpers, entry.helper_env)
    if entry.credential_helper:
        return Helper(entry.credential_helper, helpers, entry.helper_env)
    return EnvCredentials(entry) if entry.username_env else None


@value_class
class EnvCredentials:
    """The keyring of an entry that names a variable with the user and one, or a file, with the password."""

    entry: Registry

    def login(self, server: str, name: str, *, renew: bool = False) -> RegistryLogin:  # noqa: ARG002 - a Keyring
        """Raises ConfigError where one is not set."""
        username = read_secret(self.entry.username_env, None)
        password = read_secret(self.entry.password_env, self.entry.password_file)
        return RegistryLogin(username or "", password or "")
