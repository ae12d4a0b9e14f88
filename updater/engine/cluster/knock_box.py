"""What was knocked for here, until the database has been told."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from updater.engine import WHOLE, Knock

MOST = 100
"""Images that one pass may be for; beyond that it is a whole one."""


@dataclass
class KnockBox:
    """From any thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _knocks: dict[str, Knock] = field(default_factory=dict)
    """By repository."""

    def put(self, repository: str, knock: Knock) -> bool:
        """Whether there was less in it before."""
        with self._lock:
            before = self._knocks.get(repository)
            joined = knock.joined(before)
            self._knocks[repository] = joined if len(joined.images) <= MOST else WHOLE
            return self._knocks[repository] != before

    def put_back(self, knocks: Mapping[str, Knock]) -> None:
        """What could not be told."""
        for repository, knock in knocks.items():
            self.put(repository, knock)

    def take(self) -> dict[str, Knock]:
        """Who knocks from now on may come too late for the pass that what is taken brings."""
        with self._lock:
            taken, self._knocks = self._knocks, {}
            return taken
