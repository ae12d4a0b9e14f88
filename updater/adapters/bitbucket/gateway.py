"""To ask Bitbucket's API through the one door of all forges. I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, TypeAlias

from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_session import ForgeSession, ForgeToken, Observer
from updater.adapters.limits import RateLimits

PER_PAGE = 50
"""The most that Bitbucket gives of pull requests at once."""
_SIZES = (PER_PAGE, 10, 1)
"""Of pages: smaller ones where one is too large, for anybody may write long texts there."""
_MOST = 10_000

Query: TypeAlias = Sequence[tuple[str, str]]
"""A word may come again: `state=MERGED&state=DECLINED`."""


class BitbucketGateway:
    """JSON in, JSON out. Raises Unavailable and Refused."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        token: Callable[[], str],
        *,
        mail: str | None = None,
        timeout: int,
        limits: RateLimits,
        observer: Observer,
        ca_file: str | None = None,
    ) -> None:
        """`mail` is that of the API token's user; an access token has none."""
        self.place = place
        self._api, self._timeout = api, timeout
        self._sent = ForgeToken(token, place, api, header="Authorization", kind="Bearer", user=mail)
        self._session = ForgeSession(
            place, self._sent, api=api, limits=limits, observer=observer, ca_file=ca_file
        )
        self._session.headers.update({"User-Agent": "updater", "Accept": "application/json"})

    def sense(self) -> AbstractContextManager[None]:
        """Let what is raised on an answer that cannot be read leave as Unavailable."""
        return self.place.sense()

    def read(self, path: str) -> Mapping[str, Any]:
        return self._get(f"{self._api}{path}", ())

    def listed(self, path: str, query: Query = (), most: int | None = None) -> list[Mapping[str, Any]]:
        """All of a list that has pages, or so many of the first."""
        for size in _SIZES:
            try:
                return list(islice(self._entries(path, [*query, ("pagelen", str(size))]), most))
            except ForgeAnswerTooLarge:
                if size == _SIZES[-1]:
                    raise
        raise AssertionError("the last size has answered or raised")

    def send(self, method: str, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it answers; nothing where there is nothing to say."""
        answer = self._session.request(
            method, f"{self._api}{path}", json=fields or None, timeout=self._timeout
        )
        with self.sense():
            found = answer.json() if answer.content.strip() else {}
            return found if isinstance(found, dict) else {}

    @property
    def shown(self) -> str:
        """The token that was sent last."""
        return self._sent.last

    def close(self) -> None:
        self._session.close()

    def _entries(self, path: str, query: Query) -> Iterator[Mapping[str, Any]]:
        """By the links that Bitbucket gives, as it wants it; one to another host is not followed."""
        found, came = self._get(f"{self._api}{path}", query), 0
        while came < _MOST:
            with self.sense():
                values, following = found["values"], found.get("next")
                if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
                    raise TypeError("no list of objects")
            yield from values
            if not following:
                return
            came += max(len(values), 1)  # an empty page may have a next one, but not without an end
            found = self._get(str(following), ())
        raise self.place.too_many(_MOST)

    def _get(self, url: str, query: Query) -> Mapping[str, Any]:
        with self.sense():
            found = self._session.get(url, params=[*query], timeout=self._timeout).json()
            if not isinstance(found, dict):
                raise TypeError("no object")
            return found
