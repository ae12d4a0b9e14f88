"""What the syncs of Argo CD say of one tag: when it arrived, and whether it was taken back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from updater.model import Application, Lineage, Stay

LASTS = timedelta(minutes=5)
"""So long an Application must be Degraded or Missing before that counts as its state."""
SICK = frozenset({"Degraded", "Missing"})


def carries(revisions: Iterable[str], stay: Stay, lineage: Lineage) -> bool:
    """At one of these revisions the pins hold what they were set to in this stay."""
    return any(_holds(revision, stay, lineage) for revision in revisions)


def arrived_at(one: Application, stays: Sequence[Stay], lineage: Lineage) -> datetime | None:
    """When the Application first deployed it in these stays; None: as far as it tells, never."""
    times = (
        entry.at for entry in one.history if any(carries(entry.revisions, stay, lineage) for stay in stays)
    )
    return min(times, default=None)


def deployed_at(
    applications: Sequence[Application], stays: Sequence[Stay], lineage: Lineage
) -> datetime | None:
    """When the last of the Applications deployed it; None: one has not, as far as it tells."""
    times = [arrived_at(one, stays, lineage) for one in applications]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def was_taken_back(one: Application, stay: Stay, lineage: Lineage) -> bool:
    """Somebody has rolled it back inside Argo CD: what it deployed next is from before."""
    carrying = [carries(entry.revisions, stay, lineage) for entry in one.history]
    last = max((number for number, does in enumerate(carrying) if does), default=len(carrying))
    return last + 1 < len(carrying) and _goes_back(one.history[last + 1].revisions, stay, lineage)


def sick_since(one: Application) -> datetime | None:
    """Since when it is Degraded or Missing; where Argo CD does not tell, since it last synced at the most."""
    return (one.health_since or one.finished) if one.health in SICK else None


def is_lasting(one: Application, now: datetime) -> bool:
    """It is so for so long that it is no hiccup."""
    since = sick_since(one)
    return since is not None and since + LASTS <= now


def _holds(revision: str, stay: Stay, lineage: Lineage) -> bool:
    if not lineage.contains(revision, stay.by):
        return False
    return stay.ended_by is None or not lineage.contains(revision, stay.ended_by)


def _goes_back(revisions: Iterable[str], stay: Stay, lineage: Lineage) -> bool:
    return any(lineage.contains(stay.by, revision) and revision != stay.by for revision in revisions)
