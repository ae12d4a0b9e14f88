"""To say what a branch has changed since, where it only went on along its line by commits of our hand. Pure.

Mostly it is the last pass that has pushed. What such commits leave alone is as it was, and has been so since
then: they add to the end of the line, are dated behind all before, and move and make no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from updater import messages
from updater.model import Commit, FileChange, History, Placement
from updater.timeline import SKEW
from updater.value_class import value_class


@value_class
class Touched:
    """What commits have changed, and whom they speak of."""

    paths: frozenset[str]
    placements: frozenset[Placement]


@value_class
class SeenBranch:
    """One branch as a pass has read it."""

    name: str
    refs: Mapping[str, str]
    history: History
    at: datetime
    """When."""

    @property
    def head(self) -> str | None:
        return self.refs.get(f"refs/heads/{self.name}")

    @property
    def record(self) -> str | None:
        return self.refs.get(f"{messages.RECORD}{self.name}")

    @property
    def others(self) -> Mapping[str, str]:
        """All refs but those of the branch itself."""
        own = {f"refs/heads/{self.name}", f"{messages.RECORD}{self.name}"}
        return {ref: sha for ref, sha in self.refs.items() if ref not in own}

    @property
    def is_forced(self) -> bool:
        """It does not contain what we pushed."""
        known = self.history.ancestry(self.head) if self.head is not None else frozenset[str]()
        return self.record is not None and self.record not in known


def touched_since(before: SeenBranch, now: SeenBranch, mail: str) -> Touched | None:
    """None where anything else has happened to the repository, or where the dates tell another story."""
    if before.others != now.others or before.is_forced or now.is_forced:
        return None
    commits = _added(before, now)
    if commits is None or not all(_is_plain(commit, mail) for commit in commits):
        return None
    last = max((commit.time for commit in before.history.commits.values()), default=before.at)
    if not all(max(last, before.at - SKEW) <= commit.time <= now.at for commit in commits):
        return None
    said = (trailer for commit in commits for trailer in messages.read_trailers(commit.message))
    paths = frozenset(change.path for change in _changes(commits))
    return Touched(paths, frozenset(trailer.placement for trailer in said))


def _added(before: SeenBranch, now: SeenBranch) -> Sequence[Commit] | None:
    """Those of one line from the old head to the new one, if nothing else was read than before."""
    found, sha = list[Commit](), now.head
    old, new = before.history, now.history
    while sha != before.head:
        commit = new.commits.get(sha or "")
        if commit is None or commit.sha in old.commits or len(commit.parents) != 1:
            return None
        found.append(commit)
        sha = commit.parents[0]
    if old.complete != new.complete or len(new.commits) != len(old.commits) + len(found):
        return None
    same = all(new.commits.get(sha) is commit for sha, commit in old.commits.items())
    return found if same else None


def _is_plain(commit: Commit, mail: str) -> bool:
    """By our hand, and of files that were there and stay there."""
    changes = commit.changes.values()
    stays = all(change.old and change.new and change.renamed_from is None for change in changes)
    return stays and commit.committer.endswith(f"<{mail}>")


def _changes(commits: Iterable[Commit]) -> Iterator[FileChange]:
    return (change for commit in commits for change in commit.changes.values())
