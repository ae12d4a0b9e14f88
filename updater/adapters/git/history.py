"""To read the history of some files once, and after that only what is new. I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from updater.adapters.git.commands import Commands, GitFailed
from updater.adapters.git.log_parser import FORMAT, FollowedFiles, records
from updater.adapters.git.objects import Trees
from updater.model import Commit, History

_LOG = (
    "log",
    "--date-order",  # as --topo-order, but lines of history side by side: the old end comes last
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--ignore-submodules=none",
    "--diff-merges=first-parent",
    f"--format={FORMAT}",
)
_OLD_IN_A_ROW = 100
"""One commit with a wrong clock does not end a walk."""
_GROWN = 2


class _Walked(NamedTuple):
    asked: frozenset[str]
    since: datetime
    tips: tuple[str, ...]
    interest: FollowedFiles
    commits: dict[str, Commit]
    complete: bool
    first: int
    """How many commits the first walk found."""


@dataclass(slots=True)
class HistoryReader:
    commands: Commands
    trees: Trees
    seconds: float
    _last: _Walked | None = None
    _told: tuple[_Walked, tuple[str, ...], History] | None = None
    """What was answered last, and of what."""

    def read(self, tips: Sequence[str], paths: Collection[str], since: datetime) -> History:
        """Raises GitFailed."""
        self._last = self._continued(tips, frozenset(paths), since) or self._afresh(
            tips, frozenset(paths), since
        )
        complete = self._last.complete and not self._shallow()
        if self._told is not None and self._told[0] is self._last and self._told[1] == tuple(tips):
            known = self._told[2]
            if known.complete == complete:
                return known
        history = History(_reachable(tips, self._last.commits), complete=complete)
        self._told = self._last, tuple(tips), history
        return history

    def forget(self) -> None:
        self._last = self._told = None

    def _shallow(self) -> bool:
        return (self.commands.folder / "shallow").exists()

    def _continued(self, tips: Sequence[str], paths: frozenset[str], since: datetime) -> _Walked | None:
        """Only what is new since the last walk; None where that does not tell it all."""
        last = self._last
        if last is None or last.asked != paths or not (last.complete or last.since <= since):
            return None
        if len(last.commits) > _GROWN * last.first + _OLD_IN_A_ROW:
            return None
        new = [tip for tip in tips if tip not in last.commits]
        if not new:
            return last
        followed = len(last.interest.paths)
        try:
            commits, _ = self._walk([*new, *(f"^{tip}" for tip in last.tips)], last.interest, None)
        except GitFailed as failure:
            if failure.timed_out:
                raise
            return None  # an old tip is gone for good
        if len(last.interest.paths) > followed:
            return None
        return last._replace(tips=_together(last.tips, tips), commits={**commits, **last.commits})

    def _afresh(self, tips: Sequence[str], paths: frozenset[str], since: datetime) -> _Walked:
        present = self._present(tips, paths)
        interest = FollowedFiles(
            {path.encode(errors="surrogateescape") for path in paths}, dict.fromkeys(present, 0)
        )
        commits, complete = self._walk(tips, interest, since)
        followed = len(paths)
        while len(interest.paths) > followed:  # newer commits were not looked at for a path found by a rename
            followed = len(interest.paths)
            interest = FollowedFiles(interest.paths, dict.fromkeys(present, 0))
            commits, complete = self._walk(tips, interest, since)
        commits = _as_known(commits, self._last.commits if self._last is not None else {})
        return _Walked(paths, since, tuple(tips), interest, commits, complete, len(commits))

    def _present(self, tips: Sequence[str], paths: frozenset[str]) -> set[bytes]:
        """The walk must not go to the very first commit for a file that is nowhere."""
        found = self.trees.present(tips, paths)
        return {path.encode(errors="surrogateescape") for path in found}

    def _walk(
        self, revisions: Sequence[str], interest: FollowedFiles, since: datetime | None
    ) -> tuple[dict[str, Commit], bool]:
        commits: dict[str, Commit] = {}
        old_in_a_row = 0
        with self.commands.stream(*_LOG, "--end-of-options", *revisions, seconds=self.seconds) as running:
            for record in records(running.tokens()):
                commit = interest.commit(record)
                commits[commit.sha] = commit
                old_in_a_row = old_in_a_row + 1 if since and commit.time < since else 0
                if old_in_a_row >= _OLD_IN_A_ROW and not interest.unsettled:
                    running.stop()
                    break
        return commits, _is_whole(commits)


def _together(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))


def _as_known(commits: Mapping[str, Commit], before: Mapping[str, Commit]) -> dict[str, Commit]:
    """The same objects as before where they say the same: who goes by them sees at once what is new."""
    return {sha: known if (known := before.get(sha)) == commit else commit for sha, commit in commits.items()}


def _is_whole(commits: Mapping[str, Commit]) -> bool:
    return all(parent in commits for commit in commits.values() for parent in commit.parents)


def _reachable(tips: Sequence[str], commits: Mapping[str, Commit]) -> Mapping[str, Commit]:
    waiting = [tip for tip in tips if tip in commits]
    seen = set(waiting)
    while waiting:
        parents = [
            parent for parent in commits[waiting.pop()].parents if parent in commits and parent not in seen
        ]
        seen.update(parents)
        waiting.extend(parents)
    return (
        commits
        if len(seen) == len(commits)
        else {sha: commit for sha, commit in commits.items() if sha in seen}
    )
