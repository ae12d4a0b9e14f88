"""To send python-gitlab's requests through one door that obeys limits and speaks in sentences. I/O."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import gitlab

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_pages import PER_PAGE, PageRange
from updater.adapters.forge_session import ForgeSession, ForgeToken
from updater.adapters.limits import RateLimits

_VERSION = "/api/v4"
_MOST_PAGES = 100


class GitLabGateway(gitlab.Gitlab):
    """python-gitlab over a session that sends the token to one host, and follows no redirect."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        connection: ApiConnection,
    ) -> None:
        self.place = place
        self._sent = ForgeToken(token, place, api, header="PRIVATE-TOKEN")
        session = ForgeSession(place, self._sent, api=api, limits=limits, connection=connection)
        super().__init__(
            api.removesuffix(_VERSION),
            timeout=connection.timeout,
            per_page=PER_PAGE,
            user_agent="updater",
            session=session,
        )

    def sense(self) -> AbstractContextManager[None]:
        """Let what python-gitlab and we raise on an answer that cannot be read leave as Unavailable."""
        return self.place.sense(gitlab.GitlabError)

    def read(self, path: str) -> Mapping[str, Any]:
        with self.sense():
            found = self.http_get(path)
            if not isinstance(found, dict):
                raise TypeError("no object")
            return found

    def page(self, path: str, query: Mapping[str, str], number: int = 1) -> list[Mapping[str, Any]]:
        """At most a hundred. A link the server gives is not followed: pages are asked for by number."""
        return self._part(path, query, PageRange(number))

    def _part(self, path: str, query: Mapping[str, str], part: PageRange) -> list[Mapping[str, Any]]:
        """Put together of smaller ones where it is too large: anybody may write long texts there."""
        try:
            return self._entries(path, {**query, **part.query})
        except ForgeAnswerTooLarge:
            if part.smallest:
                raise
        found: list[Mapping[str, Any]] = []
        for smaller in part.split():
            entries = self._part(path, query, smaller)
            found += entries
            if len(entries) < smaller.size:
                break
        return found

    def _entries(self, path: str, asked: Mapping[str, str | int]) -> list[Mapping[str, Any]]:
        with self.sense():
            found = self.http_get(path, query_data=dict(asked))
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
                raise TypeError("no list of objects")
            return found

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for number in range(1, _MOST_PAGES + 1):
            found = self.page(path, query, number)
            yield from found
            if len(found) < PER_PAGE:
                return
        raise self.place.too_many(_MOST_PAGES * PER_PAGE)

    @property
    def shown(self) -> str:
        """The token that was sent last."""
        return self._sent.last

    def close(self) -> None:
        self.session.close()
