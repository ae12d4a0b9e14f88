"""To give to others the passes that nobody ends: of workers that have died, and of our own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import structlog

from updater.engine.cluster.shared_state import SharedState

log = structlog.get_logger()


@dataclass
class GivingAway:
    """While one task worker is at it."""

    state: SharedState
    dead_after: float
    """Seconds after which who says nothing is taken for dead."""
    _unended: Mapping[int, str] = field(default_factory=dict)
    """Tasks that the database had for begun here when asked last, and that did not run; their locks."""

    async def look(self, worker: int | None, running: Collection[int]) -> None:
        """`worker`: the number of ours, once it has one. `running`: the tasks whose passes run here."""
        for name in await self.state.reap(self.dead_after):
            log.warning("pass_given_away", repository=name, why="its worker says nothing any more")
        for name in await self.state.give_away(await self._left_over(worker, running)):
            log.warning("pass_given_away", repository=name, why="its end could not be written down here")

    async def _left_over(self, worker: int | None, running: Collection[int]) -> Mapping[int, str]:
        """Tasks of ours that have ended, of which the database was not told: they would keep all others away.

        Between the end of a pass and its being written down lies a moment: only what was so before is over.
        """
        before = self._unended
        begun = await self.state.begun_by(worker) if worker is not None else {}
        self._unended = {task: lock for task, lock in begun.items() if task not in running}
        return {task: lock for task, lock in self._unended.items() if task in before}
