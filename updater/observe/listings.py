"""To read the tags of images. I/O through ports."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from updater.config import Policy
from updater.model import Image, Listing, Reading
from updater.observe.image_dates import MOST_DATED
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.ports import Ends, TagOrder, TagOrders
from updater.schemes import Scheme, needs_dates

KEPT = 1_000
"""Tags of a long list that each scheme reads: the newest. Of the others it is known that they are there."""


def asked_images(policies: Iterable[Policy]) -> dict[Image, Ends]:
    """What is to be listed, and how the end of each list is told."""
    schemes: dict[Image, list[Scheme]] = {}
    for policy in policies:
        for image in policy.images:
            schemes.setdefault(image, []).append(policy.tags.scheme)
    return {image: orders_of(tuple(dict.fromkeys(each))) for image, each in schemes.items()}


@lru_cache(maxsize=256)
def orders_of(schemes: tuple[Scheme, ...]) -> TagOrders:
    """An app's other images have the schemes of its first: they are looked up by its tags."""
    return TagOrders(partial(newest_two, schemes), tuple(map(_order, schemes)))


def _order(scheme: Scheme) -> TagOrder:
    if needs_dates(scheme):  # which are the newest is known when all that it asks for is dated
        return TagOrder(lambda tag: tag if scheme.asks(tag) else None, by_text=True, most=MOST_DATED + 1)
    return TagOrder(partial(_rank, scheme), by_text=scheme.sorts_by_text, most=KEPT)


def _rank(scheme: Scheme, tag: str) -> Any:  # noqa: ANN401 - whatever the scheme compares by
    version = scheme.read(tag)
    return None if version is None else version.rank


def list_all(
    sources: Sources,
    images: Mapping[Image, Ends],
    left: Container[Image],
    pools: ExitStack,
    *,
    counts: bool = True,
) -> dict[Image, Future[Reading[Listing]]]:
    """Threads of its own for each registry: one that is slow or limited keeps no other waiting.

    What does not count is none of the listings that make a shorter one true.
    """
    threads: dict[str, ThreadPoolExecutor] = {}
    futures, done = {}, sources.progress("listing images", len(images))
    for image in sorted(images, key=lambda image: image not in left):
        if image.registry not in threads:
            threads[image.registry] = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        futures[image] = threads[image.registry].submit(_list, sources, image, images[image], counts=counts)
        futures[image].add_done_callback(lambda _: done())
    return futures


def _list(sources: Sources, image: Image, ends: Ends, *, counts: bool) -> Reading[Listing]:
    return attempt(lambda: sources.registry.listing(image, ends, counts=counts))


def newest_two(schemes: Sequence[Scheme], tags: Sequence[str]) -> tuple[str, str] | None:
    """The second-newest and the newest; of several schemes the lower ones, so that all that is new is above.

    None where the order of a scheme is not that of its text, or where there are not two.
    """
    if not all(scheme.sorts_by_text for scheme in schemes):
        return None
    falling = sorted(tags, reverse=True)
    found = [list(islice((tag for tag in falling if scheme.read(tag)), 2)) for scheme in schemes]
    if not found or any(len(two) < 2 for two in found):  # noqa: PLR2004 - two are two
        return None
    newest, second = min(found, key=lambda two: two[1])
    return second, newest
