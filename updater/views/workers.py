"""Who shares the work, for the page and the API. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.value_class import value_class
from updater.views.shape import Instant, Shape


@value_class
class WorkerShape(Shape):
    """One process that makes passes, as it last said of itself."""

    name: str
    version: str
    started: Instant
    seen: Instant
    """when it last said that it is there"""
    alive: bool
    """false: it says nothing any more, and others take its passes; or none can be heard (`outage`)"""
    running: Sequence[str]
    """the deploy repositories it makes a pass over"""


@value_class
class OutageShape(Shape):
    """No pass begins in the process that was asked, for as long as that is so."""

    since: Instant
    why: str
    """what was asked and what came back"""
    then: str
    """what to do"""


@value_class
class Workers(Shape):
    version: int
    workers: Sequence[WorkerShape]
    """the longest there first; none where one process does the work alone"""
    outage: OutageShape | None
    """null: passes begin"""
