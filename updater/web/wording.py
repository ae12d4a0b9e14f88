"""How cells, ages and instants are said on the page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from updater import times
from updater.views.conditions import sentence
from updater.views.status import CellShape

_UNITS = ((86_400, 3_600), (60, 60))
"""From so many seconds on, only so many are told apart."""


def word(cell: CellShape) -> str:
    """Why, in a few words: the stable codes, read out, where they say more than the state."""
    said = ", ".join(code.replace("_", " ") for code in codes(cell))
    return "" if said == cell.condition else said


def codes(cell: CellShape) -> Sequence[str]:
    """Of what makes it as bad as it is: a failure, what is true of what runs, or else why it holds."""
    if cell.error:
        return ["not_written"]
    if cell.conditions and cell.condition != "failing":
        return list(dict.fromkeys(each.condition for each in cell.conditions))
    return list(dict.fromkeys(cell.codes))


def sentences(cell: CellShape) -> Sequence[str]:
    """The same, with the commands that help."""
    if cell.error:
        return [cell.error]
    if cell.conditions and cell.condition != "failing":
        return [sentence(each) for each in cell.conditions]
    return [cell.why or ""]


def ago(instant: datetime, now: datetime) -> str:
    """`3h12m`: the two largest units."""
    return short(max(now - instant, timedelta()))


def ahead(instant: datetime, now: datetime) -> str:
    """`in 12m`."""
    left = instant - now
    return f"in {short(left)}" if left > timedelta() else "now"


def short(length: timedelta) -> str:
    """To the two largest units; seconds only within the first minute."""
    seconds = int(length.total_seconds())
    return times.format_duration(timedelta(seconds=_cut(seconds)))


def _cut(seconds: int) -> int:
    """Days with hours, hours with minutes, minutes alone, and then seconds."""
    unit = next((unit for least, unit in _UNITS if seconds >= least), 1)
    return seconds - seconds % unit


def clock(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """`15:05 KST` today, `Tue 3 Feb 10:00 KST` on another day."""
    then = instant.astimezone(zone)
    day = "" if then.date() == now.astimezone(zone).date() else f"{then:%a} {then.day} {then:%b} "
    return f"{day}{then:%H:%M %Z}"
