"""To ask Gitea's API through the one door of all forges. I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_pages import PageRange
from updater.adapters.forge_session import ForgeToken
from updater.adapters.json_gateway import JsonGateway, objects
from updater.adapters.limits import RateLimits

PER_PAGE = 50
"""The most that Gitea gives at once, unless its administrator says otherwise."""
_MOST_PAGES = 200
_NULL_WHERE_EMPTY = "/timeline"
_NEXT = re.compile(r'<[^<>]*>\s*;[^,<]*\brel="?next\b')


class Page(NamedTuple):
    items: list[Mapping[str, Any]]
    more: bool


class GiteaGateway(JsonGateway):
    """JSON in, JSON out. Raises Unavailable and Refused."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        connection: ApiConnection,
    ) -> None:
        sent = ForgeToken(token, place, api, header="Authorization", kind="token")
        super().__init__(place, api, sent, limits=limits, connection=connection)

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        return self._object(f"{self._api}{path}", query)

    def whole(self, path: str, query: Mapping[str, str] | None = None) -> list[Mapping[str, Any]]:
        """A list that has no pages."""
        return self._list(path, query or {}).items

    def page(self, path: str, query: Mapping[str, str], number: int = 1) -> Page:
        """A link the server gives is not followed: pages are asked for by number."""
        return self._part(path, query, PageRange(number, PER_PAGE))

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for number in range(1, _MOST_PAGES + 1):
            page = self.page(path, query, number)
            yield from page.items
            if not page.more:
                return
        raise self.place.too_many(_MOST_PAGES * PER_PAGE)

    def _part(self, path: str, query: Mapping[str, str], part: PageRange) -> Page:
        """Put together of smaller ones where it is too large: anybody may write long texts there."""
        try:
            return self._list(path, {**query, "limit": str(part.size), "page": str(part.number)})
        except ForgeAnswerTooLarge:
            if part.smallest:
                raise
        found, more = list[Mapping[str, Any]](), True
        for smaller in part.split():
            page = self._part(path, query, smaller)
            found, more = [*found, *page.items], page.more
            if not more:
                break
        return Page(found, more)

    def _list(self, path: str, query: Mapping[str, str]) -> Page:
        with self.sense():
            answer = self._session.get(f"{self._api}{path}", params=query, timeout=self._timeout)
            found = answer.json()
            if found is None and path.endswith(_NULL_WHERE_EMPTY):
                found = []
            return Page(objects(found), bool(_NEXT.search(answer.headers.get("link", ""))))
