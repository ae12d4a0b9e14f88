"""To ask a forge that speaks plain JSON through the one door of all forges. I/O."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from requests import Response

from updater.adapters.api_connection import ApiConnection
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_session import ForgeSession, ForgeToken
from updater.adapters.limits import RateLimits

Query: TypeAlias = Mapping[str, str] | list[tuple[str, str]]


class JsonGateway:
    """JSON in, JSON out; a kind brings its token and its pages. Raises Unavailable and Refused."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        sent: ForgeToken,
        *,
        limits: RateLimits,
        connection: ApiConnection,
    ) -> None:
        self.place = place
        self._api, self._timeout, self._sent = api, connection.timeout, sent
        self._session = ForgeSession(place, sent, api=api, limits=limits, connection=connection)
        self._session.headers.update({"User-Agent": "updater", "Accept": "application/json"})

    def sense(self) -> AbstractContextManager[None]:
        """Let what is raised on an answer that cannot be read leave as Unavailable."""
        return self.place.sense()

    def send(self, method: str, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it answers; nothing where there is nothing to say."""
        return self._told(
            self._session.request(method, f"{self._api}{path}", json=fields or None, timeout=self._timeout)
        )

    @property
    def shown(self) -> str:
        """The token that was sent last."""
        return self._sent.last

    def close(self) -> None:
        self._session.close()

    def _object(self, url: str, query: Query | None) -> Mapping[str, Any]:
        with self.sense():
            found = self._session.get(url, params=query, timeout=self._timeout).json()
            if not isinstance(found, dict):
                raise TypeError("no object")
            return found

    def _told(self, answer: Response) -> Mapping[str, Any]:
        with self.sense():
            found = answer.json() if answer.content.strip() else {}
            return found if isinstance(found, dict) else {}


def objects(found: object) -> list[Mapping[str, Any]]:
    """A list of them. Raises TypeError."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise TypeError("no list of objects")
    return found
