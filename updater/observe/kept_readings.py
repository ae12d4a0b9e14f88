"""What a pass for a few images goes by of all others: what an earlier pass has listed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Self

from updater import holds, rollback_floors
from updater.model import File, Image, ImageDate, Listing, Narrowed, Reading, Snapshot, Unreadable
from updater.value_class import value_class

_STEERING = (holds.PATH, rollback_floors.PATH)


@value_class
class KeptReadings:
    """Of the last whole pass, and of those for a few images since."""

    since: datetime
    """When all was last listed in one pass."""
    listings: Mapping[Image, Reading[Listing]]
    dates: Mapping[Image, Reading[Mapping[str, ImageDate | None]]]
    steering: Mapping[str, str]
    """By path, the blobs of the files by which people steer us."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self | None:
        """None where the repository could not be read: nothing was decided by what was listed."""
        if isinstance(snapshot.heads, Unreadable) or isinstance(snapshot.history, Unreadable):
            return None
        since = snapshot.narrowed.since if snapshot.narrowed else snapshot.now
        return cls(since, snapshot.listings, snapshot.dates, steering_of(snapshot.files))

    def narrowed_to(self, names: Collection[str]) -> Narrowed | None:
        """To those images; None where it knows none of them."""
        images = frozenset(image for image in self.listings if f"{image.registry}/{image.name}" in names)
        return Narrowed(images, self.since) if images else None


def steering_of(files: Mapping[str, Reading[File | None]]) -> dict[str, str]:
    """What cannot be read steers nothing, and holds all by itself."""
    read = ((path, files.get(path)) for path in _STEERING)
    return {path: file.blob for path, file in read if isinstance(file, File)}
