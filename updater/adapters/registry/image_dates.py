"""To know when the images of many tags were created, and ask only about new tags. I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from updater.adapters.registry import cache_files
from updater.adapters.registry.manifest_json import DIGEST
from updater.model import Image, ImageConfig, ImageDate

_VERSION = 1
_AT_ONCE = 8
_MOST = 20_000
"""Tags of one image that are remembered."""


class ImageDateReader:
    """Tags that are asked for here stay where they are; one that is seen to move is asked for again."""

    def __init__(self, look: Callable[[Image, str], ImageConfig | None], folder: Path | None = None) -> None:
        self._look = look
        self._folder = folder
        self._known: dict[Image, dict[str, ImageDate]] = {}
        self._gone: set[tuple[Image, str]] = set()
        """Digests the registry no longer has: they do not come back."""
        self._lock = Lock()
        if folder is not None:
            cache_files.tidy(folder)

    def of(self, image: Image, tags: Sequence[str], most: int) -> Mapping[str, ImageDate | None]:
        """Those known and at most so many others, the last ones first; None: there is no such tag.

        Raises what looking raises; what was seen until then is kept.
        """
        known = self._of(image)
        found: dict[str, ImageDate | None] = {tag: None for tag in tags if (image, tag) in self._gone}
        unknown = [tag for tag in tags if tag not in known and tag not in found]
        try:
            for start in range(0, min(len(unknown), most), _AT_ONCE):
                self._add(image, unknown[::-1][start : min(start + _AT_ONCE, most)], found)
        finally:
            self._remember(image, found)
        return {tag: {**known, **found}[tag] for tag in tags if tag in known or tag in found}

    def saw(self, image: Image, tag: str, digest: str | None) -> None:
        """Somebody has just looked where the tag points."""
        with self._lock:
            dated = self._known.get(image, {}).get(tag)
            if dated is not None and dated.digest != digest:
                del self._known[image][tag]

    def _add(self, image: Image, tags: Sequence[str], found: dict[str, ImageDate | None]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            looked = [(tag, pool.submit(self._look, image, tag)) for tag in tags]
        failed = [future for _, future in looked if future.exception() is not None]
        for tag, future in looked:
            if future.exception() is None:
                found[tag] = _dated(future.result())
        for future in failed:
            future.result()

    def _of(self, image: Image) -> dict[str, ImageDate]:
        with self._lock:
            if image not in self._known:
                content = cache_files.read(self._path(image)) if self._folder else None
                self._known[image] = _known(content, image)
            return dict(self._known[image])

    def _remember(self, image: Image, found: Mapping[str, ImageDate | None]) -> None:
        self._gone.update((image, tag) for tag, dated in found.items() if dated is None and "@" in tag)
        there = {tag: dated for tag, dated in found.items() if dated is not None}
        if not there:
            return
        with self._lock:
            known = {**self._known.get(image, {}), **there}
            self._known[image] = dict(list(known.items())[-_MOST:])
            if self._folder is not None:
                cache_files.write(self._path(image), _document(image, self._known[image]))

    def _path(self, image: Image) -> Path:
        assert self._folder is not None, "asked only where there is one"
        return self._folder / f"{sha256(str(image).encode()).hexdigest()}.json"


def _dated(situation: ImageConfig | None) -> ImageDate | None:
    return None if situation is None else ImageDate(situation.digest, situation.created)


def _document(image: Image, known: Mapping[str, ImageDate]) -> dict[str, Any]:
    tags = {
        tag: [dated.digest, dated.created.isoformat() if dated.created else None]
        for tag, dated in known.items()
    }
    return {"v": _VERSION, "image": str(image), "tags": tags}


def _known(content: object, image: Image) -> dict[str, ImageDate]:
    if not isinstance(content, dict) or (content.get("v"), content.get("image")) != (_VERSION, str(image)):
        return {}
    tags = content.get("tags")
    pairs = ((tag, _dated_as_written(said)) for tag, said in tags.items()) if isinstance(tags, dict) else ()
    return {str(tag): dated for tag, dated in pairs if dated is not None}


def _dated_as_written(said: object) -> ImageDate | None:
    match said:
        case [str() as digest, None] if DIGEST.fullmatch(digest):
            return ImageDate(digest, None)
        case [str() as digest, str() as created] if DIGEST.fullmatch(digest):
            try:
                instant = datetime.fromisoformat(created)
            except ValueError:
                return None
            return ImageDate(digest, instant) if instant.tzinfo else None
    return None
