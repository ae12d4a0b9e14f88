"""Which promotions a plan writes nothing for: they wait for people, or for room. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from updater.model import (
    Decision,
    OpenPullRequest,
    Placement,
    Plan,
    Promote,
    PushBase,
    PushBranches,
    RefUpdate,
    UpdatePullRequest,
)
from updater.situation import PlacementState, Situation


def idle_promotions(plan: Plan, decisions: Sequence[Decision], situation: Situation) -> frozenset[Placement]:
    """Neither committed nor written into a pull request by it, as where people have approved an older tag."""
    written = {made.placement for update in _updates(plan) for made in update.drafts}
    branches = {step.branch for step in plan.steps if isinstance(step, OpenPullRequest | UpdatePullRequest)}
    return frozenset(
        decision.placement
        for decision in decisions
        if isinstance(decision, Promote)
        and decision.placement not in written
        and branches.isdisjoint(_branches(situation.states[decision.placement]))
    )


def _branches(state: PlacementState) -> set[str]:
    """Where it is proposed from, and where it has been."""
    shown = {state.proposal.pull_request.branch} if state.proposal is not None else set[str]()
    return {state.branch, *shown}


def _updates(plan: Plan) -> Iterator[RefUpdate]:
    for step in plan.steps:
        if isinstance(step, PushBase):
            yield step.update
        elif isinstance(step, PushBranches):
            yield from step.updates
