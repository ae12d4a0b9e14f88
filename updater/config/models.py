"""The two documents a user writes: updater.yaml and an app. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, model_validator

from updater.config.clusters import ArgoCD
from updater.config.commits import CommitSettings
from updater.config.engines import EngineSettings
from updater.config.environments import Environment, Override
from updater.config.forges import Forge
from updater.config.names import (
    AppName,
    ChartName,
    EnvironmentPattern,
    Host,
    HostName,
    ImageNameOrPattern,
    Name,
    RegistryName,
    SecretFile,
    Variable,
)
from updater.config.notifications import Notifications
from updater.config.prometheus import Prometheus
from updater.config.registries import Registry
from updater.config.repositories import Repository
from updater.config.short_forms import AlsoWritten
from updater.config.teams.guardrails import Guardrail
from updater.config.teams.keys import ByTeams
from updater.config.teams.source import AppSource, one_or_several
from updater.config.tls import Tls
from updater.config.waves import Waves
from updater.config.wildcards import with_stand_ins
from updater.manifests import LIMIT
from updater.settings import Duration, Settings, Size

_PORTS = 65_536
_LARGEST = 8 << 20
"""Bytes; git is asked for no larger file."""


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port[:6]) < _PORTS):
        raise ValueError(f"{text!r} is no address to listen on: write it like 127.0.0.1:8080")
    return text


_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
SERVED = (
    "api",
    "apps",
    "events",
    "livez",
    "metrics",
    "passes",
    "policies",
    "readyz",
    "static",
    "webhooks",
    "workers",
)
"""The first words of what is served: a path that began with one could be taken for it."""


def _base_path(text: str) -> str:
    path = text.strip("/")
    words = path.split("/") if path else []
    if any(not _SEGMENT.fullmatch(word) or word in {".", ".."} for word in words):
        raise ValueError(f"{text!r} is no path: write it like /updater")
    if words and words[0] in SERVED:
        raise ValueError(f"{text!r} begins with a path that is served there: begin it with another word")
    return f"/{path}" if path else ""


def _spelled_out(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """`[staging, production]` says nothing otherwise of either; nor does a key with nothing behind it."""
    if isinstance(value, dict):
        return {name: {} if settings is None else settings for name, settings in value.items()}
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("write a list of environments, or a mapping of them to what is different there")
    twice = next((name for number, name in enumerate(value) if name in value[:number]), None)
    if twice is not None:
        raise ValueError(f"{twice!r} is in the list twice: keep one")
    return {name: {} for name in value}


def _every(length: timedelta) -> timedelta:
    if length < timedelta(seconds=1):
        raise ValueError("a poll every second is the most there can be: write at least 1s")
    return length


class Poll(Settings):
    every: Annotated[Duration, AfterValidator(_every)] = Field(
        default=timedelta(seconds=60),
        description="how often registries and repositories are asked; at least 1s",
    )
    full_listing: Duration = Field(
        default=timedelta(hours=1),
        description="how often a list of tags that fills more than one page is read whole, not only its end",
    )


def manifest_size(size: int) -> int:
    """Raises ValueError where no manifest may be that large, in bytes."""
    if not 0 < size <= _LARGEST:
        raise ValueError("a manifest may have up to 8MiB: write something between 1KiB and 8MiB")
    return size


ManifestSize = Annotated[Size, AfterValidator(manifest_size)]


class Limits(Settings):
    promotions_per_pass: int = Field(
        default=50,
        ge=1,
        strict=True,
        description="how many apps one pass promotes at most; the rest waits for the next one",
    )
    open_proposals: int = Field(
        default=50,
        ge=1,
        strict=True,
        description="how many pull requests of the updater may be open at a time",
    )
    writes_per_minute: int = Field(
        default=60,
        ge=1,
        strict=True,
        description="what a forge is sent at most; GitHub likes no more than 80",
    )
    writes_per_hour: int = Field(
        default=500,
        ge=1,
        strict=True,
        description="the same by the hour; what is left waits for a later pass",
    )
    manifest_size: ManifestSize = Field(
        default=LIMIT, description="how large a file with pins may be, up to 8MiB; a larger one is left alone"
    )


def listening_address(text: str) -> tuple[str, int]:
    """Host and port of an address to listen on: `127.0.0.1:8080`, `[::]:8080`."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Service(Settings):
    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default="127.0.0.1:8080",
        description="where the page, the API and the hooks are served; in a container 0.0.0.0:8080",
    )
    metrics_listen: Annotated[str, AfterValidator(_listen)] | None = Field(
        default=None,
        description="where /livez, /readyz and /metrics are served instead, such as 0.0.0.0:8081",
    )
    hosts: tuple[HostName, ...] = Field(
        default=(), description="the names the page is reached by; the default is any"
    )
    base_path: Annotated[str, AfterValidator(_base_path)] = Field(
        default="",
        description="the path below which a proxy shows all of it, such as /updater, stripped by it or not",
    )
    webhook_secret_env: Variable | None = Field(
        default=None, description="the environment variable with the secret that hooks are signed with"
    )
    webhook_secret_file: SecretFile | None = Field(default=None, description="the file with that secret")
    token_env: Variable | None = Field(
        default=None, description="the environment variable with the token that POST /api/poll asks for"
    )
    token_file: SecretFile | None = Field(default=None, description="the file with that token")

    @model_validator(mode="after")
    def _has_one_of_each_at_most(self) -> Self:
        if self.metrics_listen == self.listen and self.port:
            raise ValueError("metrics_listen is the address of listen: leave it out, or write another port")
        if self.webhook_secret_env and self.webhook_secret_file:
            raise ValueError("name the secret either by webhook_secret_env or by webhook_secret_file")
        if self.token_env is not None and self.token_file is not None:
            raise ValueError("name the token either by token_env or by token_file")
        return self

    @property
    def host(self) -> str:
        return listening_address(self.listen)[0]

    @property
    def port(self) -> int:
        return listening_address(self.listen)[1]


