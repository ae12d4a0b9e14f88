"""To notice that another process does our work under our name: by what it has written. Pure.

Nobody announces itself, since a quiet pass writes nothing. But a commit with our identity and trailer that
came after we began to look, follows no person's order and is not of this process, was made by such a one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from updater import messages
from updater.interpret.branch_history import BranchHistory
from updater.model import AnotherUpdater, Commit, Placement
from updater.situation import PlacementState, Situation

LASTS = timedelta(hours=1)
"""So long after its last commit another updater is spoken of."""
_OLD = timedelta(minutes=10)
"""What is dated so long before we began to look only came to light now: a branch that somebody restored."""


def bumps(past: BranchHistory | None, states: Mapping[Placement, PlacementState]) -> frozenset[str]:
    """The commits on the base and on proposals' branches that only we make, and that no person asked for.

    On the base those that are pushed there: what a forge makes of a merged pull request may look like ours.
    """
    return frozenset(_bumps(past, states)) if past is not None else frozenset()


def _bumps(past: BranchHistory, states: Mapping[Placement, PlacementState]) -> Iterator[str]:
    for commit, placements in past.ours:
        known = [states[placement].policy.deliver for placement in placements if placement in states]
        wanted = "push" if past.on_base(commit.sha) else "pull-request"
        asked = messages.was_asked_for(commit.message) or messages.read_rollbacks(commit.message)
        if wanted in known and not asked:
            yield commit.sha


@dataclass
class AnotherUpdaterWatch:
    """What one process remembers of its own writes, from pass to pass over one repository."""

    _seen: frozenset[str] | None = None
    """None: it has not looked yet."""
    _began: datetime | None = None
    _last: AnotherUpdater | None = None

    def look(self, situation: Situation, is_mine: Callable[[str], bool]) -> AnotherUpdater | None:
        """Whom we know of now; `is_mine` says of a commit whether this process has made it."""
        if situation.base is None:
            return self._last
        before, began = self._seen, self._began or situation.now
        self._seen, self._began = situation.bumps, began
        if before is not None:
            new = (situation.commits[sha] for sha in situation.bumps - before if not is_mine(sha))
            found = max((commit for commit in new if commit.time >= began - _OLD), key=_when, default=None)
            if found is not None:
                self._last = AnotherUpdater(found.sha, found.subject, situation.now)
        if self._last is not None and situation.now - self._last.seen > LASTS:
            self._last = None
        return self._last


def _when(commit: Commit) -> tuple[datetime, str]:
    return commit.time, commit.sha
