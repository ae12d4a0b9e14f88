"""The writes to forges that workers tell one another, which count toward one limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from updater.engine import WriteLimits
from updater.engine.cluster.shared_state import SharedState


@dataclass
class WriteExchange:
    """Of one worker; only the engine's loop asks it anything."""

    worker: str
    limits: WriteLimits | None = None
    """None: nobody here writes."""
    _unwritten: dict[str, list[datetime]] = field(default_factory=dict)
    """Writes of ours that are not in the database yet, by host."""
    _last: int = 0
    """The number of the last write of another that was heard."""

    async def share(self, state: SharedState) -> None:
        """A second or two late: the limits leave room for as much."""
        if self.limits is None:
            return
        await self._tell(state, self.limits)
        await self._hear(state, self.limits)

    async def _tell(self, state: SharedState, limits: WriteLimits) -> None:
        for host, written in limits.writes().items():
            self._unwritten.setdefault(host, []).extend(written)
        if self._unwritten:
            await state.tell_writes(self.worker, self._unwritten)
            self._unwritten = {}

    async def _hear(self, state: SharedState, limits: WriteLimits) -> None:
        heard: dict[str, list[datetime]] = {}
        for number, host, at in await state.writes_of_others(self.worker, self._last):
            self._last = number
            heard.setdefault(host, []).append(at)
        for host, times in heard.items():
            limits.hear_writes(host, times)
