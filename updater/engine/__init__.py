"""Who says when a pass comes, and over which repository: in this process alone, or on many machines.

The one that needs nothing is `embedded`; `cluster` needs PostgreSQL, and is imported only where config asks
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from updater.config import Config
from updater.model import Report
from updater.value_class import value_class


@value_class
class WorkerState:
    """One of the processes that make passes, as it last said of itself."""

    name: str
    version: str
    started: datetime
    seen: datetime
    """When it last said that it is there."""
    running: tuple[str, ...] = ()
    """The repositories it makes a pass over."""
    alive: bool = True


@value_class
class Outage:
    """No pass begins here, for as long as that is so."""

    since: datetime
    why: str
    """What was asked and what came back."""
    then: str
    """What to do."""


class WriteLimits(Protocol):
    """What a process has written to forges, which allow so much to a token, whoever uses it."""

    def writes(self) -> Mapping[str, Sequence[datetime]]:
        """When, since this was asked last, by the host, and the App where there are several."""

    def hear_writes(self, whose: str, writes: Sequence[datetime]) -> None:
        """Others have written then."""


@value_class
class Knock:
    """What somebody has knocked for."""

    images: frozenset[str] = frozenset()
    """As `registry/name`; none: all there is."""

    @property
    def is_whole(self) -> bool:
        return not self.images

    def joined(self, other: Knock | None) -> Knock:
        """What is left to do for both."""
        if other is None:
            return self
        return WHOLE if self.is_whole or other.is_whole else Knock(self.images | other.images)


WHOLE = Knock()


class Engine(Protocol):
    """Passes over the repositories of one config, a repository never two at once."""

    def start(self) -> None:
        """Begin; every repository gets its first pass soon."""

    def trigger(self, name: str, images: Collection[str] = ()) -> None:
        """Have a pass over that repository that begins from now on. Cheap at any rate, from any thread.

        `images`: a pass that lists these, as `registry/name`, will do; none: it has to be a whole one.
        """

    def stop(self, grace: float) -> list[str]:
        """Begin nothing more; wait up to `grace` seconds for what runs here. Returns what still runs."""

    def close(self) -> None:
        """The last act of the process: others may begin what was cut off."""

    def alive(self) -> bool: ...

    def busy(self) -> list[str]:
        """Over which repositories a pass runs here."""

    def publish(self, report: Report) -> None:
        """After a pass of this process, from within it: who shares the work hears of it.

        From then on nothing is heard of that repository that was found before.
        """

    def workers(self) -> Sequence[WorkerState]:
        """All that share the work; none where this process does it alone."""

    def recall(self, repository: str) -> str | None:
        """What was kept of it by whichever worker; None: nothing, or each remembers by itself."""

    def keep(self, repository: str, memory: str) -> None:
        """Remember that of the repository, for all who share the work."""

    def share(self, writes: WriteLimits) -> None:
        """Have the writes of all who share the work count toward one limit; asked before it is started."""

    def watch(self, told: Callable[[Outage | None], None]) -> None:
        """Tell when no pass can begin here, why else, and that it can again; asked before it is started."""


Run = Callable[..., None]
"""One pass over the repository it is given, and only for the images that are given beside it, as
`registry/name`; without them it is a whole one. Raises nothing."""
Heard = Callable[[Report], None]
"""Told each report of another worker, from a thread of the engine's."""
EngineMaker = Callable[[Config, Run, Heard], Engine]
