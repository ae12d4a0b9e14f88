"""To ask how two commits get along, and in what they differ. I/O.

What two commits say of each other never changes, so it is asked once.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from updater.adapters.git.commands import Commands, GitFailed
from updater.errors import Refused, Unavailable
from updater.model import FileChange
from updater.reasons import failure_reasons

T = TypeVar("T")
_Pair = tuple[str, str]
_REMEMBERED = 10_000
_CONFLICT = 1
_USAGE = 129
_UNRELATED = "refusing to merge unrelated histories"


@dataclass(slots=True)
class CommitComparer:
    commands: Commands
    url: str
    seconds: float
    _merges: OrderedDict[_Pair, bool] = field(default_factory=OrderedDict)
    _differences: OrderedDict[_Pair, tuple[FileChange, ...]] = field(default_factory=OrderedDict)

    def conflicts(self, base: str, head: str) -> bool:
        """Raises Unavailable, Refused or GitFailed."""
        return _remembered(self._merges, (base, head), lambda: self._merge(base, head))

    def changes(self, old: str, new: str) -> tuple[FileChange, ...]:
        """Raises Unavailable or GitFailed."""
        return _remembered(self._differences, (old, new), lambda: self._differ(old, new))

    def forget(self) -> None:
        self._merges.clear()
        self._differences.clear()

    def _differ(self, old: str, new: str) -> tuple[FileChange, ...]:
        words = ("--raw", "-r", "-z", "--no-abbrev", "--no-renames", "--end-of-options")
        try:
            with self.commands.stream("diff-tree", *words, old, new, seconds=self.seconds) as running:
                tokens = iter(list(running.tokens()))
        except GitFailed:
            self._require(old, new)
            raise
        return tuple(_change(words, path) for words, path in zip(tokens, tokens, strict=True))

    def _merge(self, base: str, head: str) -> bool:
        self._require(base, head)
        try:
            self.commands.run("merge-tree", "--write-tree", "--no-messages", base, head, seconds=self.seconds)
        except GitFailed as failure:
            return _judged(failure)
        return False

    def _require(self, *shas: str) -> None:
        """A commit the clone has not got is no damage of the clone."""
        given = "".join(f"{sha}^{{commit}}\n" for sha in shas).encode()
        told = self.commands.run("cat-file", "--batch-check", given=given, seconds=self.seconds).output
        for sha, line in zip(shas, told.splitlines(), strict=True):
            if line.endswith(" missing"):
                raise Unavailable(
                    f"The clone of {self.url} has not got the commit {sha[:12]}; a later pass fetches again.",
                    reason=failure_reasons.COMMIT_MISSING,
                )


def _remembered(known: OrderedDict[_Pair, T], pair: _Pair, ask: Callable[[], T]) -> T:
    if pair not in known:
        known[pair] = ask()
        while len(known) > _REMEMBERED:
            known.popitem(last=False)
    return known[pair]


def _change(words: bytes, path: bytes) -> FileChange:
    """`:<mode> <mode> <blob> <blob> <letter>`; no file is all zeros."""
    _, _, old, new, _ = words.decode().split()
    name = path.decode(errors="surrogateescape")
    return FileChange(name, old if old.strip("0") else None, new if new.strip("0") else None)


def _judged(failure: GitFailed) -> bool:
    if failure.status == _CONFLICT or _UNRELATED in failure.said:
        return True
    if failure.status == _USAGE:
        raise Refused(
            "This git cannot try a merge by itself: install git 2.38 or newer.",
            reason=failure_reasons.GIT_TOO_OLD,
        )
    raise failure
