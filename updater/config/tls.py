"""What a user may write about certificates. Pure."""

from __future__ import annotations

from pydantic import Field

from updater.config.names import SecretFile
from updater.settings import Settings


class Tls(Settings):
    """`tls:` of updater.yaml, of a forge, or of a registry."""

    ca_file: SecretFile | None = Field(
        default=None,
        description="a PEM file with who vouches for certificates, beside those that the system trusts",
    )
