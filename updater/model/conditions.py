"""Standing truths about what runs: said wherever an app is shown, while they are true. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from updater.model.names import Placement
from updater.value_class import value_class

ASKED_EVERY = timedelta(hours=1)
"""How long it is enough to know where a running tag pointed."""


@value_class
class ConditionKind:
    """One of the truths. Its code is published, in JSON, logs and metrics, and never changes."""

    code: str
    meaning: str
    """A sentence for the documentation."""
    event: str = ""
    """Under which name people are told of it, where that is another than the code."""
    adjective: str = ""
    """What an app is while it is true, where that is another than the code: it "is no longer alerting"."""

    def __str__(self) -> str:
        return self.code


BEHIND_A_ROLLBACK = ConditionKind(
    "behind_a_rollback", "An environment before this one has rolled back the tag that runs here."
)
FAILED = ConditionKind(
    "failed", "The tag that runs failed its verification, here or in an environment that comes after this."
)
FIRES_NOW = ConditionKind("fires_now", "An alert fires that is about the app.", adjective="alerting")
MOVED = ConditionKind(
    "moved",
    "In the registry the tag points to another image than when it was bumped: new pods run something else.",
)
GONE = ConditionKind("gone", "The tag is no longer in the registry: new pods cannot pull it.")
FORBIDDEN = ConditionKind(
    "forbidden", "The environment forbids tags like the one that runs.", event="violation"
)
CONDITIONS = (FAILED, BEHIND_A_ROLLBACK, FIRES_NOW, MOVED, GONE, FORBIDDEN)
"""What somebody has to look at first comes first."""


def adjective_of(code: str) -> str:
    """Also of a kind that a newer version knew."""
    adjectives = {kind.code: kind.adjective for kind in CONDITIONS if kind.adjective}
    return adjectives.get(code, code.replace("_", " "))


@value_class
class Condition:
    """One that is true of an app in an environment."""

    kind: ConditionKind
    placement: Placement
    tag: str
    """What runs."""
    sentence: str
    command: str
    """What helps, for a person."""
    key: str
    """Tells it from another of its kind there: a moved tag that moves again is another."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What a message about it may name, beside the tag, the sentence and the command."""


@value_class
class SeenDigest:
    """Where a running tag pointed when it was last looked at."""

    digest: str | None
    """None: there was no such tag."""
    read: datetime | None
    """When that was so; None: it could never be read."""
    asked: datetime
    """When it was last asked for, also in vain."""


@value_class
class WhatRuns:
    """What is true of all that runs of one deploy repository."""

    conditions: tuple[Condition, ...] = ()
    unjudged: frozenset[tuple[Placement, ConditionKind]] = frozenset()
    """What nobody can say now: what was true before may still be."""
    mistakes: tuple[str, ...] = ()
    """Of ours, in finding it out."""
