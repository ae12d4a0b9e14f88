"""What goes by the time does not pass while our clock and the servers' differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from updater import times
from updater.model import Case, Ruling
from updater.reasons import hold_reasons
from updater.situation import PlacementState


def clock_skew_rulings(case: Case, state: PlacementState) -> Iterator[Ruling]:
    """Say so where a gate of this placement goes by the time."""
    if case.skew is None or not state.policy.is_timed:
        return
    server, ahead = case.skew
    apart = times.format_duration(
        timedelta(minutes=round(abs(ahead) / 60))
    )  # to the minute: seconds would tick
    way = "behind" if ahead > 0 else "ahead of"
    said = f"the clock here is {apart} {way} that of {server}: what goes by the time waits until they agree"
    yield Ruling(hold_reasons.CLOCK_SKEW, False, said, waits=True)
