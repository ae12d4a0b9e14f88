"""The config that all passes share: what the operator wrote, and what deploy repositories say beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from updater.config import Config
from updater.model import HeadFiles


class CompletedConfig:
    """Passes over several repositories complete it, each from its thread."""

    def __init__(self, written: Config) -> None:
        self.config = written
        self._found: dict[str, HeadFiles] = {}
        self._lock = Lock()

    def complete(self, repository: str, found: HeadFiles | None) -> Config:
        """With what was read of that repository now; None: as it is known."""
        with self._lock:
            if found is not None and self._is_new(repository, found):
                self._found[repository] = self._with_past(repository, found)
                self.config = self.config.completed(self._found)
            return self.config

    def unread(self) -> list[str]:
        """The repositories that complete it and have not been read yet."""
        names = self.config.repositories
        return [name for name in names if self.config.wanted(name) and name not in self._found]

    def read_missing(self, read: Callable[[str], None], *, but: str | None = None) -> None:
        """Before anything is said of apps that are declared elsewhere. Raises what `read` raises."""
        for name in self.unread():
            if name != but:
                read(name)

    def _with_past(self, repository: str, found: HeadFiles) -> HeadFiles:
        """And what was read before of files that are as they were then."""
        known = self._found.get(repository, HeadFiles(""))
        same = {path for path in known.earlier if known.files.get(path) == found.files.get(path)}
        return replace(found, earlier={**{path: known.earlier[path] for path in same}, **found.earlier})

    def _is_new(self, repository: str, found: HeadFiles) -> bool:
        known = self._found.get(repository)
        if known is None or (known.files, known.cut) != (found.files, found.cut):
            return True
        return not found.earlier.keys() <= known.earlier.keys()
