"""What a user may write about what a Git host is shown. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from updater.config.names import SecretFile, Variable
from updater.settings import Settings

_USER = re.compile(r"[^\s:\x00-\x1f]+")
NAMELESS = "name the token either by token_env or by token_file"


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError(f"{text!r} is no user: leave out blanks and colons")
    return text


class ForgeCredential(Settings):
    """What a host is shown: of a repository its own, or its forge's."""

    token_env: Variable | None = Field(default=None, description="the environment variable with the token")
    token_file: SecretFile | None = Field(default=None, description="the file with the token")
    user: Annotated[str, AfterValidator(_user)] | None = Field(
        default=None,
        description="whom the token belongs to, where the host looks at that (Bitbucket: by mail address)",
    )
    ssh_key_file: SecretFile | None = Field(
        default=None, description="the private key for addresses of ssh, without a passphrase"
    )
    known_hosts_file: SecretFile | None = Field(
        default=None, description="the host keys that are believed, as ssh-keyscan writes them"
    )

    @property
    def has_token(self) -> bool:
        return self.token_env is not None or self.token_file is not None

    @model_validator(mode="after")
    def _has_at_most_one_token(self) -> Self:
        if self.token_env and self.token_file:
            raise ValueError(NAMELESS)
        return self
