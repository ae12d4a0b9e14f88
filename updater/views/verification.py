"""What was verified after deployments, as people and programs read it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Literal

from updater import times
from updater.model import DeploymentVerdict, Verification
from updater.value_class import value_class
from updater.views.shape import Instant, Shape, read_off


@value_class
class VerificationShape(Shape):
    """How the deployment of what runs stands."""

    tag: str
    commit: str
    """which brought it"""
    state: Literal["waiting", "verifying", "verified", "failed", "cut", "unknown"]
    """`waiting`: it was not synced yet; `cut`: by a newer promotion; `unknown`: nobody could watch it"""
    since: Instant | None
    """the sync it counts from"""
    until: Instant | None
    """when its span ends, or it failed"""
    sentences: Sequence[str]
    """what was seen"""


@value_class
class DeploymentVerdictShape(Shape):
    """What became of one deployment: written once, and never changed."""

    tag: str
    commit: str
    """which brought it"""
    result: Literal["verified", "failed", "cut", "unknown"]
    since: Instant
    """the sync it counts from"""
    until: Instant
    """when its span ended, or it failed"""
    written: Instant
    """when it was found"""
    seen: Sequence[str]
    """what was seen"""
    failed: Sequence[str]
    """which of health, alerts and metrics failed"""


def verification_shape(one: Verification | None) -> VerificationShape | None:
    return read_off(VerificationShape, one) if one is not None else None


def verdict_shapes(verdicts: Sequence[DeploymentVerdict]) -> list[DeploymentVerdictShape]:
    return [read_off(DeploymentVerdictShape, one) for one in verdicts]


def verification_words(one: Verification | VerificationShape, zone: tzinfo | None = None) -> str:
    """In one line: `being verified until 2026-02-02 14:35 KST: all is well`; without a zone, no instant."""
    until = ""
    if zone is not None and one.until is not None:
        until = f" {_till(one.state)} {times.format_time(one.until, zone)}"
    seen = f": {'; '.join(one.sentences)}" if one.sentences else ""
    return f"{_state(one.state)}{until}{seen}"


def result_words(result: str) -> str:
    return _RESULTS[result]


def glance(one: VerificationShape | None) -> str:
    """For who looks at all apps at once; nothing where all is said, or well."""
    said = {"waiting": "to be verified", "verifying": "verifying", "unknown": "unverified"}
    return said.get(one.state, "") if one is not None else ""


_STATES = {"waiting": "to be verified once it is synced", "verifying": "being verified"}
_RESULTS = {
    "verified": "verified",
    "failed": "failed its verification",
    "cut": "left before it was verified",
    "unknown": "not verified: nobody could watch it",
}


def _state(state: str) -> str:
    return {**_RESULTS, **_STATES}[state]


def _till(state: str) -> str:
    return "until" if state in _STATES else "at"
