"""To ask how two commits get along, and what one of them changes. I/O."""

from collections import OrderedDict
from dataclasses import dataclass, field

from updater.adapters.git.commands import Commands, GitFailed
from updater.errors import Refused, Unavailable

_REMEMBERED = 10_000
_CONFLICT = 1
_USAGE = 129
_UNRELATED = "refusing to merge unrelated histories"


@dataclass(slots=True)
class Relations:
    commands: Commands
    url: str
    seconds: float
    _known: OrderedDict[tuple[str, str], bool] = field(default_factory=OrderedDict)

    def conflicts(self, base: str, head: str) -> bool:
        """Raises Unavailable, Refused or GitFailed. What two commits say of each other never changes."""
        key = (base, head)
        if key not in self._known:
            self._known[key] = self._merge(base, head)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]

    def changed_paths(self, sha: str) -> tuple[str, ...]:
        """Raises Unavailable or GitFailed."""
        self._require(sha)
        words = ("-r", "-z", "--root", "--no-commit-id", "--name-only", "--no-renames")
        first = "--diff-merges=first-parent"
        with self.commands.stream("diff-tree", *words, first, sha, seconds=self.seconds) as running:
            return tuple(name.decode(errors="surrogateescape") for name in running.tokens())

    def forget(self) -> None:
        self._known.clear()

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
                    code="commit_missing",
                )


def _judged(failure: GitFailed) -> bool:
    if failure.status == _CONFLICT or _UNRELATED in failure.said:
        return True
    if failure.status == _USAGE:
        raise Refused("This git cannot try a merge by itself: install git 2.38 or newer.", code="git_too_old")
    raise failure
