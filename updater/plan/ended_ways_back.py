"""What becomes of a way back that was proposed by itself, once what failed runs no more. Pure.

A person's order is never closed by us; this one is none, and its green status and its words are true no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.model import (
    ClosePullRequest,
    CommitStatus,
    Decision,
    DeleteBranch,
    Promote,
    Proposal,
    Step,
)
from updater.plan.commit_status import status_step
from updater.plan.replacing import is_queued
from updater.situation import PlacementState, Situation

_SHA = 10
"""Characters of a commit's that a sentence shows."""


def ended_way_back(decision: Decision, state: PlacementState, situation: Situation) -> Iterator[Step]:
    """Closed, its branch with it; where people have pushed to it, opened it or queued it: red, and left."""
    proposal, why = state.asked, _why_over(state, situation)
    if proposal is None or why is None or (isinstance(decision, Promote) and decision.request is not None):
        return
    if (
        proposal.is_of_people
        or proposal.fork is None
        or is_queued(proposal.pull_request, situation) is not False
    ):
        red = CommitStatus("failure", f"over: {why}")
        said = status_step(red, proposal, state.policy.placement, situation)
        yield from [said] if said is not None else []
        return
    yield from _closed(proposal, why, state, situation)


def _why_over(state: PlacementState, situation: Situation) -> str | None:
    """None: it is not, or nobody can say, or it is a person's."""
    proposal, stay = state.asked, state.timeline.current
    if proposal is None or proposal.marker.failed is None or stay is None or stay.tag != state.current:
        return None
    unread = state.trouble or state.unheard or state.verdicts_unread is not None or situation.forced
    left = messages.STOP in proposal.pull_request.labels
    if unread or left or stay.by == proposal.marker.failed:
        return None
    environment, failed = state.policy.placement.environment, proposal.marker.failed
    return f"{environment} runs {stay.tag} by commit {stay.by[:_SHA]}, and not what {failed[:_SHA]} brought"


def _closed(proposal: Proposal, why: str, state: PlacementState, situation: Situation) -> Iterator[Step]:
    pull = proposal.pull_request
    body = messages.closed_body(pull.body, proposal.marker, why, situation.longest.body)
    where = (situation.repository, state.policy.placement, pull.number, pull.branch)
    yield ClosePullRequest(*where, body, why)
    yield DeleteBranch(situation.repository, pull.branch, pull.head)
