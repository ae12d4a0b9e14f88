"""To ask Bitbucket's API through the one door of all forges. I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_session import ForgeToken
from updater.adapters.json_gateway import JsonGateway, objects
from updater.adapters.limits import RateLimits

PER_PAGE = 50
"""The most that Bitbucket gives of pull requests at once."""
_SIZES = (PER_PAGE, 10, 1)
"""Of pages: smaller ones where one is too large, for anybody may write long texts there."""
_MOST = 10_000

Query: TypeAlias = Sequence[tuple[str, str]]
"""A word may come again: `state=MERGED&state=DECLINED`."""


class BitbucketGateway(JsonGateway):
    """JSON in, JSON out. Raises Unavailable and Refused."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        token: Callable[[], str],
        *,
        mail: str | None = None,
        limits: RateLimits,
        connection: ApiConnection,
    ) -> None:
        """`mail` is that of the API token's user; an access token has none."""
        sent = ForgeToken(token, place, api, header="Authorization", kind="Bearer", user=mail)
        super().__init__(place, api, sent, limits=limits, connection=connection)

    def read(self, path: str) -> Mapping[str, Any]:
        return self._object(f"{self._api}{path}", None)

    def listed(self, path: str, query: Query = (), most: int | None = None) -> list[Mapping[str, Any]]:
        """All of a list that has pages, or so many of the first."""
        for size in _SIZES:
            try:
                return list(islice(self._entries(path, [*query, ("pagelen", str(size))]), most))
            except ForgeAnswerTooLarge:
                if size == _SIZES[-1]:
                    raise
        raise AssertionError("the last size has answered or raised")

    def _entries(self, path: str, query: Query) -> Iterator[Mapping[str, Any]]:
        """By the links that Bitbucket gives, as it wants it; one to another host is not followed."""
        found, came = self._object(f"{self._api}{path}", [*query]), 0
        while came < _MOST:
            with self.sense():
                values, following = objects(found["values"]), found.get("next")
            yield from values
            if not following:
                return
            came += max(len(values), 1)  # an empty page may have a next one, but not without an end
            found = self._object(str(following), None)
        raise self.place.too_many(_MOST)
