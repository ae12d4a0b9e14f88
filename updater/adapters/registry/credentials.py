"""To name what a registry knows us by. Pure values."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import field
from typing import Protocol

from updater.value_class import value_class


@value_class
class RegistryLogin:
    """A password, or a refresh token (`identity`) to be exchanged, or a token (`bearer`) to be sent."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)

    def basic(self) -> str | None:
        """The Authorization header of the password."""
        if not self.username or not self.password:
            return None
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()


class Keyring(Protocol):
    def login(self, server: str, name: str, *, renew: bool = False) -> RegistryLogin | None:
        """What `server` (`host` or `host:port`) may know us by when asked for the image `name`.

        `renew` says that the last answer was refused. None: nothing is known. Raises Unavailable or Refused.
        """
