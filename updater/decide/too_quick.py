"""Whether builds come faster than they are verified: then hardly any ever is. Pure."""

from __future__ import annotations

from datetime import timedelta

from updater import times
from updater.model import Timeline

_FEW, _LAST = 2, 5
"""How many stays tell it: at least, and at most."""


def outrun(timeline: Timeline, length: timedelta) -> str | None:
    """In words, with what would help; None: they do not, as far as is seen."""
    ran = [one.until - one.since for one in timeline.stays if one.until and one.ended == "newer"][-_LAST:]
    if len(ran) < _FEW or max(ran) >= length:
        return None
    longest = times.format_duration(timedelta(seconds=round(max(ran).total_seconds())))
    return (
        f"of the last {len(ran)} tags that left for a newer one none ran longer than {longest}, and to be "
        f"verified takes {times.format_duration(length)}: hardly any will be; verify for less than {longest}"
    )
