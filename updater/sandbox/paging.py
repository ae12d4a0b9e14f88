"""To page a list of tags the way a given registry does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Paging:
    """What a registry does with `n` and `last`. A `page_size` of None is everything at once."""

    order: Literal["creation", "lexical"] = "creation"
    page_size: int | None = 100
    cap: int | None = 1000
    link: Literal["relative", "absolute", "none"] = "relative"
    unknown_last: Literal["all", "nothing"] = "all"
    cursor: Literal["last", "next_page"] = "last"
    """Whose name the links use; the other one is ignored."""
    auth: Literal["token", "basic"] = "token"
    blobs: Literal["here", "elsewhere"] = "here"
    """Or at a signed address that a redirect names."""
    referrers: bool = False
    """Whether it can be asked what refers to an image; where not, an index under a tag says so."""


GHCR = Paging()
STRICT = Paging(order="lexical", referrers=True)
DOCKER_HUB = Paging(order="lexical", page_size=None, cap=None, blobs="elsewhere")
QUAY = Paging(page_size=50, cap=100, cursor="next_page")
ECR = Paging(order="lexical", page_size=100, cap=1000, link="absolute", auth="basic")


@dataclass(frozen=True, slots=True)
class Page:
    tags: tuple[str, ...]
    size: int
    more: bool


def turn(paging: Paging, created: Sequence[str], n: str | None, last: str | None) -> Page:
    """The page of `created` (tags in the order they were created) that follows `last`."""
    tags = sorted(created) if paging.order == "lexical" else list(created)
    size = _size(paging, n, len(tags))
    start = 0 if last is None or paging.page_size is None else _after(paging, tags, last)
    page = tuple(tags[start : start + size])
    return Page(page, size, more=bool(page) and start + size < len(tags))


def link(paging: Paging, url: str, name: str, page: Page) -> dict[str, str]:
    if not page.more or paging.link == "none":
        return {}
    origin = url if paging.link == "absolute" else ""
    target = f"{origin}/v2/{name}/tags/list?{paging.cursor}={quote(page.tags[-1])}&n={page.size}"
    return {"Link": f'<{target}>; rel="next"'}


def _size(paging: Paging, n: str | None, everything: int) -> int:
    if paging.page_size is None:
        return everything
    asked = int(n) if n and n.isdigit() else paging.page_size
    return asked if paging.cap is None else min(asked, paging.cap)


def _after(paging: Paging, tags: list[str], last: str) -> int:
    if last in tags:
        return tags.index(last) + 1
    if paging.order == "lexical":
        return sum(tag <= last for tag in tags)
    return 0 if paging.unknown_last == "all" else len(tags)
