"""What a user may write about Flux: the receiver that is told of news. Pure."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from updater.config.names import SecretFile, Variable
from updater.settings import Settings


class Flux(Settings):
    """`flux:` of an environment or a repository: the receiver that is called after a push."""

    receiver_url_env: Variable | None = Field(
        default=None, description="the environment variable with the receiver's whole address, a secret"
    )
    receiver_url_file: SecretFile | None = Field(default=None, description="or the file with it")
    insecure: bool = Field(default=False, description="plain http, as inside a cluster")

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if bool(self.receiver_url_env) == bool(self.receiver_url_file):
            raise ValueError("name the receiver's address by receiver_url_env or by receiver_url_file")
        return self

    @property
    def name(self) -> str:
        """How people know it; the address itself is a secret."""
        return self.receiver_url_env or str(self.receiver_url_file)
