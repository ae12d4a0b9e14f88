"""Timed connections for the sessions of requests. I/O.

Apart from the connections, since registries are read without requests, which takes a twentieth of a start.
"""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter

from updater.adapters.timed_connections import timed


class TimedAdapter(HTTPAdapter):
    """For every session of requests, also through a proxy."""

    def init_poolmanager(self, *words: Any, **named: Any) -> None:  # noqa: ANN401 - as inherited
        super().init_poolmanager(*words, **named)
        timed(self.poolmanager)

    def proxy_manager_for(self, *words: Any, **named: Any) -> Any:  # noqa: ANN401 - as inherited
        return timed(super().proxy_manager_for(*words, **named))
