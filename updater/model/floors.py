"""Rollback floors: what a migration leaves behind. Pure values."""

from __future__ import annotations

from updater.value_class import value_class


@value_class
class RollbackFloor:
    """Once what it is about has run, no older tag than this one can run there."""

    tag: str
    said_by: str
    """Who says so: a file with its line, or an image."""
    why: str | None = None

    @property
    def sentence(self) -> str:
        """Without its subject: `no way back below 20260301-120000: its migration drops a column (…)`."""
        why = f": {self.why}" if self.why else ""
        return f"no way back below {self.tag}{why} ({self.said_by})"


@value_class
class RecordedFloors:
    """What the base's head has recorded of one app in one environment."""

    floors: tuple[RollbackFloor, ...] = ()
    unread: str | None = None
    """Why nobody can tell; then there may be others."""


@value_class
class FloorFindings:
    """What was found between two tags."""

    floors: tuple[RollbackFloor, ...] = ()
    """Those that lie between, the highest first."""
    unread: tuple[str, ...] = ()
    """What could not be read, a sentence each: there may be a floor nobody knows of."""
