"""To read what happened to a pull request: whom it was given, and when it was declined. I/O."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.shapes import asked
from updater.adapters.cache import BoundedCache
from updater.model import MetadataItem
from updater.times import from_iso


class BitbucketActivity:
    """It comes newest first."""

    def __init__(self, gateway: BitbucketGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root
        self._declined: BoundedCache[int, datetime | None] = BoundedCache()

    def reviewers(self, number: int) -> Iterator[MetadataItem]:
        """Everybody who was ever asked to review it."""
        with self._gateway.sense():
            for update in self._updates(number):
                yield from asked(update.get("reviewers"))
                changed = (update.get("changes") or {}).get("reviewers") or {}
                for people in changed.values():
                    yield from asked(people)

    def declined(self, number: int) -> datetime | None:
        """A pull request itself tells only when it was touched last. None: it is not told."""
        return self._declined.get(number, lambda: self._last_decline(number))

    def _last_decline(self, number: int) -> datetime | None:
        with self._gateway.sense():
            found = [each for each in self._updates(number) if each.get("state") == "DECLINED"]
            return from_iso(found[-1].get("date")) if found else None  # what came after changed other things

    def _updates(self, number: int) -> Iterator[Mapping[str, Any]]:
        for each in self._gateway.listed(f"{self._root}/pullrequests/{number}/activity"):
            if isinstance(update := each.get("update"), dict):
                yield update
