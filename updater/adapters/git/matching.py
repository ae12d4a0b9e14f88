"""To read the files of a commit whose paths match a pattern. I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from updater.adapters.git.commands import Commands
from updater.adapters.git.objects import Blobs
from updater.errors import Refused, UpdaterError
from updater.model import MOST_FILES, File, HeadFiles, PathPatterns, literal_folder, path_matcher
from updater.printable import printable
from updater.reasons import failure_reasons

MOST_BYTES = 128 << 20
"""Of all of them together: they are kept in memory."""
_SYMLINK, _SUBMODULE = "120000", "160000"


class _Entry(NamedTuple):
    mode: str
    id: str
    longest: int
    """Bytes that are read of it, at most."""


@dataclass(slots=True)
class MatchingFiles:
    """What was read last is remembered: while the commit is the same, git is not asked."""

    commands: Commands
    blobs: Blobs
    url: str
    seconds: float
    _last: tuple[str, PathPatterns, HeadFiles] | None = None

    def read(self, commit: str, patterns: PathPatterns) -> HeadFiles:
        """Raises GitFailed."""
        if self._last is None or self._last[:2] != (commit, patterns):
            self._last = (commit, dict(patterns), self._read(commit, patterns))
        return self._last[2]

    def _read(self, commit: str, patterns: PathPatterns) -> HeadFiles:
        cut = set[str]()
        found = {path: entry for one in patterns.items() for path, entry in self._listed(commit, *one, cut)}
        known = self._known(found)
        new = {path: entry for path, entry in found.items() if path not in known}
        sizes = self.blobs.sizes({entry.id for entry in new.values() if entry.mode != _SUBMODULE})
        refused = {
            path: error
            for path, entry in new.items()
            if (error := _refusal(path, entry, sizes.get(entry.id)))
        }
        left = MOST_BYTES - sum(len(file.data) for file in known.values())
        refused |= _beyond({path: sizes[new[path].id] for path in new if path not in refused}, left)
        read = {path: entry for path, entry in new.items() if path not in refused}
        contents = self.blobs.read({entry.id for entry in read.values()})
        files = {
            path: File(path, data, entry.id, entry.mode)
            for path, entry in read.items()
            if (data := contents[entry.id]) is not None
        }
        return HeadFiles(commit, {**known, **files, **refused}, cut=frozenset(cut))

    def _known(self, found: Mapping[str, _Entry]) -> dict[str, File]:
        """Those that are as they were when they were last read."""
        before = self._last[2].files if self._last else {}
        same = {path: before.get(path) for path in found}
        return {
            path: file
            for path, file in same.items()
            if isinstance(file, File) and (file.mode, file.blob) == found[path][:2]
        }

    def _listed(self, commit: str, pattern: str, longest: int, cut: set[str]) -> Iterator[tuple[str, _Entry]]:
        matcher, folder, left = path_matcher(pattern), literal_folder(pattern), MOST_FILES
        end = pattern.rpartition("*")[2].rpartition("?")[2].encode()
        arguments = ("ls-tree", "-r", "-z", "--full-tree", commit, *(("--", folder) if folder else ()))
        with self.commands.stream(*arguments, seconds=self.seconds) as running:
            for line in running.tokens():
                if not line.endswith(end):
                    continue
                description, _, name = line.partition(b"\t")
                path = name.decode(errors="surrogateescape")
                if matcher.fullmatch(path):
                    if not left:
                        cut.add(pattern)
                        running.stop()
                        return
                    mode, _, blob = description.decode().split()
                    yield path, _Entry(mode, blob, longest)
                    left -= 1


def _beyond(sizes: Mapping[str, int], left: int) -> dict[str, UpdaterError]:
    """Those for which no room is left by the ones before them."""
    refused = dict[str, UpdaterError]()
    for path, size in sizes.items():
        if size <= left:
            left -= size
            continue
        sentence = (
            f"{printable(path)}: with it, more than {MOST_BYTES >> 20} MiB of such files would be read: "
            "make them fewer or shorter"
        )
        refused[path] = Refused(sentence, reason=failure_reasons.TOO_LARGE)
    return refused


def _refusal(path: str, entry: _Entry, size: int | None) -> UpdaterError | None:
    shown = printable(path)
    if entry.mode == _SYMLINK:
        return Refused(
            f"{shown}: is a symbolic link: put the file itself there",
            reason=failure_reasons.SYMLINK,
        )
    if entry.mode == _SUBMODULE:
        return Refused(f"{shown}: is a submodule: put a file there", reason=failure_reasons.SUBMODULE)
    if size is None or size > entry.longest:
        sentence = f"{shown}: is larger than the {entry.longest >> 10} KiB that are read: shorten it"
        return Refused(sentence, reason=failure_reasons.TOO_LARGE)
    return None
