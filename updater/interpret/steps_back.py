"""Where an app went back in an environment, and by whom, as far as commits say so. Pure."""

from __future__ import annotations

from itertools import pairwise

from updater import messages
from updater.model import HUMAN, Lineage, Placement, Rollback, Stay, StepBack, Timeline


def steps_back(placement: Placement, timeline: Timeline, lineage: Lineage) -> tuple[StepBack, ...]:
    """Oldest first. Where no commit says by whom, and makes that very move, it was a person."""
    ends = [*pairwise(timeline.stays), *((stay, None) for stay in timeline.stays[-1:])]
    return tuple(
        StepBack(_told(placement, stay, then, lineage), stay.ended_by, stay.until)
        for stay, then in ends
        if stay.ended == "backwards" and stay.ended_by is not None and stay.until is not None
    )


def _told(placement: Placement, stay: Stay, then: Stay | None, lineage: Lineage) -> Rollback:
    new = then.tag if then is not None and then.by == stay.ended_by else ""
    said = (
        each
        for commit in lineage.brought_by(stay.ended_by or "")
        for each in messages.read_rollbacks(commit.message)
    )
    mine = (each for each in said if (each.placement, each.old, each.new) == (placement, stay.tag, new))
    return next(mine, Rollback(placement, stay.tag, new, HUMAN))
