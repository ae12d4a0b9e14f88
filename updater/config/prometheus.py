"""What a user may write about who watches what runs: Prometheus, and Alertmanager beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from updater.clear_text import sends_in_the_clear
from updater.config.addresses import WebAddress
from updater.config.clusters import cluster_of
from updater.config.names import SecretFile, Variable
from updater.settings import Settings

_TENANT = re.compile(r"[A-Za-z0-9!_.*'()|-]{1,150}")
"""As Mimir has it; several are joined by `|`."""


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise ValueError(f"{text!r} is no tenant: use letters, digits and !-_.*'(), and | between several")
    return text


class MonitoringServer(Settings):
    """Where one is asked, and as whom."""

    server: WebAddress = Field(description="its address, such as http://prometheus.monitoring.svc:9090")
    token_env: Variable | None = Field(default=None, description="the environment variable with the token")
    token_file: SecretFile | None = Field(default=None, description="the file with the token")
    username_env: Variable | None = Field(
        default=None, description="the environment variable with the user, where it asks for a password"
    )
    password_env: Variable | None = Field(
        default=None, description="the environment variable with the password"
    )
    password_file: SecretFile | None = Field(default=None, description="the file with the password")
    ca_file: SecretFile | None = Field(default=None, description="who vouches for its certificate")
    insecure: bool = Field(default=False, description="plain http, credentials included")
    tenant: Annotated[str, AfterValidator(_tenant)] | None = Field(
        default=None, description="what Mimir or Cortex is sent as X-Scope-OrgID"
    )

    @model_validator(mode="after")
    def _has_whole_credentials(self) -> Self:
        if self.token_env and self.token_file:
            raise ValueError("name the token either by token_env or by token_file")
        if self.password_env and self.password_file:
            raise ValueError("name the password either by password_env or by password_file")
        passwords = self.password_env or self.password_file
        if bool(passwords) != bool(self.username_env):
            raise ValueError("credentials are two: username_env and password_env (or password_file)")
        if passwords and self._has_token:
            raise ValueError("name either a token, or a user and a password")
        if (passwords or self._has_token) and sends_in_the_clear(self.server) and not self.insecure:
            raise ValueError("this would send the credentials in the clear: use https, or say insecure: true")
        return self

    @property
    def _has_token(self) -> bool:
        return self.token_env is not None or self.token_file is not None


class Alertmanager(MonitoringServer):
    """`alertmanager:` of a Prometheus: who knows what is silenced."""


class Prometheus(MonitoringServer):
    """`prometheus:` of updater.yaml or of a cluster: Prometheus, or what has its API."""

    page: WebAddress | None = Field(default=None, description="where people see its graphs, if not at server")
    alertmanager: Alertmanager | None = Field(
        default=None, description="who is asked what is silenced: {server: http://…}"
    )


def prometheus_of(environment: str, cluster: str | None, known: Collection[str | None]) -> str | None:
    """Of whose cluster the Prometheus is that watches an environment; None: it is the one for all the others.

    `cluster` is the one that the environment names. Raises ValueError where there is none to ask.
    """
    own = cluster_of(environment, cluster, [name for name in known if name is not None])
    if own is None and None not in known:
        where = f"in clusters.{cluster}, or beside environments:" if cluster else "beside environments:"
        raise ValueError(f"there is no Prometheus to ask: write prometheus: {{server: http://…}} {where}")
    return own
