"""To read blobs and trees from a clone, remembering those in use. I/O."""

from collections import OrderedDict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha1
from sys import intern
from typing import NamedTuple

from updater.adapters.git.commands import Commands, GitFailed, RunningCommand

LARGEST = 8 << 20
"""Bytes; a larger blob is no manifest, and is not read."""
_REMEMBERED = 16 << 20
_LISTINGS = 3
_NO_MODE = "000000"
_KINDS = {"040000": "tree", "160000": "commit"}
"""By mode; all else is a blob."""


class TreeEntry(NamedTuple):
    mode: str
    kind: str
    id: str


class _ListedTree(NamedTuple):
    entries: dict[str, TreeEntry | None]
    also: Container[str]


_NOTHING = _ListedTree({}, ())


@dataclass(slots=True)
class Trees:
    """What stands at the paths asked for, by commit; only the newest commits asked about are remembered."""

    commands: Commands
    seconds: float
    _known: OrderedDict[str, _ListedTree] = field(default_factory=OrderedDict)

    def entries(
        self, commit: str, paths: Collection[str], also: Container[str] = ()
    ) -> Mapping[str, TreeEntry | None]:
        """By path, and by every folder above it; and what there is of those that are `also` asked for."""
        wanted, known = _with_folders(paths), self._known.get(commit, _NOTHING)
        also = known.also if also == () else also
        if wanted - known.entries.keys() or also != known.also:
            asked = wanted | known.entries.keys()
            entries = self._moved_on(commit, asked, also) or self._listed(commit, asked, also)
            known = _ListedTree(entries, also)
        self._known[commit] = known
        self._known.move_to_end(commit)
        while len(self._known) > _LISTINGS:
            self._known.popitem(last=False)
        return known.entries

    def present(self, commits: Collection[str], paths: Collection[str]) -> set[str]:
        """Which of the paths are in any of the commits: one is listed, the others are asked for the rest.

        A name that cannot be asked for so counts as one that is there.
        """
        if not commits:
            return set()
        listed, *others = sorted(commits, key=lambda commit: commit not in self._known)
        entries = self.entries(listed, paths)
        missing = {path for path in paths if entries[path] is None and _is_plain(path)}
        return {*paths} - missing | self._among(others, missing)

    def _among(self, commits: Collection[str], paths: Collection[str]) -> set[str]:
        """A branch of tens of thousands of files is as many lines: hundreds of branches are not listed."""
        asked = [(commit, path) for commit in commits for path in paths]
        if not asked:
            return set()
        lines = _lines([f"{commit}:{path}" for commit, path in asked])
        with self.commands.stream("cat-file", "--batch-check", given=lines, seconds=self.seconds) as running:
            told = zip(asked, running.output, strict=True)
            return {path for (_, path), line in told if not line.endswith(b" missing\n")}

    def _moved_on(
        self, commit: str, wanted: AbstractSet[str], also: Container[str]
    ) -> dict[str, TreeEntry | None] | None:
        """From what is known of another commit: a branch goes on, and few of its files are others then."""
        near = (
            (other, listed)
            for other, listed in reversed(self._known.items())
            if listed.also == also and wanted <= listed.entries.keys()
        )
        other, listed = next(near, (None, _NOTHING))
        if other is None:
            return None
        arguments = ("diff-tree", "-r", "-t", "-z", "--no-renames", other, commit)
        try:
            with self.commands.stream(*arguments, seconds=self.seconds) as running:
                changed = _changed(running.tokens())
        except GitFailed:  # git may have thrown the other one away
            return None
        entries = dict(listed.entries)
        entries.update(
            (path, entry) for path, entry in changed.items() if path in listed.entries or path in also
        )
        return {path: entry for path, entry in entries.items() if entry is not None or path in wanted}

    def _listed(self, commit: str, wanted: set[str], also: Container[str]) -> dict[str, TreeEntry | None]:
        found: dict[str, TreeEntry | None] = dict.fromkeys(wanted)
        arguments = ("ls-tree", "-r", "-t", "-z", "--full-tree", commit)
        with self.commands.stream(*arguments, seconds=self.seconds) as running:
            for line in running.tokens():
                description, _, name = line.partition(b"\t")
                path = name.decode(errors="surrogateescape")
                if path in found or path in also:
                    mode, kind, blob = description.decode().split()
                    found[path] = TreeEntry(intern(mode), intern(kind), blob)
        return found


