"""To build what asks Argo CD, and what tells Flux."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from updater.adapters.api_connection import Observer
from updater.adapters.trust import Bundles
from updater.config import ArgoCD as ArgoCDSettings
from updater.config import Config
from updater.config import Flux as FluxSettings
from updater.errors import UpdaterError
from updater.model import Application, Applications
from updater.observe.turns import ask_places, out_of_time
from updater.ports import Clock
from updater.reasons import failure_reasons

if TYPE_CHECKING:
    from updater.adapters.argocd import ArgoCDClient
    from updater.adapters.flux import FluxReceivers


from updater.wiring.secrets import read_secret

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds what its service account may ask the cluster with."""


def argocd_of(
    settings: ArgoCDSettings, clock: Clock, observer: Observer, cache: Path, ca_file: str | None = None
) -> ArgoCDClient:
    """`ca_file` has all who are believed where the settings name nobody."""
    from updater.adapters.argocd import (  # noqa: PLC0415 - only where it is configured
        ArgoCDClient,
        ClusterBackend,
        HttpClient,
        Memory,
        ServerBackend,
    )

    inside = settings.kind == "kubernetes" and settings.server is None
    own = f"{_ACCOUNT}/token" if inside and not settings.token_env else None
    door = HttpClient(
        settings.server or _this_cluster(),
        lambda: read_secret(settings.token_env, settings.token_file or own),
        clock=clock,
        ca_file=settings.ca_file or (f"{_ACCOUNT}/ca.crt" if inside else ca_file),
        insecure=settings.insecure,
        observer=observer,
    )
    way = ServerBackend() if settings.kind == "argocd" else ClusterBackend(settings.namespace)
    return ArgoCDClient(door, way, clock=clock, memory=Memory(cache / "argocd", clock))


class ArgoCDs:
    """Each is asked for the Applications of its own clusters."""

    def __init__(self, by_cluster: Mapping[str | None, ArgoCDClient]) -> None:
        self._by_cluster = by_cluster

    def close(self) -> None:
        for argocd in self._by_cluster.values():
            argocd.close()

    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        return self._by_cluster[wanted.cluster].applications(wanted)

    def try_refresh(self, wanted: Applications) -> None:
        """Whether we may refresh them; refreshes none. Raises Refused or Unavailable."""
        self._by_cluster[wanted.cluster].try_refresh(wanted)

    def refresh(self, wanted: Iterable[Applications]) -> None:
        """All that can be, of all of them; then raise what the first that could not be said."""
        asked = defaultdict[str | None, list[Applications]](list)
        for each in wanted:
            asked[each.cluster].append(each)
        told = ask_places(
            list(asked),
            lambda cluster: cluster,
            lambda cluster: self._refresh(cluster, asked[cluster]),
            lambda cluster: out_of_time("Argo CD", cluster, failure_reasons.ARGOCD_UNAVAILABLE),
        )
        if failures := [error for error in told if error is not None]:
            raise failures[0]

    def _refresh(self, cluster: str | None, wanted: Iterable[Applications]) -> UpdaterError | None:
        try:
            self._by_cluster[cluster].refresh(wanted)
        except UpdaterError as error:
            return error
        return None


def argocds_of(config: Config, bundles: Bundles, clock: Clock, observer: Observer, cache: Path) -> ArgoCDs:
    ca_file = bundles.of(config.ca_file())
    made = {name: argocd_of(each, clock, observer, cache, ca_file) for name, each in config.argocds.items()}
    return ArgoCDs(made)


def flux_of(config: Config, bundles: Bundles) -> FluxReceivers | None:
    found = {policy.flux.name: policy.flux for policy in config.policies.values() if policy.flux}
    if not found:
        return None
    from updater.adapters.flux import FluxReceivers, Receiver  # noqa: PLC0415 - only where it is configured

    receivers = {name: Receiver(_address(each), each.insecure) for name, each in found.items()}
    return FluxReceivers(receivers, bundles.of(config.ca_file()))


def _address(settings: FluxSettings) -> Callable[[], str | None]:
    return lambda: read_secret(settings.receiver_url_env, settings.receiver_url_file)


def _this_cluster() -> str:
    """As Kubernetes tells every pod; elsewhere the name does not resolve, and what asks it waits."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{word}", "") for word in ("HOST", "PORT"))
    if not host:
        return "https://kubernetes.default.svc"
    return f"https://[{host}]:{port or 443}" if ":" in host else f"https://{host}:{port or 443}"
