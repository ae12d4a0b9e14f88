"""To read files as of a commit. I/O."""

from collections import deque
from collections.abc import Collection, Container, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from updater.adapters.git.objects import LARGEST, Blobs, TreeEntry, Trees, above
from updater.errors import Refused, UpdaterError
from updater.model import File
from updater.reasons import failure_reasons

_SYMLINK = "120000"
_ASKED = 2
"""Questions that are remembered: a pass asks for files of the base, and for what was recorded."""
_ODD_KINDS = {"tree": failure_reasons.FOLDER, "commit": failure_reasons.SUBMODULE}


class _FilesAsked(NamedTuple):
    commit: str
    paths: frozenset[str]
    also: Container[str]


class _ReadFiles(NamedTuple):
    asked: _FilesAsked
    entries: Mapping[str, TreeEntry | None]
    found: Mapping[str, File | UpdaterError | None]

    def is_near(self, asked: _FilesAsked) -> bool:
        """The same question about another commit."""
        return asked.paths == self.asked.paths and asked.also == self.asked.also


@dataclass(slots=True)
class Files:
    trees: Trees
    blobs: Blobs
    url: str
    _last: deque[_ReadFiles] = field(default_factory=lambda: deque(maxlen=_ASKED))
    """A commit names its files: the same question has the same answer."""

    def read(
        self, commit: str, paths: Collection[str], also: Container[str] = ()
    ) -> Mapping[str, File | UpdaterError | None]:
        """Raises GitFailed."""
        asked = _FilesAsked(commit, frozenset(paths), also)
        known = next((each for each in self._last if each.asked == asked), None)
        if known is None:
            known = self._read(asked)
            self._last.append(known)
        return known.found

    def forget(self) -> None:
        self._last.clear()

    def _read(self, asked: _FilesAsked) -> _ReadFiles:
        entries = self.trees.entries(*asked)
        near = next((each for each in reversed(self._last) if each.is_near(asked)), None)
        found = self._moved_on(near, asked, entries) if near is not None else None
        return _ReadFiles(asked, entries, self._all(asked, entries) if found is None else found)

    def _moved_on(
        self, near: _ReadFiles, asked: _FilesAsked, entries: Mapping[str, TreeEntry | None]
    ) -> Mapping[str, File | UpdaterError | None] | None:
        """Only what is another file there; None where it is no matter of plain files alone."""
        paths = near.entries.keys() | entries.keys()
        changed = {path for path in paths if near.entries.get(path) is not entries.get(path)}
        for each in (near.entries, entries):
            there = ((path, entry) for path in changed if (entry := each.get(path)))
            if any(_is_odd(entry, path in asked.paths or path in asked.also) for path, entry in there):
                return None
        gone = {path for path in changed if path not in asked.paths and entries.get(path) is None}
        anew = {path for path in changed - gone if path in asked.paths or path in asked.also}
        left = {path: file for path, file in near.found.items() if path not in gone}
        return {**left, **self._plain(anew, entries)}

    def _all(
        self, asked: _FilesAsked, entries: Mapping[str, TreeEntry | None]
    ) -> Mapping[str, File | UpdaterError | None]:
        paths = asked.paths.union(path for path, entry in entries.items() if entry and path in asked.also)
        odd = any(_is_odd(entry, step in paths) for step, entry in entries.items() if entry is not None)
        refused = {path: self._refusal(path, entries) for path in paths} if odd else {}
        refusals = {path: refusal for path, refusal in refused.items() if refusal is not None}
        return {**self._plain(paths - refusals.keys(), entries), **refusals}

    def _plain(
        self, paths: AbstractSet[str], entries: Mapping[str, TreeEntry | None]
    ) -> Mapping[str, File | UpdaterError | None]:
        """What is no link, folder or submodule, and stands beneath none."""
        there = {path: entry for path in paths if (entry := entries.get(path))}
        contents = self.blobs.remembered({entry.id for entry in there.values()})
        found = {path: self._file(path, entry, contents[entry.id]) for path, entry in there.items()}
        return {**dict.fromkeys(paths), **found}

    def _refusal(self, path: str, entries: Mapping[str, TreeEntry | None]) -> Refused | None:
        entry = entries[path]
        if entry and entry.kind in _ODD_KINDS:
            kind = _ODD_KINDS[entry.kind]
            return Refused(f"{path} in {self.url} is a {kind}: name a file.", reason=kind)
        for step in (path, *above(path)):
            if (found := entries.get(step)) and found.mode == _SYMLINK:
                return Refused(
                    f"{step} in {self.url} is a symbolic link: name what it points to.",
                    reason=failure_reasons.SYMLINK,
                )
            if found and step != path and found.kind == "commit":
                return Refused(
                    f"{path} in {self.url} is inside the submodule {step}.", reason=failure_reasons.SUBMODULE
                )
        return None

    def _file(self, path: str, entry: TreeEntry, data: bytes | None) -> File | Refused:
        if data is None:
            return Refused(
                f"{path} in {self.url} is larger than {LARGEST >> 20} MiB.", reason=failure_reasons.TOO_LARGE
            )
        return File(path, data, entry.id, entry.mode)


def _is_odd(entry: TreeEntry, asked: bool) -> bool:
    """Neither a plain file nor a folder above one."""
    return entry.mode == _SYMLINK or entry.kind == "commit" or (entry.kind == "tree" and asked)