def _changed(tokens: Iterator[bytes]) -> Mapping[str, TreeEntry | None]:
    """Of what `diff-tree -z` says: what stands at a path now; None: nothing.

    Where a file gives way to a folder of its name, it tells of one that goes and of one that comes. Where it
    breaks off, so does this: how the command ended says so.
    """
    found: dict[str, TreeEntry | None] = {}
    for description, name in zip(tokens, tokens, strict=False):
        _, mode, _, blob, _ = description.decode().split()
        path = name.decode(errors="surrogateescape")
        if mode == _NO_MODE:
            found.setdefault(path, None)
        else:
            found[path] = TreeEntry(intern(mode), _KINDS.get(mode, "blob"), blob)
    return found


def _is_plain(path: str) -> bool:
    return path.isprintable() and not path.startswith(("./", "../"))


def _with_folders(paths: Collection[str]) -> set[str]:
    """Of thousands of paths in a few folders, each folder is looked at once."""
    found, ahead = set(paths), set(paths)
    folders: set[str] = set()
    while ahead:
        ahead = {path[:end] for path in ahead if (end := path.rfind("/")) > 0} - folders
        folders |= ahead
    return found | folders


def above(path: str) -> list[str]:
    """The folders it is in, from the nearest. Of thousands of paths in each pass: texts, not objects."""
    found, end = [], path.rfind("/")
    while end > 0:
        found.append(path[:end])
        end = path.rfind("/", 0, end)
    return found


@dataclass(slots=True)
class Blobs:
    commands: Commands
    seconds: float
    _known: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _size: int = 0

    def remembered(self, ids: Collection[str]) -> dict[str, bytes | None]:
        """As `read`, for blobs that are asked for pass after pass."""
        missing = self.read({blob for blob in ids if blob not in self._known})
        contents = {blob: self._known[blob] if blob in self._known else missing[blob] for blob in ids}
        for blob, data in contents.items():
            if data is not None:
                self._remember(blob, data)
        return contents

    def learn(self, texts: Iterable[bytes]) -> None:
        """What we have just written need not be read back: its id says what it is."""
        for text in texts:
            self._remember(sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest(), text)

    def known(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Those that git need not be asked for."""
        return {blob: self._known[blob] for blob in ids if blob in self._known}

    def read(self, ids: Collection[str]) -> dict[str, bytes | None]:
        """By id; None for one too large to be a manifest. Raises GitFailed."""
        small = [blob for blob, size in self.sizes(ids).items() if size <= LARGEST]
        return {**dict.fromkeys(ids), **self._contents(small)}

    def sizes(self, ids: Collection[str]) -> dict[str, int]:
        """Asked first: git takes a whole object into its memory to show it."""
        if not ids:
            return {}
        with self.commands.stream(
            "cat-file", "--batch-check", given=_lines(ids), seconds=self.seconds
        ) as running:
            return dict(map(_described, running.output))

    def _contents(self, ids: Collection[str]) -> dict[str, bytes]:
        if not ids:
            return {}
        with self.commands.stream("cat-file", "--batch", given=_lines(ids), seconds=self.seconds) as running:
            return dict(_read(running))

    def forget(self) -> None:
        self._known.clear()
        self._size = 0

    def _remember(self, blob: str, data: bytes) -> None:
        self._size += 0 if blob in self._known else len(data)
        self._known[blob] = data
        self._known.move_to_end(blob)
        while self._size > _REMEMBERED:
            self._size -= len(self._known.popitem(last=False)[1])


def _lines(ids: Collection[str]) -> bytes:
    return "".join(f"{blob}\n" for blob in ids).encode()


def _described(line: bytes) -> tuple[str, int]:
    """Id and size, of `ID KIND SIZE`."""
    words = line.decode().split()
    if len(words) != len(("id", "kind", "size")):
        raise GitFailed(f"missing object {line.decode().strip()}")
    return words[0], int(words[2])


def _read(running: RunningCommand) -> Iterator[tuple[str, bytes]]:
    while header := running.output.readline():
        blob, size = _described(header)
        yield blob, running.output.read(size)
        running.output.read(1)
