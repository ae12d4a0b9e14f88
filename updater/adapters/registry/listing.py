"""To read a tag list page by page to its end. Pure but for the pages it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.adapters.registry.errors import RegistryAnswer, foreign_link, not_json, unavailable
from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons

PAGES = 1_000
TAGS = 2_000_000
LONGEST_WALK = 120.0
"""Seconds that all pages of a listing may take together."""
_BYTES = 32 * 1024 * 1024
"""Of all pages of a listing together, as unpacked."""
_LONGEST_TAG = 128
_LONGEST_LINK = 8 * 1024
_LINK = re.compile(r"<(?P<target>[^<>]*)>(?P<parameters>(?:[^,\"]|\"[^\"]*\")*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next\s*(?:;|$))", re.IGNORECASE)
_JSON_TYPES = ("", "text/plain", "application/octet-stream")


def walk(
    place: Endpoint,
    first: str,
    fetch: Callable[[str], RegistryAnswer],
    *,
    unnamed: Callable[[list[str]], str | None] = lambda _page: None,
    clock: Callable[[], float] = monotonic,
) -> tuple[str, ...]:
    """All tags, each once, in the server's order. Raises rather than answer with a part of them.

    `unnamed` tells what to ask for after a page without a link; nothing new there is the end, too.
    `clock` tells seconds, from any start.
    """
    size, until = 0, clock() + LONGEST_WALK
    tags: dict[str, None] = {}
    seen: set[str] = set()
    url: str | None = first
    while url is not None:
        _check_end(place, seen, url, len(tags))
        seen.add(url)
        answer = fetch(url)
        size += len(answer.body)
        _check_cost(place, size, late=clock() > until)
        page = _tags(place, answer)
        known = all(tag in tags for tag in page)
        url = next_page(place, answer)
        if url is not None and page and known:
            raise _circle(place)
        if url is None and not known:
            url = unnamed(page)
        tags.update(dict.fromkeys(page))
    return tuple(tags)


def count_tags(place: Endpoint, answer: RegistryAnswer) -> int:
    """How many tags are on one page."""
    return len(_tags(place, answer))


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
    if size > _BYTES:
        raise Refused(
            f"{place.origin} lists {place.image} with more than {_BYTES >> 20} MiB; delete old tags there",
            reason=failure_reasons.ENDLESS_LISTING,
        )
    if late:
        said = f"{place.origin} took more than {LONGEST_WALK:g} s to list {place.image}"
        raise unavailable(said)


def _circle(place: Endpoint) -> Unavailable:
    # Transient: a tag deleted while we read can send a cursor back to the start.
    said = f"{place.origin} lists {place.image} in circles: a page came twice"
    return unavailable(said, reason=failure_reasons.ENDLESS_LISTING)


def _tags(place: Endpoint, answer: RegistryAnswer) -> list[str]:
    content = read_json(place, answer)
    tags = content.get("tags", 0)
    if tags is None:
        return []
    if not isinstance(tags, list) or not set(map(type, tags)) <= {str}:
        raise not_json(place, answer, "JSON without a list of tags")
    if max(map(len, tags), default=0) > _LONGEST_TAG:
        raise not_json(place, answer, f"a tag of more than {_LONGEST_TAG} characters, which no image has")
    return tags
