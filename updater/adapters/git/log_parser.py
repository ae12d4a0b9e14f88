"""To read the machine form of `git log`, and to follow files through exact renames. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from updater.model import Commit, FileChange

FORMAT = "%H%x00%P%x00%an <%ae>%x00%cn <%ce>%x00%ct%x00%B%x00"
_FIELDS = 6
_NOTHING: Mapping[str, FileChange] = MappingProxyType({})
_ENOUGH_CHANGES = 3
_LONGEST_IDENTITY = 400
"""Characters; an address has 320 at most."""
_NAME = 100


class LogEntry(NamedTuple):
    """One line of `--raw`: a path and its blobs; None: not there."""

    path: bytes
    old: str | None
    new: str | None


class LogRecord(NamedTuple):
    """One commit as `git log` tells it."""

    fields: tuple[bytes, ...]
    entries: list[LogEntry]


def records(tokens: Iterator[bytes]) -> Iterator[LogRecord]:
    """The commits in a log of FORMAT with `-z --raw`, split at NUL."""
    current: LogRecord | None = None
    for token in tokens:
        word = token.lstrip(b"\n")
        if word.startswith(b":") and current is not None:
            current.entries.append(_entry(word, next(tokens)))
        elif word:
            if current is not None:
                yield current
            rest = (next(tokens) for _ in range(_FIELDS - 1))
            current = LogRecord((word, *rest), [])
    if current is not None:
        yield current


def _entry(description: bytes, path: bytes) -> LogEntry:
    _, _, old, new, _ = description.decode().split()
    return LogEntry(path, _blob(old), _blob(new))


def _blob(word: str) -> str | None:
    return word if word.strip("0") else None


@dataclass(slots=True)
class FollowedFiles:
    """The files to follow; grows by where they were renamed from, and to: a line may have been lost."""

    paths: set[bytes]
    unsettled: dict[bytes, int] = field(default_factory=dict)
    """Those whose past is not known well enough yet, with the changes seen."""

    def commit(self, record: LogRecord) -> Commit:
        sha, parents, author, committer, stamp, message = (
            text.decode(errors="replace") for text in record.fields
        )
        author, committer = _identity(author), _identity(committer)
        changes = self._changes(record.entries)
        if changes and " " not in parents:  # a merge tells its branch's changes a second time
            self._settle(changes)
        return Commit(sha, tuple(parents.split()), author, committer, _time(stamp), message, changes)

    def _changes(self, entries: Iterable[LogEntry]) -> Mapping[str, FileChange]:
        kept = [entry for entry in entries if entry.path in self.paths]
        if not kept:
            return _NOTHING
        sources = PathFilter(_gone(entries) if any(entry.old is None for entry in kept) else ())
        self._look_ahead(kept, entries)
        changes = {}
        for entry in kept:
            source = sources.closest(entry.new, entry.path) if entry.old is None else None
            changes[_name(entry.path)] = FileChange(
                _name(entry.path), entry.old, entry.new, _name(source) if source else None
            )
            if source:
                self.paths.add(source)
                changes[_name(source)] = FileChange(_name(source), entry.new, None)
        return changes

    def _look_ahead(self, kept: Iterable[LogEntry], entries: Iterable[LogEntry]) -> None:
        """Where files that went away in this commit have gone."""
        gone = list(_gone(kept))
        targets = PathFilter(_come(entries) if gone else ())
        for blob, path in gone:
            target = targets.closest(blob, path)
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


def _gone(entries: Iterable[LogEntry]) -> Iterator[tuple[str, bytes]]:
    """The blobs and paths that went away in this commit."""
    return ((entry.old, entry.path) for entry in entries if entry.new is None and entry.old is not None)


def _come(entries: Iterable[LogEntry]) -> Iterator[tuple[str, bytes]]:
    return ((entry.new, entry.path) for entry in entries if entry.old is None and entry.new is not None)


class PathFilter:
    """Where each blob stood: thousands of files with the same content may move in one commit."""

    def __init__(self, places: Iterable[tuple[str, bytes]]) -> None:
        self._paths = defaultdict[str, list[bytes]](list)
        for blob, path in places:
            self._paths[blob].append(path)
        self._endings: dict[str, Mapping[bytes, bytes]] = {}

    def closest(self, blob: str | None, path: bytes) -> bytes | None:
        """Of several files with the same content, the one whose path ends most alike."""
        if blob is None or blob not in self._paths:
            return None
        if blob not in self._endings:
            self._endings[blob] = _by_ending(self._paths[blob])
        known = self._endings[blob]
        return next(known[ending] for ending in _endings(path) if ending in known)


def _by_ending(paths: Iterable[bytes]) -> Mapping[bytes, bytes]:
    """The first of those that end so; all end in nothing."""
    found: dict[bytes, bytes] = {}
    for path in sorted(paths):
        for ending in _endings(path):
            found.setdefault(ending, path)
    return found


def _endings(path: bytes) -> Iterator[bytes]:
    """The path, then without its first folder, and so on; at last nothing."""
    while path:
        yield path
        path = path.partition(b"/")[2]
    yield path


def _identity(said: str) -> str:
    """`Name <mail>`; of an endless name the beginning, and the end with the address."""
    return said if len(said) <= _LONGEST_IDENTITY else f"{said[:_NAME]}…{said[-_LONGEST_IDENTITY:]}"


def _name(path: bytes) -> str:
    return path.decode(errors="surrogateescape")


def _time(stamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)  # a date no calendar has
