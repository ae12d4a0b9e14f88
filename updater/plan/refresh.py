"""Whom to tell that there is something new on a base branch: Argo CD, Flux. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.model import Announcement, CallReceiver, Placement, RefreshApplications
from updater.situation import PlacementState, Situation


def refresh_steps(
    situation: Situation, branch: str, placements: Iterable[Placement]
) -> Iterator[Announcement]:
    """After `branch` was pushed or merged, with something new for these; once each."""
    concerned = (state for placement in placements for state in _of(placement, situation))
    policies = [state.policy for state in concerned]
    applications = dict.fromkeys(policy.health.applications for policy in policies if policy.health)
    if applications:
        yield RefreshApplications(situation.repository, branch, tuple(applications))
    for receiver in dict.fromkeys(policy.flux.name for policy in policies if policy.flux):
        yield CallReceiver(situation.repository, branch, receiver)


def _of(placement: Placement, situation: Situation) -> Iterator[PlacementState]:
    """Where its apps share a pull request, the environment as a whole is meant."""
    if placement in situation.states:
        yield situation.states[placement]
        return
    states = (state for name, state in situation.states.items() if name.environment == placement.environment)
    yield from (state for state in states if state.is_grouped)
