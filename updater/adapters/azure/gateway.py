"""To ask the API of Azure DevOps through the one door of all forges. I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_pages import PER_PAGE, PageRange
from updater.adapters.forge_session import ForgeSession, ForgeToken, Observer
from updater.adapters.limits import RateLimits

VERSION = "7.1"
PREVIEW = "7.1-preview.1"
"""Of the calls that are older than that and still have no other."""
_MOST_PAGES = 100
_HEADERS = {
    "User-Agent": "updater",
    "Accept": "application/json",
    # Without it a bad token is sent to the page where people sign in.
    "X-TFS-FedAuthRedirect": "Suppress",
}


class AzureGateway:
    """JSON in, JSON out. Raises Unavailable and Refused."""

    def __init__(
        self,
        place: ForgeTarget,
        api: str,
        token: Callable[[], str],
        *,
        timeout: int,
        limits: RateLimits,
        observer: Observer,
        ca_file: str | None = None,
    ) -> None:
        self.place = place
        self._api, self._timeout = api, timeout
        # A personal access token is the password of nobody.
        self._sent = ForgeToken(token, place, api, header="Authorization", user="")
        self._session = ForgeSession(
            place, self._sent, api=api, limits=limits, observer=observer, ca_file=ca_file
        )
        self._session.headers.update(_HEADERS)

    def sense(self) -> AbstractContextManager[None]:
        """Let what is raised on an answer that cannot be read leave as Unavailable."""
        return self.place.sense()

    def read(
        self, path: str, query: Mapping[str, str] | None = None, *, version: str = VERSION
    ) -> Mapping[str, Any]:
        with self.sense():
            asked = {**(query or {}), "api-version": version}
            found = self._session.get(f"{self._api}{path}", params=asked, timeout=self._timeout).json()
            if not isinstance(found, dict):
                raise TypeError("no object")
            return found

    def whole(
        self, path: str, query: Mapping[str, str] | None = None, *, version: str = VERSION
    ) -> list[Mapping[str, Any]]:
        """A list that has no pages."""
        with self.sense():
            found = self.read(path, query, version=version)["value"]
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
                raise TypeError("no list of objects")
            return found

    def page(self, path: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The first hundred."""
        return self._part(path, query, PageRange(1))

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for number in range(1, _MOST_PAGES + 1):
            found = self._part(path, query, PageRange(number))
            yield from found
            if len(found) < PER_PAGE:
                return
        raise self.place.too_many(_MOST_PAGES * PER_PAGE)

    def send(
        self, method: str, path: str, fields: object, *, kind: str = "application/json"
    ) -> Mapping[str, Any]:
        """What it answers; nothing where there is nothing to say. `kind` is that of the body."""
        answer = self._session.request(
            method,
            f"{self._api}{path}",
            params={"api-version": VERSION},
            data=json.dumps(fields),
            headers={"Content-Type": kind},
            timeout=self._timeout,
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

    def _part(self, path: str, query: Mapping[str, str], part: PageRange) -> list[Mapping[str, Any]]:
        """Put together of smaller ones where it is too large: anybody may write long texts there."""
        skipped = (part.number - 1) * part.size
        try:
            return self.whole(path, {**query, "$top": str(part.size), "$skip": str(skipped)})
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
