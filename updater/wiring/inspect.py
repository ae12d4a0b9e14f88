"""To look through repositories that no config names yet. I/O."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from updater.adapters.git import Access
from updater.adapters.git.inspect import InspectedRepository, inspect_repository
from updater.config.hosts import sends_in_the_clear
from updater.errors import ConfigError
from updater.forges import FORGES
from updater.wiring.secrets import read_secret


@contextmanager
def inspected_repository(place: str, token_env: str | None) -> Iterator[InspectedRepository]:
    """A look through the repository of a folder, or of a URL. Raises ConfigError, Refused or Unavailable."""
    if token_env and sends_in_the_clear(place):
        raise ConfigError("this address would send the token in the clear: use https")
    access = Access(lambda: read_secret(token_env or _usual(place), None))
    with TemporaryDirectory(prefix="updater-init-") as folder:
        yield inspect_repository(place, Path(folder) / "clone.git", access)


def _usual(place: str) -> str | None:
    """Which variable has whose token: it goes there and nowhere else."""
    hosts = ((host, kind.token_env) for kind in FORGES.values() for host in kind.apis)
    named = (name for host, name in hosts if place.startswith(f"https://{host}/"))
    return next((name for name in named if os.environ.get(name)), None)
