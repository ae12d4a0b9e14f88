"""To read GitHub's lists page by page, and pay only for the pages that changed. I/O."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from updater.adapters.bounded_answers import ForgeAnswerTooLarge
from updater.adapters.forge_pages import PER_PAGE, PageRange
from updater.adapters.github.gateway import GitHubGateway
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.value_class import value_class

Item = TypeVar("Item")
_MOST_PAGES = 100
_MOST_KEPT = 1_000
_NEXT = re.compile(r'<[^<>]*>\s*;[^,<]*\brel="?next\b')


@value_class
class _Page(Generic[Item]):
    etag: str
    items: tuple[Item, ...]
    more: bool


class Lists(Generic[Item]):
    """Lists of one kind of item. A page answered with 304 costs no quota and is not parsed again."""

    def __init__(
        self, gateway: GitHubGateway, shape: Callable[[Mapping[str, Any]], Item], *, inside: str | None = None
    ) -> None:
        """Take what makes an item; `inside` is the key where the answer is an object that holds the list."""
        self._gateway = gateway
        self._shape = shape
        self._inside = inside
        self._kept: dict[str, _Page[Item]] = {}

    def whole(self, path: str, query: Mapping[str, str], *, keep: bool = False) -> Iterator[Item]:
        for number in range(1, _MOST_PAGES + 1):
            page = self._page(path, query, PageRange(number), keep=keep)
            yield from page.items
            if not page.more:
                return
        raise Refused(
            f"GitHub lists more than {_MOST_PAGES * PER_PAGE} entries for {self._gateway.place}; "
            "they are too many to be read in every pass: close what is old",
            reason=failure_reasons.FORGE_TOO_MANY,
        )

    def first(self, path: str, query: Mapping[str, str], *, keep: bool = False) -> tuple[Item, ...]:
        return self._page(path, query, PageRange(1), keep=keep).items

    def _page(self, path: str, query: Mapping[str, str], part: PageRange, *, keep: bool) -> _Page[Item]:
        """Put together of smaller ones where it is too large: anybody may write long texts there."""
        try:
            return self._read(path, {**query, **part.query}, keep=keep)
        except ForgeAnswerTooLarge:
            if part.smallest:
                raise
        items, more = list[Item](), True
        for smaller in part.split():
            page = self._page(path, query, smaller, keep=keep)
            items, more = [*items, *page.items], page.more
            if not more:
                break
        return _Page("", tuple(items), more)

    def _read(self, path: str, parameters: dict[str, Any], *, keep: bool) -> _Page[Item]:
        """A page kept from before is used if GitHub says that it still stands."""
        key = f"{path} {sorted(parameters.items())}"
        known = self._kept.get(key)
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        status, answered, body = self._gateway.requestJson("GET", path, parameters, headers)
        if known and status == HTTPStatus.NOT_MODIFIED:
            return known
        with self._gateway.sense():
            page = _Page(
                answered.get("etag", ""), self._items(body), bool(_NEXT.search(answered.get("link", "")))
            )
        if keep:
            self._kept[key] = page
            while len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
        return page

    def _items(self, body: str) -> tuple[Item, ...]:
        content = json.loads(body)
        if self._inside is not None:
            content = content[self._inside]
        if not isinstance(content, list):
            raise TypeError("no list")
        return tuple(self._shape(item) for item in content)
