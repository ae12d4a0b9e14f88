"""Which pull requests are ours, and what their fate says. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import datetime

from updater import messages
from updater.facts import Stray
from updater.model import Marker, Placement, Proposal, PullRequest


def proposal_of(
    pulls: Iterable[PullRequest], placement: Placement, instance: str, base: str
) -> Proposal | None:
    """Our open pull request for this app in this environment."""
    return _first_open(pulls, messages.branch(placement), placement, instance, base)


def asked_of(pulls: Iterable[PullRequest], placement: Placement, instance: str, base: str) -> Proposal | None:
    """Our open pull request for what a person asked for by name."""
    return _first_open(pulls, messages.asked_branch(placement), placement, instance, base)


def rejected_by(pulls: Iterable[PullRequest], placement: Placement, instance: str) -> frozenset[str]:
    """The tags somebody said no to by closing; what we closed ourselves says why in its marker."""
    return frozenset(tag for tag, _ in _rejections(pulls, placement, instance))


def rejected_when(
    pulls: Iterable[PullRequest], placement: Placement, instance: str
) -> Mapping[str, datetime]:
    """When they were rejected, where the forge says so."""
    said = ((tag, pull.closed) for tag, pull in _rejections(pulls, placement, instance))
    return {tag: closed for tag, closed in said if closed is not None}


def _rejections(
    pulls: Iterable[PullRequest], placement: Placement, instance: str
) -> Iterator[tuple[str, PullRequest]]:
    branch = messages.branch(placement)
    for pull in pulls:
        marker = _marker(pull, branch, placement, instance) if pull.state == "closed" else None
        if marker is not None and marker.closed is None:
            yield marker.tag, pull


def taken_by(pulls: Iterable[PullRequest], placement: Placement, instance: str) -> PullRequest | None:
    """Somebody else's open pull request from the branch that would be ours."""
    for pull in pulls:
        if pull.state == "open" and pull.same_repository and pull.branch == messages.branch(placement):
            marker = messages.read_marker(pull.body)
            if marker is None or marker.instance != instance:
                return pull
    return None


def retargeted(
    pulls: Iterable[PullRequest], placement: Placement, instance: str, base: str
) -> PullRequest | None:
    """Our open pull request for it, if somebody has aimed it at another branch."""
    for branch in (messages.branch(placement), messages.asked_branch(placement)):
        for pull in pulls:
            if pull.state == "open" and pull.base != base and _marker(pull, branch, placement, instance):
                return pull
    return None


def strays(
    pulls: Iterable[PullRequest], known: Container[Placement], instance: str, base: str
) -> Iterator[Stray]:
    """Our open pull requests for what the config does not name, and those aimed at another branch."""
    for pull in pulls:
        marker = messages.read_marker(pull.body) if pull.same_repository else None
        if marker is None or marker.instance != instance or pull.state != "open":
            continue
        placement = Placement(marker.environment, marker.app)
        if pull.branch not in {messages.branch(placement), messages.asked_branch(placement)}:
            continue
        if pull.base != base:
            yield Stray(pull, placement, "retargeted")
        elif placement not in known:
            yield Stray(pull, placement, "unnamed")


def _first_open(
    pulls: Iterable[PullRequest], branch: str, placement: Placement, instance: str, base: str
) -> Proposal | None:
    for pull in pulls:
        marker = _marker(pull, branch, placement, instance)
        if marker is not None and pull.state == "open" and pull.base == base:
            return Proposal(pull, marker)
    return None


def _marker(pull: PullRequest, branch: str, placement: Placement, instance: str) -> Marker | None:
    """Anybody can copy a marker into a body: only our branch in the same repository makes it ours."""
    if not pull.same_repository or pull.branch != branch:
        return None
    marker = messages.read_marker(pull.body)
    named = (instance, *placement)
    return marker if marker and (marker.instance, marker.environment, marker.app) == named else None
