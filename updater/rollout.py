"""What the syncs of Argo CD say of one tag: when it arrived, and whether it was taken back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from updater.model import Application, Lineage, Stay


def carries(revisions: Iterable[str], stay: Stay, lineage: Lineage) -> bool:
    """At one of these revisions the pins hold what they were set to in this stay."""
    return any(_holds(revision, stay, lineage) for revision in revisions)


def arrived(one: Application, stays: Sequence[Stay], lineage: Lineage) -> datetime | None:
    """When the Application first deployed it in these stays; None: as far as it tells, never."""
    times = (
        entry.at for entry in one.history if any(carries(entry.revisions, stay, lineage) for stay in stays)
    )
    return min(times, default=None)


def taken_back(one: Application, stay: Stay, lineage: Lineage) -> bool:
    """Somebody has rolled it back inside Argo CD: what it deployed next is from before."""
    carrying = [carries(entry.revisions, stay, lineage) for entry in one.history]
    last = max((number for number, does in enumerate(carrying) if does), default=len(carrying))
    return last + 1 < len(carrying) and _goes_back(one.history[last + 1].revisions, stay, lineage)


def _holds(revision: str, stay: Stay, lineage: Lineage) -> bool:
    if not lineage.contains(revision, stay.by):
        return False
    return stay.ended_by is None or not lineage.contains(revision, stay.ended_by)


def _goes_back(revisions: Iterable[str], stay: Stay, lineage: Lineage) -> bool:
    return any(lineage.contains(stay.by, revision) and revision != stay.by for revision in revisions)
