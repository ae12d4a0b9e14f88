"""To ask the API of Azure DevOps through the one door of all forges. I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.forge_pages import PER_PAGE, PageRange
from updater.adapters.forge_session import ForgeToken
from updater.adapters.json_gateway import JsonGateway, objects
from updater.adapters.limits import RateLimits

VERSION = "7.1"
PREVIEW = "7.1-preview.1"
"""Of the calls that are older than that and still have no other."""
_MOST_PAGES = 100
_HEADERS = {
    # Without it a bad token is sent to the page where people sign in.
    "X-TFS-FedAuthRedirect": "Suppress",
}


class AzureGateway(JsonGateway):
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
        # A personal access token is the password of nobody.
        sent = ForgeToken(token, place, api, header="Authorization", user="")
        super().__init__(place, api, sent, limits=limits, connection=connection)
        self._session.headers.update(_HEADERS)

    def read(
        self, path: str, query: Mapping[str, str] | None = None, *, version: str = VERSION
    ) -> Mapping[str, Any]:
        return self._object(f"{self._api}{path}", {**(query or {}), "api-version": version})

    def whole(
        self, path: str, query: Mapping[str, str] | None = None, *, version: str = VERSION
    ) -> list[Mapping[str, Any]]:
        """A list that has no pages."""
        with self.sense():
            return objects(self.read(path, query, version=version)["value"])

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
        return self._told(answer)

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
