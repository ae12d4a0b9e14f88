"""To keep what digests say, in memory and on disk: it never changes. I/O.

Whatever happens to the folder costs requests and nothing else: what cannot be read is read from the registry.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from updater.adapters.registry import cache_files
from updater.adapters.registry.manifest_json import DIGEST
from updater.model import ImageConfig

_VERSION = 2
_IN_MEMORY = 4_096
_ON_DISK = 20_000
_SWEEP = 256
"""Files written between two looks at how many there are."""
_LEFT = 0.9
"""What a sweep leaves, of what may be there."""


class DigestCache:
    """For any number of threads, and any number of processes over one folder; without one, in memory only."""

    def __init__(self, folder: Path | None = None, *, most: int = _ON_DISK) -> None:
        self._folder = folder
        self._most = most
        self._memory: OrderedDict[str, ImageConfig] = OrderedDict()
        self._lock = Lock()
        self._written = 0
        if folder is not None:
            cache_files.tidy(folder)

    def get(self, digest: str) -> ImageConfig | None:
        with self._lock:
            if digest in self._memory:
                self._memory.move_to_end(digest)
                return self._memory[digest]
        found = self._read(digest)
        if found is not None:
            self._remember(found)
        return found

    def put(self, image: ImageConfig) -> None:
        self._remember(image)
        if self._folder is not None and DIGEST.fullmatch(image.digest):
            self._sweep(self._folder)
            cache_files.write(self._folder / _name(image.digest), _document(image))

    def _remember(self, image: ImageConfig) -> None:
        with self._lock:
            self._memory[image.digest] = image
            self._memory.move_to_end(image.digest)
            while len(self._memory) > _IN_MEMORY:
                self._memory.popitem(last=False)

    def _read(self, digest: str) -> ImageConfig | None:
        if self._folder is None or not DIGEST.fullmatch(digest):
            return None
        try:
            return _facts(cache_files.read(self._folder / _name(digest)), digest)
        except ValueError:
            return None

    def _sweep(self, folder: Path) -> None:
        """Those written first go first; what a killed process left behind counts as well."""
        with self._lock:
            self._written += 1
            if self._written % _SWEEP != 1:
                return
        with suppress(OSError):
            _shorten(folder, self._most)


def _shorten(folder: Path, most: int) -> None:
    with os.scandir(folder) as found:
        files = [(entry.stat().st_mtime, entry.path) for entry in found if entry.is_file()]
    surplus = len(files) - int(most * _LEFT) if len(files) > most else 0
    for _, path in sorted(files)[:surplus]:
        Path(path).unlink(missing_ok=True)


def _name(digest: str) -> str:
    return f"{digest.partition(':')[2]}.json"


def _document(image: ImageConfig) -> dict[str, Any]:
    return {
        "v": _VERSION,
        "digest": image.digest,
        "platforms": list(image.platforms),
        "created": image.created.isoformat() if image.created else None,
        "labels": dict(image.labels),
        "artifact": image.artifact,
    }


def _facts(content: object, digest: str) -> ImageConfig | None:
    """Raise ValueError; None where it is something else than was written."""
    if not isinstance(content, dict) or (content.get("v"), content.get("digest")) != (_VERSION, digest):
        return None
    platforms, created, labels = (content.get(name) for name in ("platforms", "created", "labels"))
    if not (_are_texts(platforms) and isinstance(labels, dict) and _are_texts([*labels, *labels.values()])):
        return None
    instant = datetime.fromisoformat(created) if isinstance(created, str) else None
    if (created is not None and instant is None) or (instant is not None and instant.tzinfo is None):
        return None
    artifact = content.get("artifact")
    if "artifact" not in content and not platforms and instant is None:
        return None  # a version that did not ask wrote it: it may be no image
    artifact = artifact if isinstance(artifact, str) else None
    return ImageConfig(digest, tuple(_listed(platforms)), instant, _mapped(labels), artifact)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _listed(values: object) -> list[str]:
    return list(values) if isinstance(values, list) else []


def _mapped(values: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in values.items()}
