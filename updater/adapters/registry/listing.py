"""To read a tag list page by page to its end. Pure but for the pages it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from updater.adapters.bounded_bodies import size_of
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.adapters.registry.errors import RegistryAnswer, foreign_link, not_json, unavailable
from updater.adapters.registry.expected import LARGEST_LISTING
from updater.adapters.registry.large_json import split_list
from updater.adapters.registry.tally import Tally
from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons

PAGES = 1_000
TAGS = 2_000_000
LONGEST_WALK = 120.0
"""Seconds that all pages of a listing may take together."""
LARGE = 1024 * 1024
"""Bytes of a page whose tags are not made all at once."""
_LONGEST_TAG = 128
_LONGEST_LINK = 8 * 1024
_LINK = re.compile(r"<(?P<target>[^<>]*)>(?P<parameters>(?:[^,\"]|\"[^\"]*\")*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next\s*(?:;|$))", re.IGNORECASE)
_JSON_TYPES = ("", "text/plain", "application/octet-stream")


def walk(
    place: Endpoint,
    first: str,
    fetch: Callable[[str], RegistryAnswer],
    tally: Tally,
    *,
    unnamed: Callable[[int, str], str | None] = lambda _count, _last: None,
    clock: Callable[[], float] = monotonic,
) -> Tally:
    """All tags, each once, in the server's order. Raises rather than answer with a part of them.

    `unnamed` tells what to ask for after a page without a link, of so many tags up to a last one; nothing
    new there is the end, too. `clock` tells seconds, from any start.
    """
    size, until = 0, clock() + LONGEST_WALK
    seen: set[str] = set()
    url: str | None = first
    while url is not None:
        _check_end(place, seen, url, len(tally))
        seen.add(url)
        answer = fetch(url) if url == first else _fetch_next(place, url, fetch)
        size += len(answer.body)
        _check_cost(place, size, late=clock() > until)
        count, last, known = _counted(tally, map(place.said, tags_of(place, answer)))
        url = next_page(place, answer)
        if url is not None and count and known:
            raise _circle(place)
        if url is None and not known:
            url = unnamed(count, last)
    return tally


def _fetch_next(place: Endpoint, url: str, fetch: Callable[[str], RegistryAnswer]) -> RegistryAnswer:
    """A page behind another. To zot, a cursor at a tag that was deleted meanwhile is 404."""
    try:
        return fetch(url)
    except Refused as refused:
        if refused.reason is not failure_reasons.NOT_FOUND:
            raise
        said = f"{place.origin} lists {place.image} in pages, and has one of them no longer (404)"
        raise unavailable(said) from None


def _counted(tally: Tally, page: Iterable[str]) -> tuple[int, str, bool]:
    """How many tags there were, the last one, and whether all were known before."""
    count, last, known = 0, "", True
    for last in page:
        count += 1
        known = known and last in tally
        tally.add(last)
    return count, last, known


def count_tags(place: Endpoint, answer: RegistryAnswer) -> int:
    """How many tags are on one page."""
    return sum(1 for _ in tags_of(place, answer))


def next_page(place: Endpoint, answer: RegistryAnswer) -> str | None:
    """The page the Link header names.

    Raises Refused where it is on another host or scheme, Unavailable where the header is too long to be one.
    """
    header = answer.headers.get("link", "")
    if len(header) > _LONGEST_LINK:
        said = f"{answer.origin} answered {answer.status} for {place.image} with a Link header"
        raise unavailable(
            f"{said} of {len(header)} characters, which names no next page", reason=failure_reasons.LONG_LINK
        )
    links = _LINK.finditer(header)
    target: str | None = next((link["target"] for link in links if _NEXT.search(link["parameters"])), None)
    if target is None:
        return None
    try:
        url = urljoin(answer.url, target)
        origin = WebOrigin.of(url)
    except ValueError:
        raise foreign_link(place, answer, target) from None
    if origin != answer.origin:
        raise foreign_link(place, answer, url)
    return url.partition("#")[0]


def read_json(place: Endpoint, answer: RegistryAnswer) -> dict[str, Any]:
    """The object in the body; Refused where it is something else, Unavailable where it breaks off."""
    kind = answer.media_type
    if "html" in kind or answer.body.lstrip()[:1] == b"<":
        raise not_json(place, answer, "HTML, not JSON")
    if not kind.endswith("json") and kind not in _JSON_TYPES:
        raise not_json(place, answer, f"{kind[:40]!a}, not JSON")
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = f"{answer.origin} answered {answer.status} for {place.image} with JSON that cannot be read"
        raise unavailable(f"{said}, perhaps broken off") from None
    if not isinstance(content, dict):
        raise not_json(place, answer, "JSON of another shape")
    return content


def _check_end(place: Endpoint, seen: set[str], url: str, tags: int) -> None:
    if url in seen:
        raise _circle(place)
    if len(seen) >= PAGES or tags > TAGS:
        raise Refused(
            f"{place.origin} lists {place.image} without an end: {tags} tags on {len(seen)} pages so far; "
            "delete old tags there",
            reason=failure_reasons.ENDLESS_LISTING,
        )


def _check_cost(place: Endpoint, size: int, *, late: bool) -> None:
    if size > LARGEST_LISTING:
        raise Refused(
            f"{place.origin} lists {place.image} with more than {size_of(LARGEST_LISTING)}; "
            "delete old tags there",
            reason=failure_reasons.ENDLESS_LISTING,
        )
    if late:
        said = f"{place.origin} took more than {LONGEST_WALK:g} s to list {place.image}"
        raise unavailable(said)


def _circle(place: Endpoint) -> Unavailable:
    # Transient: a tag deleted while we read can send a cursor back to the start.
    said = f"{place.origin} lists {place.image} in circles: a page came twice"
    return unavailable(said, reason=failure_reasons.ENDLESS_LISTING)


def tags_of(place: Endpoint, answer: RegistryAnswer) -> Iterable[str]:
    """Those of one page; of a large one they are made one after another. Raises as `read_json`."""
    large = split_list(answer.body, "tags") if len(answer.body) > LARGE else None
    if large is not None:
        answer, found = replace(answer, body=large.rest), large.texts()
        read_json(place, answer)
        return (_checked(place, answer, tag) for tag in found)
    tags = read_json(place, answer).get("tags", 0)
    if tags is None:
        return []
    if not isinstance(tags, list) or not set(map(type, tags)) <= {str}:
        raise not_json(place, answer, "JSON without a list of tags")
    return [_checked(place, answer, tag) for tag in tags]


def _checked(place: Endpoint, answer: RegistryAnswer, tag: str) -> str:
    if len(tag) > _LONGEST_TAG:
        raise not_json(place, answer, f"a tag of more than {_LONGEST_TAG} characters, which no image has")
    return tag
