"""Holds and releases that wait in a pull request: they do nothing yet, and nobody else says so. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from updater import messages
from updater.holds import PATH
from updater.model import Commit, File, PullRequest, Snapshot
from updater.printable import excerpt

_TITLE = 100
"""Characters: people may have written another one."""
_TOLD = 20


def pending_holds(snapshot: Snapshot, commits: Mapping[str, Commit], base: str) -> Iterator[str]:
    """A sentence for each that is open, by number."""
    for pull in islice(_open(snapshot, base), _TOLD):
        said = f"{pull.url} ({excerpt(pull.title, _TITLE)}) counts once it is merged"
        yield f"{said}{_conflict(pull, snapshot, commits)}"


def _open(snapshot: Snapshot, base: str) -> Iterator[PullRequest]:
    ours = (
        each for each in snapshot.pulls if each.same_repository and each.branch.startswith(messages.HOLDS)
    )
    return (each for each in ours if (each.state, each.base) == ("open", base))


def _conflict(pull: PullRequest, snapshot: Snapshot, commits: Mapping[str, Commit]) -> str:
    """Git says whether it is one; that both have changed the file is known without asking."""
    commit, now = commits.get(pull.head), snapshot.files.get(PATH)
    change = commit.changes.get(PATH) if commit is not None else None
    blob = now.blob if isinstance(now, File) else None
    if change is None or blob in {change.old, change.new}:
        return ""
    return f"; {PATH} has changed on {pull.base} since: if that conflicts, give the order again"
