"""Whether our clock may be trusted. Pure."""

from __future__ import annotations

from collections.abc import Mapping

SKEW = 120.0
"""Seconds our clock may be off before nothing that goes by the time passes."""


def clock_skew(offsets: Mapping[str, float]) -> tuple[str, float] | None:
    """The server closest to us, if even that one is too far off: a single server may be wrong itself."""
    closest = min(offsets.items(), key=lambda told: abs(told[1]), default=None)
    return closest if closest is not None and abs(closest[1]) > SKEW else None
