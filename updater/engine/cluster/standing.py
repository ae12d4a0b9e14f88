"""How the database stands, as people are told it: in the log once, on the page for as long as it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from updater.engine import Outage
from updater.engine.cluster.database import Database
from updater.engine.cluster.inspection import POOLED
from updater.errors import UpdaterError

log = structlog.get_logger()

_AWAY = (
    "passes begin again by themselves once it lets us in; until then those that run go on, and what is "
    "knocked for is kept: see that PostgreSQL runs, that it can be reached, and that user and password are "
    "right; `updater doctor` tries it"
)
_TO_MEND = "passes begin again by themselves once that is mended"


@dataclass
class DatabaseStanding:
    """As one worker finds it. Only the engine's loop asks it anything."""

    database: Database | None = None
    """As it was reached for last."""
    told: Callable[[Outage | None], None] = lambda _outage: None
    """Told of each change."""
    _outage: Outage | None = None
    _bug: str | None = None
    """What was tripped over while something was said; as last logged."""

    def reached(self, worker: str, *, pooled: bool) -> None:
        log.info("database_reached", worker=worker, pooled=pooled)
        if pooled:
            log.warning("database_pooled", why=POOLED)
        self._change(None)

    def answers(self) -> None:
        """Again, or still."""
        if self._outage is not None:
            self._change(None)

    def away(self, error: BaseException) -> None:
        """Logged once while it says the same."""
        outage = self._found(error)
        if self._outage is None or self._outage.why != outage.why:
            log.warning("database_away", why=outage.why, then=outage.then)
            self._change(outage)

    def tripped(self, error: Exception) -> None:
        """Logged once while it is the same."""
        if (why := type(error).__name__) != self._bug:
            self._bug = why
            log.error("engine_tripped", why=why, exc_info=error)

    def why(self, error: BaseException) -> str:
        """What went wrong, in a line without the password."""
        return self.database.why(error) if self.database else type(error).__name__

    def _found(self, error: BaseException) -> Outage:
        since = self._outage.since if self._outage else datetime.now(UTC)
        if isinstance(error, UpdaterError):  # its sentence says what to do
            return Outage(since, error.sentence, _TO_MEND)
        user = self.database.user if self.database else "the database"
        return Outage(since, f"{user}: the database does not answer: {self.why(error)}", _AWAY)

    def _change(self, outage: Outage | None) -> None:
        self._outage = outage
        self.told(outage)
