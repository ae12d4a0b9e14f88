"""To remember what was listed of each image, and to doubt a list that is suddenly shorter. I/O: a file.

It saves requests and it doubts; it may vanish at any time. In the file are only counts and sums.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from updater.adapters.registry import cache_files
from updater.adapters.registry.listing_files import KeptListing, ListingFiles
from updater.adapters.registry.tally import Newest, Tally
from updater.errors import Unavailable
from updater.model import STEADY, Image, Listing
from updater.ports import TagOrder
from updater.reasons import failure_reasons, hold_reasons
from updater.value_class import value_class

_VERSION = 1
_FEW = 16
"""To look for so many in a text is quicker than to take it apart."""


@value_class
class KnownListing:
    """What the full listings of one image have shown so far."""

    count: int
    """Tags in the last list that was believed."""
    digest: str
    """The sum of the last list, believed or not."""
    steady: int
    """So many lists in a row, the last one among them, have lost no tag; STEADY at most."""
    listing: Listing | None = None
    """The last list; None after a restart."""
    pages: int = 1
    """It took so many requests."""
    read: datetime | None = None
    """When all of it was last read."""
    page: str | None = None
    """The sum of the body that told all of it; None where it took several, or not all of it is kept."""
    newest: Newest = field(default_factory=Newest)
    """How it was told what is kept, of a long list."""

    @property
    def shrunken(self) -> bool:
        return self.listing is not None and len(self.listing) < self.count


@value_class
class ListedWhen:
    """When all of an image was listed, and whether it is one of the lists that make a shorter one true."""

    time: datetime
    counts: bool = True

    def steady(self, before: int) -> int:
        """How many lists in a row have then lost no tag, where so many had before."""
        return min(before + self.counts, STEADY)


def assess_listing(
    before: KnownListing | None, image: Image, tally: Tally, pages: int, when: ListedWhen
) -> KnownListing:
    """What is known after a full listing. One that is shorter is believed once it is steady."""
    digest, found = tally.digest(), _sharing(before, tally.listing(image, STEADY))
    steady = when.steady(0 if before is None or _loses(before, found, digest) else before.steady)
    believed = before is None or len(found) >= before.count or steady >= STEADY
    count = len(found) if before is None or believed else before.count
    listing, newest = replace(found, steady=steady), tally.cut()[1]
    return KnownListing(count, digest, steady, listing, pages, when.time, newest=newest)


def _sharing(before: KnownListing | None, found: Listing) -> Listing:
    """A pass holds the last list and this one: where both say the same, one text has to do for both."""
    known = before.listing if before is not None else None
    return replace(found, text=known.text) if known is not None and known.text == found.text else found


def repeated_listing(before: KnownListing, page: str, when: ListedWhen) -> KnownListing | None:
    """What is known once the same page has come again; None where that does not tell it all."""
    known = before.listing
    if known is None or before.page != page or known.is_cut:
        return None
    steady = when.steady(before.steady)
    believed = len(known) >= before.count or steady >= STEADY
    listing = known if known.steady == steady else replace(known, steady=steady)
    count = len(known) if believed else before.count
    return replace(before, count=count, steady=steady, listing=listing, read=when.time)


def _loses(before: KnownListing, found: Listing, digest: str) -> bool:
    if digest == before.digest:
        return False
    return before.listing is None or not found.has_all_of(before.listing)


class ListingCache:
    """Of all images; for any number of threads. A file that cannot be read or written is done without."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._known = _read(path) if path else {}
        self._saved = _written(self._known)
        self._files = ListingFiles(path.with_name("listings")) if path else None
        if path:
            cache_files.tidy(path.parent)
        self._unread = set(self._known)
        """Those that nobody has looked for on the disk yet."""
        self._changed: dict[Image, KnownListing] = {}

    def of(self, image: Image) -> KnownListing | None:
        name = str(image)
        if name in self._unread:
            self._unread.discard(name)
            self._known[name] = self._from_disk(image, self._known[name])
        return self._known.get(name)

    def keep(self, image: Image, known: KnownListing) -> None:
        with self._lock:
            if not _says_the_same(self._known.get(str(image)), known):
                self._changed[image] = known
            self._known[str(image)] = known

    def save(self) -> None:
        """Write what has changed, whole or not at all."""
        if self._path is None:
            return
        with self._lock:
            self._save_listings()
            text = _written(self._known)
            if text == self._saved:
                return
            if cache_files.write_bytes(self._path, text.encode("ascii")):
                self._saved = text

    def _from_disk(self, image: Image, known: KnownListing) -> KnownListing:
        """What was listed then, where the two files are of one time."""
        kept = self._files.read(image) if self._files is not None else None
        if kept is None or kept.digest != known.digest:
            return known
        listing = Listing(image, kept.text, known.steady)
        return replace(known, listing=listing, pages=kept.pages, read=kept.read, page=kept.page)

    def _save_listings(self) -> None:
        """Of a cut list only the registry knows all."""
        changed, self._changed = self._changed, {}
        for image, known in changed.items():
            if self._files is not None and known.listing is not None and not known.listing.is_cut:
                text = known.listing.text
                self._files.write(image, KeptListing(known.digest, known.pages, known.page, known.read, text))


