"""When people had recorded that something may not move: the holds file, version by version. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from updater import holds
from updater.holds import Everything, Holds, HoldsUnreadable
from updater.interpret.active_holds import read_holds
from updater.interpret.branch_history import BranchHistory
from updater.interpret.pin_cache import PinCache
from updater.model import HoldPeriod, Placement, Snapshot

VERSIONS = 100
"""The latest of the file; each is read once."""
BYTES = 1 << 20
"""And so many bytes of these: they are only drawn, and reading a large one takes a second."""

_About: TypeAlias = tuple[str | None, str | None]
"""App and environment; None: all of them."""


@dataclass
class HoldHistory:
    """What was recorded, by whom it was about."""

    now: datetime
    _ended: dict[_About, list[HoldPeriod]] = field(default_factory=dict)
    _open: dict[_About, tuple[datetime, Everything]] = field(default_factory=dict)

    @property
    def is_timed(self) -> bool:
        """One that nobody has lifted ends by itself."""
        return any(hold.until is not None for _, hold in self._open.values())

    def of(self, placement: Placement) -> tuple[HoldPeriod, ...]:
        """Oldest first."""
        app, environment = placement.app, placement.environment
        about: Sequence[_About] = [(app, environment), (app, None), (None, None)]
        found = [each for one in about for each in (*self._ended.get(one, ()), *self._lasting(one))]
        return tuple(sorted(found, key=lambda each: each.since))

    def take(self, since: datetime, said: Mapping[_About, Everything]) -> None:
        """From then on that is recorded, and nothing else."""
        for about, (began, hold) in list(self._open.items()):
            if said.get(about) != hold:
                self._ended.setdefault(about, []).append(_told(began, hold, since))
                del self._open[about]
        for about, hold in said.items():
            if about not in self._open and (hold.until is None or hold.until > since):
                self._open[about] = since, hold

    def _lasting(self, about: _About) -> Iterator[HoldPeriod]:
        if about in self._open:
            yield _told(*self._open[about], self.now, lifted=False)


def _told(since: datetime, hold: Everything, end: datetime, *, lifted: bool = True) -> HoldPeriod:
    """It ended by itself where its own end came first."""
    over = hold.until is not None and hold.until <= end
    until = hold.until if over else end if lifted else None
    return HoldPeriod(since, until, hold.why, hold.by)


def hold_history(snapshot: Snapshot, past: BranchHistory | None, cache: PinCache) -> HoldHistory:
    """A version that nobody can read changes nothing here."""
    found = HoldHistory(snapshot.now)
    for since, text in _versions(past, cache) if past else ():
        try:
            found.take(since, dict(_entries(read_holds(text))))
        except HoldsUnreadable:
            continue
    return found


def _versions(past: BranchHistory, cache: PinCache) -> Sequence[tuple[datetime, bytes | None]]:
    """The latest that were not too large to be read, oldest first; None: there was no file."""
    found, left = list[tuple[datetime, bytes | None]](), BYTES
    for since, blob in list(past.versions(holds.PATH))[: -VERSIONS - 1 : -1]:
        text = cache.text(blob) if blob else None
        left -= len(text or b"")
        if left < 0:
            break
        if text is not None or blob is None:
            found.append((since, text))
    return found[::-1]


def _entries(said: Holds) -> Iterator[tuple[_About, Everything]]:
    yield from (((hold.app, hold.environment), hold) for hold in said.holds)
    if said.all is not None:
        yield (None, None), said.all
