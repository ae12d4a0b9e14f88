"""To read the tags of images. I/O through ports."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice

from updater.config import Policy
from updater.model import Image, Listing, Reading
from updater.observe.sources import AT_ONCE, Sources, attempt
from updater.ports import Ends
from updater.schemes import Scheme


def asked_images(policies: Iterable[Policy]) -> dict[Image, Ends]:
    """What is to be listed, and how the end of each list is told."""
    schemes: dict[Image, list[Scheme]] = {}
    for policy in policies:
        for image in policy.images:
            schemes.setdefault(image, []).append(policy.tags.scheme)
    return {image: partial(newest_two, tuple(dict.fromkeys(each))) for image, each in schemes.items()}


def list_all(
    sources: Sources, images: Mapping[Image, Ends], left: Container[Image], pools: ExitStack
) -> dict[Image, Future[Reading[Listing]]]:
    """Threads of its own for each registry: one that is slow or limited keeps no other waiting."""
    threads: dict[str, ThreadPoolExecutor] = {}
    futures, done = {}, sources.progress("listing images", len(images))
    for image in sorted(images, key=lambda image: image not in left):
        if image.registry not in threads:
            threads[image.registry] = pools.enter_context(ThreadPoolExecutor(AT_ONCE))
        futures[image] = threads[image.registry].submit(_list, sources, image, images[image])
        futures[image].add_done_callback(lambda _: done())
    return futures


def _list(sources: Sources, image: Image, ends: Ends) -> Reading[Listing]:
    return attempt(lambda: sources.registry.listing(image, ends))


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
