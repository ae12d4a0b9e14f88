"""Whom to tell that there is something new on a base branch: Argo CD, Flux. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.facts import Facts
from updater.model import Announcement, CallReceiver, Placement, RefreshApplications


def announcements(facts: Facts, branch: str, placements: Iterable[Placement]) -> Iterator[Announcement]:
    """After `branch` was pushed or merged, with something new for these; once each."""
    policies = [facts.states[placement].policy for placement in placements]
    applications = dict.fromkeys(policy.health.applications for policy in policies if policy.health)
    if applications:
        yield RefreshApplications(facts.repository, branch, tuple(applications))
    for receiver in dict.fromkeys(policy.flux.name for policy in policies if policy.flux):
        yield CallReceiver(facts.repository, branch, receiver)