class Cluster(Settings):
    """One of `clusters:`; what it has not got of its own, the others share."""

    argocd: ArgoCD | None = Field(
        default=None, description="its own Argo CD, such as {server: https://…, token_env: …}"
    )
    prometheus: Prometheus | None = Field(
        default=None, description="its own Prometheus, such as {server: https://…, token_env: …}"
    )

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if self.argocd is None and self.prometheus is None:
            raise ValueError("it has nothing of its own: write its argocd or its prometheus")
        return self


class Main(Settings):
    """`updater.yaml`."""

    instance: Name = Field(
        description="a short name for this updater, such as acme: it tells its pull requests from others'"
    )
    mode: Literal["act", "observe"] = Field(
        default="act", description="act writes what is decided; observe decides and shows, and writes nothing"
    )
    repositories: Annotated[dict[Name, Repository], Field(min_length=1)] = Field(
        description="the deploy repositories by a name of your choice"
    )
    forges: dict[Host, Forge] = Field(
        default_factory=dict,
        description="who hosts the repositories and as whom they are asked, by host, such as github.com",
    )
    registries: dict[RegistryName, Registry] = Field(
        default_factory=dict,
        description="registries that need more than their name, by host or host/path; public images"
        " need nothing here",
    )
    tls: Tls = Field(
        default=Tls(),
        description="who vouches for the certificates of all hosts that say nothing of their own",
    )
    argocd: ArgoCD | None = Field(default=None, description="the Argo CD that applies the repositories")
    clusters: dict[Name, Cluster] = Field(
        default_factory=dict,
        description="clusters with an Argo CD or a Prometheus of their own, by name",
    )
    prometheus: Prometheus | None = Field(
        default=None, description="the Prometheus that watches what runs, such as {server: http://…}"
    )
    commit: CommitSettings = Field(description="whose name the commits bear: {name: updater, email: …}")
    poll: Poll = Field(default=Poll(), description="how often registries and repositories are asked")
    limits: Limits = Field(
        default=Limits(), description="what may be done at most, so that a mistake stays small"
    )
    environments: Annotated[
        dict[EnvironmentPattern, Environment], BeforeValidator(with_stand_ins), Field(min_length=1)
    ] = Field(
        description="the environments by name, such as staging and production, or by a pattern, such as pr-*"
    )
    waves: Waves | None = Field(
        default=None,
        description="which environments go together, and which of them after others: "
        "{production: [[cluster-a/production], [cluster-b/production]], bake: 2h}",
    )
    apps: Annotated[
        tuple[AppSource, ...],
        BeforeValidator(one_or_several),
        AlsoWritten(AppSource.model_json_schema()),
    ] = Field(default=(), description="where apps are declared beside the folder apps/")
    guardrails: dict[str, Guardrail] = Field(
        default_factory=dict,
        description="what no app may weaken, by the environment's name or a pattern of it",
    )
    service: Service = Field(
        default=Service(), description="where updater run serves its page, its API and its hooks"
    )
    engine: EngineSettings = Field(
        default=EngineSettings(),
        description="what runs the passes; the default is this process alone, which needs nothing beside it",
    )
    notifications: Notifications = Field(
        default=Notifications(), description="who is told the news, and what"
    )

    @property
    def argocds(self) -> dict[str | None, ArgoCD]:
        """By cluster; None: the one for all the others."""
        shared: dict[str | None, ArgoCD] = {None: self.argocd} if self.argocd else {}
        return shared | {name: own for name, each in self.clusters.items() if (own := each.argocd)}

    @property
    def prometheuses(self) -> dict[str | None, Prometheus]:
        """By cluster; None: the one for all the others."""
        shared: dict[str | None, Prometheus] = {None: self.prometheus} if self.prometheus else {}
        return shared | {name: own for name, each in self.clusters.items() if (own := each.prometheus)}


class App(Settings):
    """One app of `apps/*.yaml`."""

    app: Annotated[AppName, ByTeams()] = Field(
        description="the app's name, or {image} for an app of each image that is found"
    )
    images: Annotated[tuple[ImageNameOrPattern, ...], ByTeams()] = Field(
        default=(),
        min_length=1,
        description="the images that share its tag, such as [ghcr.io/org/shop], or [ghcr.io/org/*]",
    )
    charts: Annotated[tuple[ChartName, ...], ByTeams()] = Field(
        default=(),
        min_length=1,
        description="the Helm charts that share its version, such as [oci://ghcr.io/org/charts/shop]",
    )
    environments: Annotated[
        dict[str, Annotated[Override, AlsoWritten({"type": "null"})]],
        BeforeValidator(with_stand_ins),
        BeforeValidator(_spelled_out),
        AlsoWritten({"type": "array", "items": {"type": "string"}}),
        ByTeams(),
    ] = Field(min_length=1, description="the environments it runs in, such as [staging, production]")

    @model_validator(mode="after")
    def _has_something_to_move(self) -> Self:
        if not (self.images or self.charts):
            raise ValueError(
                "it has neither images nor charts: name what it runs, as images: [ghcr.io/org/shop]"
            )
        return self


def schema() -> dict[str, Any]:
    """The JSON Schema of both documents, by where they stand."""
    apps: TypeAdapter[App | tuple[App, ...]] = TypeAdapter(App | tuple[App, ...])
    return {"updater.yaml": Main.model_json_schema(), "apps/*.yaml": apps.json_schema()}
