"""What a user may write about registries. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from updater.clear_text import sends_in_the_clear
from updater.config.addresses import WebAddress
from updater.config.names import HelperName, Host, SecretFile, Variable
from updater.config.tls import Tls
from updater.settings import Settings

_PREFIX = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")


def _prefix(text: str) -> str:
    plain = text.strip("/")
    if not _PREFIX.fullmatch(plain):
        raise ValueError(f"{text!r} is no name of a project: write it in lower case, such as ghcr-proxy")
    return plain


class Registry(Settings):
    """Of a host; or of a path on it, which then says only as whom the images below it are asked."""

    endpoint: WebAddress | None = Field(default=None, description="where to ask instead, say a mirror")
    prefix: Annotated[str, AfterValidator(_prefix)] | None = Field(
        default=None, description="the project in which that mirror keeps these images, such as ghcr-proxy"
    )
    username_env: Variable | None = Field(default=None, description="the environment variable with the user")
    password_env: Variable | None = Field(
        default=None, description="the environment variable with the password, or the token"
    )
    password_file: SecretFile | None = Field(default=None, description="the file with the password")
    docker_config: SecretFile | None = Field(
        default=None, description="a docker config, such as a mounted imagePullSecret"
    )
    credential_helper: HelperName | None = Field(
        default=None, description="what follows docker-credential-, such as ecr-login"
    )
    helper_env: tuple[Variable, ...] = Field(
        default=(),
        description="environment variables that credential helpers get beside those of their cloud",
    )
    insecure: bool = Field(default=False, description="plain http, credentials included")
    tls: Tls = Field(default=Tls(), description="who vouches for this host")
    realms: tuple[Host, ...] = Field(
        default=(), description="further hosts that may be sent the credentials, to get a token for them"
    )
    requests_per_second: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="the most that are sent to this host; without it as many as it bears"
    )

    @model_validator(mode="after")
    def _credentials_are_whole(self) -> Self:
        passwords = [one for one in (self.password_env, self.password_file) if one is not None]
        if len(passwords) > 1:
            raise ValueError("name the password either by password_env or by password_file")
        if bool(passwords) != (self.username_env is not None):
            raise ValueError("credentials are two: username_env and password_env (or password_file)")
        ways = [self.username_env, self.docker_config, self.credential_helper]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("choose one: username_env with a password, docker_config, or credential_helper")
        if self.helper_env and not (self.docker_config or self.credential_helper):
            raise ValueError("helper_env is for credential_helper, or for the helpers of a docker_config")
        return self

    @model_validator(mode="after")
    def _has_a_mirror(self) -> Self:
        if self.prefix is not None and self.endpoint is None:
            raise ValueError("prefix says where a mirror keeps the images: name the mirror by endpoint")
        return self

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.endpoint and sends_in_the_clear(self.endpoint) and not self.insecure:
            raise ValueError("this endpoint is not encrypted: use https, or say insecure: true")
        return self

    @property
    def of_the_host(self) -> dict[str, object]:
        """The settings that no path has of its own."""
        return {name: getattr(self, name) for name in _OF_THE_HOST & self.model_fields_set}


_OF_THE_HOST = {"endpoint", "prefix", "insecure", "realms", "requests_per_second", "tls"}
