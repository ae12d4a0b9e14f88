"""What goes back, and what becomes of a deployment whose verification failed. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from updater.model.names import Image, Placement
from updater.model.verification import DeploymentVerdict
from updater.value_class import value_class

CHECKS = ("health", "alerts", "metrics")
"""What a deployment may fail by; a verdict is read from where others may write, too."""
HUMAN = "human"
"""By whom a person goes back."""
WayBackResult: TypeAlias = Literal["goes", "proposes", "waits", "told", "nothing_verified", "many_failed"]
"""It goes back by a push; by a pull request, or one that is open already; people are told: because that is
what config says or something forbids more, because nothing was verified there, or because so many fail."""
Origin: TypeAlias = Literal["ours", "asked", "by_hand", "unread"]
"""Who brought what runs: our commit or the merge of our candidate, and nothing more; an order of a person's;
a person's hand, or another bot; that could not be read."""


@value_class
class Rollback:
    """One step back, as its commit says it; to be believed only if the commit makes that move."""

    placement: Placement
    old: str
    new: str
    by: str
    """`human`, or what failed: `verify:alerts+metrics`."""


@value_class
class StepBack:
    """One step back that a branch has seen."""

    rollback: Rollback
    commit: str
    at: datetime


@value_class
class WayBack:
    """What becomes of a deployment whose verification failed, as one pass decides it."""

    failed: DeploymentVerdict
    result: WayBackResult
    sentence: str
    """Why it goes, or does not."""
    command: str
    """What a person would type."""
    target: DeploymentVerdict | None = None
    """What was verified there before, and is gone back to."""
    digests: Mapping[Image, str] = field(default_factory=dict)
    """Of the target."""

    @property
    def placement(self) -> Placement:
        return self.failed.placement

    @property
    def by(self) -> str:
        """As its commit names it."""
        what = [each for each in CHECKS if each in self.failed.failed]
        return f"verify:{'+'.join(what) or 'unknown'}"

    @property
    def moves(self) -> bool:
        """We write something for it in this pass."""
        return self.result in {"goes", "proposes"}