def _says_the_same(before: KnownListing | None, known: KnownListing) -> bool:
    """Nothing that is on the disk; of pages it has to be there when they were last read to their end."""
    if before is None or before.listing is None or known.listing is None:
        return False
    same = (before.digest, before.page, before.pages) == (known.digest, known.page, known.pages)
    return (
        same and before.listing.text == known.listing.text and (known.pages == 1 or before.read == known.read)
    )


def doubtful_listing(known: KnownListing) -> Unavailable:
    """The error for a list that is shorter than the last one that was believed."""
    assert known.listing is not None, "it was just read"
    image, number = known.listing.image, len(known.listing)
    if not number:
        said, reason = f"the registry lists no tags for {image}", hold_reasons.LISTING_EMPTY
    else:
        said, reason = (
            f"the registry lists {number} {_tags(number)} for {image}",
            failure_reasons.LISTING_SHRUNKEN,
        )
    return Unavailable(
        f"{said}, where it listed {known.count}: nothing changes until it has listed the same "
        f"{STEADY} times in a row ({known.steady} so far)",
        reason=reason,
    )


def _tags(number: int) -> str:
    return "tag" if number == 1 else "tags"


def merge_tags(known: KnownListing, news: Sequence[str], orders: Sequence[TagOrder] = ()) -> KnownListing:
    """With tags that were added since; how many a full list had stays, for meanwhile others may have gone."""
    before = known.listing
    assert before is not None, "what was added is added to something"
    there = before if before.sums is not None or len(news) < _FEW else frozenset(before.tags)
    added = [tag for tag in dict.fromkeys(news) if tag not in there]
    if not added:
        return known
    if before.sums is not None and len(orders) == 1 and known.newest.orders == tuple(orders):
        kept, newest = known.newest.with_added(before.tags, added)
        listing = Listing.of(before.image, kept, known.steady, before.sums.joined(added))
        return replace(known, listing=listing, newest=newest)
    tally = Tally.of([*before.tags, *added], orders)
    listing = tally.listing(before.image, known.steady)
    if before.sums is not None:
        listing = replace(listing, sums=before.sums.joined(added))
    return replace(known, listing=listing, newest=tally.cut()[1])


def _written(known: Mapping[str, KnownListing]) -> str:
    images = {name: [each.count, each.digest, each.steady] for name, each in sorted(known.items())}
    return json.dumps({"version": _VERSION, "images": images}, indent=0)


def _read(path: Path) -> dict[str, KnownListing]:
    try:
        content = json.loads(path.read_bytes())
        images = content["images"] if content["version"] == _VERSION else {}
        return {name: _known(*each) for name, each in images.items()}
    except (OSError, ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError):
        return {}


def _known(count: Any, digest: Any, steady: Any) -> KnownListing:  # noqa: ANN401 - whatever the file holds
    """Raise ValueError where it is none."""
    return KnownListing(max(0, int(count)), str(digest), min(max(0, int(steady)), STEADY))
