"""To keep short listings on disk for the next process, a file for each image. I/O.

It saves requests, and the reading of bodies that have not changed; without a file the registry is asked as if
for the first time. A file is none that is damaged, of another version, or not as old as `registry.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from updater.adapters.registry import cache_files
from updater.model import Image
from updater.value_class import value_class

_VERSION = 1
_FORGOTTEN = 30 * 24 * 3600
"""Seconds; what was not listed anew for so long is asked for again."""


@value_class
class KeptListing:
    """What one file says."""

    digest: str
    """The sum of the last full list."""
    pages: int
    page: str | None
    """The sum of the only page."""
    read: datetime | None
    text: str


class ListingFiles:
    """Of one folder, which may vanish at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        cache_files.tidy(folder)
        cache_files.forget(folder, _FORGOTTEN)

    def read(self, image: Image) -> KeptListing | None:
        try:
            head, _, body = self._path(image).read_bytes().partition(b"\n")
            said = json.loads(head)
            whole = said["version"] == _VERSION and said["sum"] == _sum(body) and said["image"] == str(image)
            return _kept(said, body) if whole else None
        except (OSError, ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError):
            return None

    def write(self, image: Image, kept: KeptListing) -> None:
        """The whole file or nothing of it."""
        body = kept.text.encode(errors="surrogatepass")
        said = {
            "version": _VERSION,
            "image": str(image),
            "sum": _sum(body),
            "digest": kept.digest,
            "pages": kept.pages,
            "page": kept.page,
            "read": kept.read.isoformat() if kept.read else None,
        }
        cache_files.write_bytes(self._path(image), json.dumps(said).encode() + b"\n" + body)

    def _path(self, image: Image) -> Path:
        return self._folder / sha256(repr(image).encode()).hexdigest()[:32]


def _kept(said: Mapping[str, Any], body: bytes) -> KeptListing:
    read = datetime.fromisoformat(said["read"]) if said["read"] else None
    if read is not None and read.tzinfo is None:
        raise ValueError("a time without a zone")
    page = said["page"]
    text = body.decode(errors="surrogatepass")
    return KeptListing(str(said["digest"]), max(1, int(said["pages"])), page and str(page), read, text)


def _sum(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
