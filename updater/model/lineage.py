"""Which commit contains which, as far as a branch's history was read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from updater.model.observed import Commit

_MOST = 100
"""Commits of one merge that are looked at."""


class Lineage:
    """One base branch's commits. Remembers what it worked out, which never changes an answer."""

    def __init__(self, commits: Mapping[str, Commit], head: str | None) -> None:
        self._commits = commits
        self._head = head
        self._known: dict[str, frozenset[str]] = {}

    def knows(self, sha: str) -> bool:
        """It was read: it is on the branch, or on one of our proposals' branches."""
        return sha in self._commits

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Equal, or a descendant; False also where the descendant is not among what was read."""
        if descendant == ancestor:
            return True
        low, high = self._positions.get(descendant), self._positions.get(ancestor)
        if low is not None and high is not None:
            return low <= high
        return ancestor in self._ancestry(descendant)

    def brought_by(self, sha: str) -> Iterator[Commit]:
        """That commit; and where it is a merge, the commits it brought to the line, the nearest first."""
        commit = self._commits.get(sha)
        if commit is None:
            return
        yield commit
        ahead, seen = [*commit.parents[1:]], set[str]()
        while ahead and len(seen) < _MOST:
            one = self._commits.get(ahead.pop(0))
            if one is not None and one.sha not in seen and one.sha not in self._positions:
                seen.add(one.sha)
                yield one
                ahead += one.parents

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        """In the first-parent chain, newest first: nearly every question is about two of these."""
        positions: dict[str, int] = {}
        commit = self._commits.get(self._head or "")
        while commit is not None:
            positions[commit.sha] = len(positions)
            commit = self._commits.get(commit.parents[0]) if commit.parents else None
        return positions

    def _ancestry(self, sha: str) -> frozenset[str]:
        if sha not in self._known:
            seen, ahead = set[str](), [sha]
            while ahead:
                one = ahead.pop()
                if one not in seen and one in self._commits:
                    seen.add(one)
                    ahead.extend(self._commits[one].parents)
            self._known[sha] = frozenset(seen)
        return self._known[sha]
