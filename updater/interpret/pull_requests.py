"""Which pull requests are ours, and what their fate says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from updater import messages
from updater.model import Marker, Placement, Proposal, PullRequest


class Authorship(Protocol):
    def is_ours(self, sha: str) -> bool: ...


def proposal_of(
    pulls: Iterable[PullRequest], placement: Placement, instance: str, base: str, past: Authorship | None
) -> Proposal | None:
    """Our open pull request for this app in this environment."""
    for pull in pulls:
        marker = _ours(pull, placement, instance)
        if marker is not None and pull.state == "open" and pull.base == base:
            return Proposal(pull, marker, edited=past is not None and not past.is_ours(pull.head))
    return None


def asked_of(
    pulls: Iterable[PullRequest], placement: Placement, instance: str, base: str, past: Authorship | None
) -> Proposal | None:
    """Our open pull request for what a person asked for by name."""
    for pull in pulls:
        marker = (
            _named(pull, placement, instance) if pull.branch == messages.asked_branch(placement) else None
        )
        if marker is not None and pull.state == "open" and pull.base == base:
            return Proposal(pull, marker, edited=past is not None and not past.is_ours(pull.head))
    return None


def rejected_by(pulls: Iterable[PullRequest], placement: Placement, instance: str) -> frozenset[str]:
    """The tags somebody said no to by closing; what we closed ourselves says why in its marker."""
    markers = (_ours(pull, placement, instance) for pull in pulls if pull.state == "closed")
    return frozenset(marker.tag for marker in markers if marker is not None and marker.closed is None)


def _ours(pull: PullRequest, placement: Placement, instance: str) -> Marker | None:
    """Anybody can copy a marker into a body: only our branch in the same repository makes it ours."""
    return _named(pull, placement, instance) if pull.branch == messages.branch(placement) else None


def _named(pull: PullRequest, placement: Placement, instance: str) -> Marker | None:
    marker = messages.read_marker(pull.body) if pull.same_repository else None
    named = (instance, *placement)
    return marker if marker and (marker.instance, marker.environment, marker.app) == named else None
