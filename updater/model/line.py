"""A stopped line: nothing goes forward in a whole repository. Pure values."""

from __future__ import annotations

from datetime import datetime

from updater.value_class import value_class


@value_class
class StoppedLine:
    """By a person's `hold --all`, or since so many apps have gone back."""

    why: str
    """In words, without an end: a person's own, or what has gone back."""
    until: datetime | None
    """When it goes on by itself; None: not by itself."""
    since: datetime | None = None
    """When the last of the apps went back; None: a person has stopped it."""
    by: str | None = None
    """The person, where one has stopped it and said who."""
    apps: tuple[str, ...] = ()
    """What has gone back, the first first; empty where a person has stopped it."""

    @property
    def by_hand(self) -> bool:
        return not self.apps
