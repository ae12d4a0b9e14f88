"""To say where an image is asked, and as whom. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from updater.adapters.registry.credentials import Keyring, RegistryLogin
from updater.clear_text import is_loopback
from updater.model import Chart, Image
from updater.value_class import value_class

_DOCKER_HUB = ("docker.io", "index.docker.io")
_DOCKER_HUB_SERVER = "registry-1.docker.io"
_KNOWN_REALMS = {_DOCKER_HUB_SERVER: ("auth.docker.io",), "registry.gitlab.com": ("gitlab.com",)}
_PORTS = {"http": 80, "https": 443}
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+(%[\w.~%-]+)?\]|[^\s\[\]\\:%@]+)(:[0-9]*)?")
"""A host, and perhaps a port. Of what else may stand there, libraries read different hosts."""


class WebOrigin(NamedTuple):
    """Whom a URL talks to: credentials for one origin go to no other."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> WebOrigin:
        """Raise ValueError, without quoting the URL, where it is none we would ask."""
        return cls(*_parts(url))

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=64)
def _parts(url: str) -> tuple[str, str, int]:
    """Remembered, as each request asks several times of two or three URLs."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("it is no http or https URL")
    if "@" in parts.netloc:
        raise ValueError("it holds a username or a password")
    if _PLACE.fullmatch(parts.netloc) is None:
        raise ValueError("its host is none")
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


@value_class
class EndpointHost:
    """How one registry is asked.

    `endpoint` is asked in its stead, and its images by their names behind `prefix`. `insecure`
    allows plain http, which is otherwise for loopback only.
    A `password` that is a function is called whenever it is needed, so that a renewed secret is picked up.
    A `keyring` is asked instead, with the host that is really talked to. `realms` are the further hosts
    (`host` or `host:port`) its credentials may be sent to for a token.
    """

    endpoint: str | None = None
    username: str | None = None
    password: str | Callable[[], str | None] | None = field(default=None, repr=False)
    insecure: bool = False
    realms: tuple[str, ...] = ()
    keyring: Keyring | None = None
    requests_per_second: float | None = None
    prefix: str | None = None
    ca_file: str | None = None
    """All who are believed there; None: whom the client believes anyway."""

    def __post_init__(self) -> None:
        """Raise ValueError where the endpoint cannot be asked."""
        if self.endpoint is None:
            return
        try:
            origin = WebOrigin.of(self.endpoint)
        except ValueError as error:
            raise ValueError(f"the endpoint is not usable: {error}") from None
        if urlsplit(self.endpoint).query or urlsplit(self.endpoint).fragment:
            raise ValueError("the endpoint is not usable: it holds more than scheme, host and path")
        if not self.allows(origin):
            raise ValueError(
                f"the endpoint http://{origin} is not usable: plain http is for loopback only; "
                "use https or say insecure: true"
            )

    def allows(self, origin: WebOrigin) -> bool:
        return origin.scheme == "https" or origin.is_loopback or self.insecure

    @property
    def has_credentials(self) -> bool:
        """Whether any were configured; not whether they are any good."""
        return bool(self.username) or self.keyring is not None

    def login(self, server: str, name: str, *, renew: bool = False) -> RegistryLogin | None:
        """What that server may know us by; `renew` where the last answer was refused."""
        if self.keyring is not None:
            return self.keyring.login(server, name, renew=renew)
        password = self.password() if callable(self.password) else self.password
        return RegistryLogin(self.username, password) if self.username and password else None


@value_class
class Endpoint:
    """Where an image is really asked."""

    image: Image
    host: EndpointHost
    base: str
    """Scheme, host and perhaps a path, without a slash at the end."""
    name: str
    """As it is asked there, in which a mirror's project may come first."""

    @classmethod
    def of(cls, image: Image, hosts: Mapping[str, EndpointHost]) -> Endpoint:
        """`hosts` by registry or registry and path: the entry with the longest path wins."""
        registry = "docker.io" if image.registry in _DOCKER_HUB else image.registry
        official = registry == "docker.io" and "/" not in image.name
        name = f"library/{image.name}" if official else image.name
        host = _entry((image.registry, registry), name, hosts)
        asked = f"{host.prefix}/{name}" if host.prefix else name
        return cls(image, host, (host.endpoint or _base(registry, host)).rstrip("/"), asked)

    @property
    def registry(self) -> str:
        return self.image.registry

    @property
    def origin(self) -> WebOrigin:
        return WebOrigin.of(self.base)

    @property
    def scope(self) -> str:
        # Built by us: the one GHCR names may be a placeholder.
        return f"repository:{self.name}:pull"

    def login(self, *, renew: bool = False) -> RegistryLogin | None:
        return self.host.login(str(self.origin), self.name, renew=renew)

    def said(self, tag: str) -> str:
        """What a tag of the registry is called: of a chart, a version, whose `+` no tag can have."""
        return tag.replace("_", "+") if isinstance(self.image, Chart) else tag

    def asked(self, tag: str) -> str:
        """As the registry has what is called so."""
        return tag.replace("+", "_") if isinstance(self.image, Chart) else tag

    def url(self, path: str) -> str:
        return f"{self.base}/v2/{self.name}/{path}"

    def may_exchange_at(self, realm: WebOrigin) -> bool:
        trusted = (*self.host.realms, *_KNOWN_REALMS.get(self.origin.host, ()))
        same = (realm.host, realm.port) == (self.origin.host, self.origin.port)
        return self.host.allows(realm) and (same or str(realm) in trusted)


def _entry(registries: tuple[str, ...], name: str, hosts: Mapping[str, EndpointHost]) -> EndpointHost:
    path = name.split("/")
    prefixes = ("/".join(path[:length]) for length in range(len(path), 0, -1))
    keys = [f"{registry}/{prefix}" for prefix in prefixes for registry in registries]
    return next((hosts[key] for key in (*keys, *registries) if key in hosts), EndpointHost())


def _base(registry: str, host: EndpointHost) -> str:
    server = _DOCKER_HUB_SERVER if registry == "docker.io" else registry
    plain = host.insecure or is_loopback(server.partition(":")[0])
    return f"{'http' if plain else 'https'}://{server}"
