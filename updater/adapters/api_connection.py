"""How the API of a forge is reached, whichever it is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

Observer: TypeAlias = Callable[[str, int], None]
"""Told the host and the status of every answer; 0 where there was none."""


class ApiConnection(NamedTuple):
    timeout: int = 15
    """Seconds that it may be silent."""
    observer: Observer = lambda _host, _status: None
    ca_file: str | None = None
    """All who are believed; None: that is for the environment to say."""
