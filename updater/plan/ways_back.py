"""How a way back is delivered that nobody has ordered, beside what is proposed there. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.model import (
    HUMAN,
    Decision,
    Hold,
    Outcome,
    Placement,
    Promote,
    PushBase,
    PushVerdicts,
    Ruling,
    WayBack,
)
from updater.reasons import hold_reasons
from updater.situation import PlacementState


def is_pushed(decision: Decision, state: PlacementState) -> bool:
    """As its environment delivers, unless it goes back by itself: then as was decided."""
    way = _way(decision)
    return way.result == "goes" if way is not None else state.policy.deliver == "push"


def beside_the_way_back(decision: Decision) -> Decision:
    """What an open candidate is judged by meanwhile: nothing new comes, and what is shown stays judged."""
    way = _way(decision)
    if way is None:
        return decision
    reason = Ruling(hold_reasons.WAY_BACK, False, way.sentence)
    return Hold(decision.placement, decision.current, (reason,), considered=(), shown=decision.shown)


def refused_ways_back(outcomes: Sequence[Outcome]) -> frozenset[Placement]:
    """What the host would not take by push: not what it could not be reached for."""
    drafts = (
        draft
        for outcome in outcomes
        if outcome.refused and isinstance(outcome.step, PushBase)
        for draft in outcome.step.update.drafts
    )
    return frozenset(
        draft.placement for draft in drafts if draft.rollback is not None and draft.rollback.by != HUMAN
    )


def records_failure(outcomes: Sequence[Outcome]) -> bool:
    """It stands on record now that something has failed."""
    steps = (one.step for one in outcomes if one.error is None and isinstance(one.step, PushVerdicts))
    return any(verdict.result == "failed" for step in steps for verdict in step.verdicts)


def _way(decision: Decision) -> WayBack | None:
    asked = decision.request if isinstance(decision, Promote) else None
    return asked.automatic if asked is not None else None
