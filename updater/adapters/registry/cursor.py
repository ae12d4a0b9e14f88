"""To read only the end of a long list, where the registry honours a cursor. Pure but for the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from updater.adapters.registry.endpoint import Endpoint
from updater.errors import Refused


class Ends(NamedTuple):
    """The two newest tags of a list, as somebody reads them who knows."""

    second: str
    newest: str


class CursorIgnored(Exception):
    """The registry answers from the start, whatever it is asked."""


def page_after(place: Endpoint, tag: str, size: int) -> str:
    """The URL of what is listed after a tag."""
    return place.url(f"tags/list?n={size}&last={quote(place.asked(tag))}")


def read_tail(
    place: Endpoint, ends: Ends, walked: Callable[[str], Sequence[str]], size: int
) -> Sequence[str] | None:
    """The tags listed after the second-newest; None where that cannot be trusted.

    Nobody specifies what `last` means where tags are not in order, or where that tag is gone: the newest must
    be in the answer, and the second-newest must not. Raises CursorIgnored, and Unavailable as any listing.
    """
    try:
        tags = walked(page_after(place, ends.second, size))
    except Refused:
        return None
    if ends.second in tags:
        raise CursorIgnored
    return tags if ends.newest in tags else None
