"""To remember where running tags pointed when they were last looked at, also for the next process. I/O.

Without the file they are asked for anew: it saves requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from updater.adapters.registry import cache_files
from updater.adapters.registry.manifest_json import DIGEST
from updater.model import Image, SeenDigest

_VERSION = 1
_MOST = 20_000
"""Tags that are remembered; those asked for longest ago go first."""


class RunningDigests:
    """For any number of threads."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = Lock()
        self._changed = False
        content = cache_files.read(file) if file is not None else None
        self._seen = dict(_as_written(content))

    def of(self, image: Image, tag: str) -> SeenDigest | None:
        return self._seen.get(f"{image} {tag}")

    def look(
        self, image: Image, tag: str, read: Callable[[Image, str], str | None], now: datetime
    ) -> SeenDigest:
        """Raises what reading raises; then, too, it is known that somebody has asked."""
        before = self.of(image, tag)
        seen = SeenDigest(before.digest, before.read, now) if before else SeenDigest(None, None, now)
        try:
            seen = SeenDigest(read(image, tag), now, now)
        finally:
            self._keep(f"{image} {tag}", seen)
        return seen

    def save(self) -> None:
        with self._lock:
            if self._file is None or not self._changed:
                return
            self._changed, seen = False, dict(self._seen)
        told = {name: [each.digest, _written(each.read), _written(each.asked)] for name, each in seen.items()}
        cache_files.write(self._file, {"v": _VERSION, "seen": told})

    def _keep(self, name: str, seen: SeenDigest) -> None:
        with self._lock:
            self._seen.pop(name, None)
            self._seen[name] = seen
            self._changed = True
            while len(self._seen) > _MOST:
                del self._seen[next(iter(self._seen))]


def _as_written(content: object) -> Iterator[tuple[str, SeenDigest]]:
    """What makes sense of it."""
    seen = content.get("seen") if isinstance(content, dict) and content.get("v") == _VERSION else None
    for name, said in seen.items() if isinstance(seen, dict) else ():
        match said:
            case [None | str() as digest, None | str() as read, str() as asked]:
                instants = _instant(read), _instant(asked)
                if instants[1] is not None and (digest is None or DIGEST.fullmatch(digest)):
                    yield str(name), SeenDigest(digest, instants[0], instants[1])


def _written(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _instant(text: Any) -> datetime | None:  # noqa: ANN401 - whatever the file holds
    try:
        instant = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return instant if instant.tzinfo else None
