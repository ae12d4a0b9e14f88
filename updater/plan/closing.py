"""When an open pull request of ours is over, and what closes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.model import ClosePullRequest, DeleteBranch, Proposal, Step
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.replacing import is_obsolete


def why_over(ours: OurPullRequest, whole: Proposal) -> str | None:
    """Why it has to be closed. What people have pushed to is theirs, and what they asked for, too."""
    if whole.edited or ours.is_asked:
        return None
    listed = ours.listed
    if (
        listed
        and len(listed) == len(ours.tags_of(whole))
        and all(is_obsolete(member.state) for member, _ in listed)
    ):
        runs = "all of it" if ours.shared else ours.members[0].decision.current
        return f"{ours.placement.environment} already runs {runs}"
    if not ours.shared or any(member.state.shares(ours.branch) for member in ours.members):
        return None
    if messages.is_of_environment(ours.branch):
        return "the config gives every app a pull request of its own"
    return f"by the config {ours.placement.app} no longer has both images and charts"


def closing_steps(ours: OurPullRequest, whole: Proposal, why: str) -> Iterator[Step]:
    pull = whole.pull_request
    body = messages.closed_body(pull.body, whole.marker, why, ours.situation.longest.body)
    where = (ours.situation.repository, ours.placement, pull.number, pull.branch)
    yield ClosePullRequest(*where, body, why)
    yield DeleteBranch(ours.situation.repository, pull.branch, pull.head)
