"""To read what files said before, as far back as is worth while. I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from updater.adapters.git.commands import Commands
from updater.adapters.git.objects import Blobs
from updater.value_class import value_class

_LOG = (
    "log",
    "--first-parent",
    "--diff-merges=first-parent",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--format=",
    "-n200",
)
_LONGEST = 64 << 10
"""Bytes; what is longer is left out."""
_VERSIONS = 10
"""Of one file."""


@value_class
class EarlierTexts:
    commands: Commands
    blobs: Blobs
    seconds: float

    def read(self, commit: str, paths: Collection[str]) -> Mapping[str, tuple[bytes, ...]]:
        """By path, the newest first, without what the commit itself has. Raises GitFailed."""
        ids: dict[str, dict[str, None]] = {path: {} for path in paths}
        for path, blob in self._replaced(commit, paths):
            if path in ids and len(ids[path]) < _VERSIONS:
                ids[path].setdefault(blob)
        sizes = self.blobs.sizes({blob for found in ids.values() for blob in found})
        small = {blob for blob, size in sizes.items() if size <= _LONGEST}
        texts = self.blobs.read(small)
        return {
            path: tuple(data for blob in found if (data := texts.get(blob)) is not None)
            for path, found in ids.items()
        }

    def _replaced(self, commit: str, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        """Path and blob, of what commits have written over."""
        named = [f":(literal){path}" for path in sorted(paths)]
        with self.commands.stream(*_LOG, commit, "--", *named, seconds=self.seconds) as running:
            tokens = iter(running.tokens())
            for token in tokens:
                if token.startswith(b":"):
                    old = token.decode().split()[2]
                    path = next(tokens, b"").decode(errors="surrogateescape")
                    if old.strip("0"):
                        yield path, old
