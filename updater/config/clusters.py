"""What a user may write about who applies the deploy repository: Argo CD, and which cluster's. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from updater.clear_text import sends_in_the_clear
from updater.config.addresses import GitAddress, WebAddress
from updater.config.names import Name, SecretFile, Variable
from updater.config.paths import fill_path, normalise_path
from updater.model import Applications, Placement
from updater.settings import Settings
from updater.strict_yaml.faults import unknown_word

_NAME = re.compile(r"[a-z0-9*?\[\]]([a-z0-9.*?\[\]-]*[a-z0-9*?\[\]])?")
_SELECTOR = re.compile(r"[A-Za-z0-9_./,=!() -]+")


def _names(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    return [value] if isinstance(value, str) else value


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class ArgoCD(Settings):
    """`argocd:` of updater.yaml: which one is asked, and as whom."""

    kind: Literal["argocd", "kubernetes"] = Field(
        default="argocd", description="ask Argo CD itself, or the API of the cluster it runs in"
    )
    server: WebAddress | None = Field(default=None, description="such as https://argocd.example.org")
    token_env: Variable | None = Field(default=None, description="the environment variable with the token")
    token_file: SecretFile | None = Field(default=None, description="the file with the token")
    ca_file: SecretFile | None = Field(default=None, description="who vouches for its certificate")
    insecure: bool = Field(default=False, description="plain http, the token included")
    namespace: Name = Field(default="argocd", description="where Applications are, for kind kubernetes")

    @model_validator(mode="after")
    def _is_reached(self) -> Self:
        if self.token_env and self.token_file:
            raise ValueError("name the token either by token_env or by token_file")
        if self.kind == "argocd" and self.server is None:
            raise ValueError("server is missing: write its address, such as https://argocd.example.org")
        if self.server and not (self.token_env or self.token_file):
            own = "" if self.kind == "argocd" else ": the pod's own is for the cluster it runs in only"
            raise ValueError(f"name its token by token_env or token_file{own}")
        if self.server and sends_in_the_clear(self.server) and not self.insecure:
            raise ValueError("this would send the token in the clear: use https, or say insecure: true")
        return self


class RunBy(Settings):
    """`argocd:` of an environment: which Applications run an app there."""

    application: Names = Field(
        default=(), description='their names, such as "{app}-{environment}"; * stands for anything'
    )
    selector: str | None = Field(
        default=None, description='or their labels, such as "app={app},env={environment}"'
    )
    namespace: Name | None = Field(default=None, description="where they are, if not with Argo CD itself")
    cluster: Name | None = Field(
        default=None, description="one of clusters:, if another's Argo CD runs them than the environment's"
    )
    path: str | None = Field(
        default=None, description="the folder they apply, if not the one that the pins are in"
    )
    repository: GitAddress | None = Field(
        default=None, description="its address as they have it, where that is another, say inside the cluster"
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.application) == (self.selector is not None):
            raise ValueError("name the Applications either by application or by selector")
        return self

    def folder(self, placement: Placement) -> str | None:
        """What they apply, where it is named. Raises ValueError."""
        return None if self.path is None else normalise_path(fill_path(self.path, placement))

    def at(self, placement: Placement, clusters: Collection[str] = (), on: str | None = None) -> Applications:
        """With the templates filled in; `/` in an environment's name becomes `-`. Raises ValueError.

        `clusters` have an Argo CD of their own; `on` is the one that the environment names.
        """
        if self.cluster is not None and self.cluster not in clusters:
            raise ValueError(unknown_word("cluster", self.cluster, clusters))
        cluster = self.cluster or cluster_of(placement.environment, on, clusters)
        names = tuple(_checked(_filled(name, placement)) for name in self.application)
        selector = None if self.selector is None else _filled(self.selector, placement)
        if selector is not None and not _SELECTOR.fullmatch(selector):
            raise ValueError(f"{selector!r} is no label selector: write it like app=shop,env=staging")
        return Applications(names, selector, self.namespace, cluster)


def cluster_of(environment: str, named: str | None, clusters: Collection[str]) -> str | None:
    """Which of these an environment is on: the one it names, or that of its own name; None: none of them.

    An environment called `cluster-a/production` is on `cluster-a`.
    """
    first, slash, _ = environment.partition("/")
    cluster = named or (first if slash else None)
    return cluster if cluster in clusters else None


def _filled(template: str, placement: Placement) -> str:
    """Neither a name nor a label's value may hold a `/`, and the name of an environment may."""
    plain = placement.environment.replace("/", "-")
    return fill_path(template.replace("{environment}", plain), placement)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an Application: use a-z, 0-9, - and . (and * for anything)")
    return name
