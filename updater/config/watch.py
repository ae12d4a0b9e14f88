"""To notice that the config's files have changed, also through the symlink swap of a ConfigMap. I/O."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from updater.config.load import load
from updater.config.policies import Config
from updater.config.secrets import stopping_secrets
from updater.errors import ConfigError

_Seen: TypeAlias = tuple[tuple[str, int, int, int], ...]


class ConfigWatcher:
    """A config folder, and what was last read of it."""

    def __init__(self, folder: Path, environ: Mapping[str, str] = os.environ) -> None:
        """What is there now counts as read."""
        self._folder, self._environ = folder, environ
        self._read = self._last = _fingerprint(folder)

    def forget(self) -> None:
        """What is there now counts as new, once more."""
        self._read = ()

    def changed(self) -> Config | None:
        """The new config, valid as a whole; None where nothing has changed. Raises ConfigError once a change.

        A change counts when two looks have seen the same: until then somebody may still be writing.
        """
        now, before = _fingerprint(self._folder), self._last
        self._last = now
        if now == self._read or now != before:
            return None
        self._read = now
        config = load(self._folder)
        missing = stopping_secrets(config, self._environ)
        if missing:
            raise ConfigError(*missing)
        return config


def _fingerprint(folder: Path) -> _Seen:
    """Of each file that it was, and when; following links, for a ConfigMap is swapped by one."""
    return tuple(sorted(_seen(folder)))


def _seen(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    for path in (*folder.glob("*.y*ml"), *(folder / "apps").glob("*.y*ml")):
        try:
            found = path.stat()
        except OSError:
            continue  # gone since, or a link that leads nowhere: loading says so
        yield str(path), found.st_ino, found.st_mtime_ns, found.st_size
