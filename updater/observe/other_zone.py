"""To find out whether tags are stamped in UTC, and read as of another zone. I/O through a port.

Then a new build looks older than what runs, by hours, and a pass can only say that nothing is newer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from updater import times
from updater.errors import UpdaterError
from updater.model import Image, ImageConfig
from updater.schemes import Scheme

LOOKED_AT = 8
"""Of the newest tags; a look costs up to three requests."""
_LATE = timedelta(minutes=10)
"""How long a build may last, from the stamp to the image or the other way round."""


class ImageConfigReader(Protocol):
    def image(self, image: Image, tag: str) -> ImageConfig | None: ...


def looks_like_utc(
    registry: ImageConfigReader, image: Image, scheme: Scheme, tags: Collection[str], most: int = LOOKED_AT
) -> str | None:
    """A sentence where a stamp and the creation of its image differ by just what the zone does; else None."""
    if scheme.ahead is None or not tags:
        return None
    versions = [version for tag in tags if (version := scheme.read(tag)) is not None]
    exact = (version for version in versions if version.span <= _LATE)  # a day begins at midnight anyway
    for version in sorted(exact, reverse=True)[:most]:
        created = _created(registry, image, version.tag)
        if created is not None and version.stamp is not None and _is_utc(version.stamp, created):
            return _sentence(version.tag, version.stamp, created, scheme)
    return None


def _created(registry: ImageConfigReader, image: Image, tag: str) -> datetime | None:
    """What cannot be read is no sign of anything."""
    try:
        said = registry.image(image, tag)
    except UpdaterError:
        return None
    return said.created if said is not None else None


def _is_utc(stamp: datetime, created: datetime) -> bool:
    offset = stamp.utcoffset() or timedelta()
    return bool(offset) and abs(created - stamp - offset) <= _LATE


def _sentence(tag: str, stamp: datetime, created: datetime, scheme: Scheme) -> str:
    said, made = times.format_time(stamp, scheme.zone), times.format_time(created, scheme.zone)
    return (
        f"your tags look like UTC: {tag} is read as {said}, and its image was created at {made}. Until that "
        f"is mended new builds seem older than they are: write `zone: UTC` below `timestamp`, or stamp in "
        f"{scheme.zone.key}"
    )
