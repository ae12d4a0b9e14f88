"""What is verified after a deployment, and what was found. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from updater.model.names import Image, Placement
from updater.value_class import value_class

VerificationResult: TypeAlias = Literal["verified", "failed", "cut", "unknown"]
"""All was well for the whole span; something was not; a newer promotion cut it off; nobody could watch it."""


@value_class
class DeploymentVerdict:
    """What became of one tag after its deployment: written once, and never recomputed."""

    placement: Placement
    tag: str
    commit: str
    """The sha that brought it: the stay it is about."""
    result: VerificationResult
    since: datetime
    """The sync it counts from."""
    until: datetime
    """When its span ended, or it failed."""
    written: datetime
    """When it was found."""
    seen: tuple[str, ...] = ()
    """What was seen, a sentence each."""
    failed: tuple[str, ...] = ()
    """Which of health, alerts and metrics failed."""
    digests: Mapping[Image, str] = field(default_factory=dict)


@value_class
class Verification:
    """How the deployment of what runs stands now."""

    placement: Placement
    tag: str
    commit: str
    state: Literal["waiting", "verifying"] | VerificationResult
    """`waiting`: it was not synced yet."""
    since: datetime | None = None
    until: datetime | None = None
    """When its span ends."""
    sentences: tuple[str, ...] = ()
