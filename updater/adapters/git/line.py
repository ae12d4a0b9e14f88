"""To say which files the commits have touched by which a branch has moved on. I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from updater.adapters.git.commands import Commands

_MOST = 1000
"""So many commits are looked at; who comes back after more reads all anew."""

_Parents = Mapping[str, Sequence[str]]
"""By commit, oldest last."""


@dataclass(slots=True)
class LineReader:
    commands: Commands
    seconds: float

    def touched(self, old: str, new: str) -> frozenset[str] | None:
        """As RepositoryReader has it. Raises GitFailed.

        Each commit is compared with those of its parents that come after `old`, so that a merge which brings
        an older state back is seen; one beside that line with the parent it grew from.
        """
        parents = self._parents(old, new)
        if len(parents) > _MOST or not _continues(parents, old, new):
            return None
        asked = "".join(f"{line}\n" for line in _comparisons(parents, old))
        return frozenset(self._differences(asked))

    def _parents(self, old: str, new: str) -> _Parents:
        words = ("--parents", "--topo-order", f"--max-count={_MOST + 1}", "--end-of-options")
        listed = self.commands.run("rev-list", *words, new, f"^{old}", seconds=self.seconds).output
        lines = (line.split() for line in listed.splitlines())
        return {sha: parents for sha, *parents in lines}

    def _differences(self, asked: str) -> Iterator[str]:
        words = ("--stdin", "--root", "-c", "-r", "-z", "--name-only", "--no-commit-id", "--no-renames")
        with self.commands.stream("diff-tree", *words, given=asked.encode(), seconds=self.seconds) as running:
            for name in running.tokens():
                yield name.decode(errors="surrogateescape")


def _continues(parents: _Parents, old: str, new: str) -> bool:
    """The first parents of the one lead to the other."""
    sha = new
    while sha != old:
        if not parents.get(sha):
            return False
        sha = parents[sha][0]
    return True


def _comparisons(parents: _Parents, old: str) -> Iterator[str]:
    """Lines for `git diff-tree`: a commit, and what to compare it with; of several, what differs from all."""
    after = {old}
    for sha, its in reversed(list(parents.items())):
        lines = [parent for parent in its if parent in after]
        if lines:
            after.add(sha)
            yield from (f"{sha} {parent}" for parent in lines)
        else:
            yield " ".join([sha, *its])
