"""To read the machine form of `git log`, and to follow files through exact renames. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from updater.model import Commit, FileChange

FORMAT = "%H%x00%P%x00%an <%ae>%x00%cn <%ce>%x00%ct%x00%B%x00"
_FIELDS = 6
_NOTHING: Mapping[str, FileChange] = MappingProxyType({})
_ENOUGH_CHANGES = 3


class Entry(NamedTuple):
    """One line of `--raw`: a path and its blobs; None: not there."""

    path: bytes
    old: str | None
    new: str | None


class Record(NamedTuple):
    """One commit as `git log` tells it."""

    fields: tuple[bytes, ...]
    entries: list[Entry]


def records(tokens: Iterator[bytes]) -> Iterator[Record]:
    """The commits in a log of FORMAT with `-z --raw`, split at NUL."""
    current: Record | None = None
    for token in tokens:
        word = token.lstrip(b"\n")
        if word.startswith(b":") and current is not None:
            current.entries.append(_entry(word, next(tokens)))
        elif word:
            if current is not None:
                yield current
            rest = (next(tokens) for _ in range(_FIELDS - 1))
            current = Record((word, *rest), [])
    if current is not None:
        yield current


def _entry(description: bytes, path: bytes) -> Entry:
    _, _, old, new, _ = description.decode().split()
    return Entry(path, _blob(old), _blob(new))


def _blob(word: str) -> str | None:
    return word if word.strip("0") else None


@dataclass(slots=True)
class Interest:
    """The files to follow; grows by where they were renamed from, and to: a line may have been lost."""

    paths: set[bytes]
    unsettled: dict[bytes, int] = field(default_factory=dict)
    """Those whose past is not known well enough yet, with the changes seen."""

    def commit(self, record: Record) -> Commit:
        sha, parents, author, committer, stamp, message = (
            text.decode(errors="replace") for text in record.fields
        )
        changes = self._changes(record.entries)
        if changes and " " not in parents:  # a merge tells its branch's changes a second time
            self._settle(changes)
        return Commit(sha, tuple(parents.split()), author, committer, _time(stamp), message, changes)

    def _changes(self, entries: Iterable[Entry]) -> Mapping[str, FileChange]:
        kept = [entry for entry in entries if entry.path in self.paths]
        if not kept:
            return _NOTHING
        sources = _sources(entries) if any(entry.old is None for entry in kept) else {}
        self._look_ahead(kept, entries)
        changes = {}
        for entry in kept:
            source = _closest(entry.path, sources.get(entry.new or "", ())) if entry.old is None else None
            changes[_name(entry.path)] = FileChange(
                _name(entry.path), entry.old, entry.new, _name(source) if source else None
            )
            if source:
                self.paths.add(source)
                changes[_name(source)] = FileChange(_name(source), entry.new, None)
        return changes

    def _look_ahead(self, kept: Iterable[Entry], entries: Iterable[Entry]) -> None:
        """Where files that went away in this commit have gone."""
        gone = [entry for entry in kept if entry.new is None and entry.old is not None]
        targets = _targets(entries) if gone else {}
        for entry in gone:
            target = _closest(entry.path, targets.get(entry.old or "", ()))
            if target is not None:
                self.paths.add(target)

    def _settle(self, changes: Mapping[str, FileChange]) -> None:
        for change in changes.values():
            path = change.path.encode(errors="surrogateescape")
            if path not in self.unsettled:
                continue
            self.unsettled[path] += 1
            if change.renamed_from:
                source = change.renamed_from.encode(errors="surrogateescape")
                self.unsettled[source] = self.unsettled[path]
            if change.old is None or self.unsettled[path] >= _ENOUGH_CHANGES:
                del self.unsettled[path]


def _sources(entries: Iterable[Entry]) -> Mapping[str, list[bytes]]:
    """The paths that went away in this commit, by the blob that stood there."""
    gone = defaultdict(list)
    for entry in entries:
        if entry.new is None and entry.old is not None:
            gone[entry.old].append(entry.path)
    return gone


def _targets(entries: Iterable[Entry]) -> Mapping[str, list[bytes]]:
    """The paths that came in this commit, by the blob that stands there."""
    return _sources(Entry(entry.path, entry.new, entry.old) for entry in entries)


def _closest(path: bytes, sources: Iterable[bytes]) -> bytes | None:
    """Of several files with the same content, the one whose path ends most alike."""
    return max(sorted(sources), key=lambda source: _alike(source, path), default=None)


def _alike(one: bytes, other: bytes) -> int:
    pairs = zip(reversed(_parts(one)), reversed(_parts(other)), strict=False)
    return next((count for count, (left, right) in enumerate(pairs) if left != right), len(_parts(one)))


def _parts(path: bytes) -> tuple[str, ...]:
    return PurePosixPath(_name(path)).parts


def _name(path: bytes) -> str:
    return path.decode(errors="surrogateescape")


def _time(stamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)  # a date no calendar has
