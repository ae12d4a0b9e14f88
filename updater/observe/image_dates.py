"""To read when images were created, for schemes that go by it. I/O through ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from updater.config import Policy
from updater.model import Image, ImageDate, Listing, Reading, Snapshot, Unreadable
from updater.observe.sources import Sources, attempt
from updater.reasons import failure_reasons
from updater.schemes import needs_dates

DATED_AT_ONCE = 200
"""How many new tags of an image a pass looks at, where a scheme has to know more than their names."""
MOST_DATED = 10_000
"""And how many there may be at all."""

Dates = Mapping[Image, Reading[Mapping[str, ImageDate | None]]]


def undated_tags(
    policies: Iterable[Policy], listings: Mapping[Image, Reading[Listing]]
) -> Mapping[Image, Sequence[str]]:
    """The tags that schemes have to know more of; an app's first image orders its tags."""
    asked: dict[Image, dict[str, None]] = {}
    for policy in policies:
        scheme, listing = policy.tags.scheme, listings[policy.images[0]]
        if needs_dates(scheme) and isinstance(listing, Listing):
            tags = asked.setdefault(listing.image, {})
            tags.update(dict.fromkeys(tag for tag in listing.tags if scheme.asks(tag)))
    return {image: list(tags) for image, tags in asked.items()}


def read_dates(sources: Sources, asked: Mapping[Image, Sequence[str]], snapshot: Snapshot) -> Snapshot:
    """The snapshot with when the images of these tags, too, were created."""
    found = [dict([date_tags(sources, image, tags)]) for image, tags in asked.items()]
    return replace(snapshot, dates=merge_dates([snapshot.dates, *found]))


def moving_tags(
    policies: Iterable[Policy], listings: Mapping[Image, Reading[Listing]]
) -> Iterable[tuple[Image, str]]:
    """The tags whose digests are followed: where they point has to be looked up each time."""
    asked = dict.fromkeys((policy.images[0], policy.tags.scheme.follows) for policy in policies)
    for image, tag in asked:
        listing = listings[image]
        if tag is not None and isinstance(listing, Listing) and tag in listing:
            yield image, tag


def read_moving_tag(sources: Sources, image: Image, tag: str) -> Dates:
    said = attempt(lambda: sources.registry.image(image, tag))
    if isinstance(said, Unreadable):
        return {image: said}
    return {image: {f"{tag}@{said.digest}": ImageDate(said.digest, said.created)} if said else {}}


def merge_dates(all_dates: Iterable[Dates]) -> Dates:
    """Of each image, what is known together; a failed reading is one for all of it."""
    merged: dict[Image, Reading[Mapping[str, ImageDate | None]]] = {}
    for image, dates in ((image, dates) for each in all_dates for image, dates in each.items()):
        before = merged.get(image, {})
        if isinstance(before, Unreadable) or isinstance(dates, Unreadable):
            merged[image] = before if isinstance(before, Unreadable) else dates
        else:
            merged[image] = {**before, **dates}
    return merged


def date_tags(
    sources: Sources, image: Image, tags: Sequence[str]
) -> tuple[Image, Reading[Mapping[str, ImageDate | None]]]:
    if len(tags) > MOST_DATED:
        why = (
            f"more than {MOST_DATED} tags of {image} match the pattern of a scheme that has to look at each: "
            f"delete old ones there, or write a narrower pattern"
        )
        return image, Unreadable(why, transient=False, reason=failure_reasons.TOO_MANY_TAGS)
    return image, attempt(lambda: sources.registry.dates(image, tags, most=DATED_AT_ONCE))
