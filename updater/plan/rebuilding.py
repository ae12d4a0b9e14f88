"""Whether an open pull request of ours has to be written anew, on the base as it is now. Pure."""

from __future__ import annotations

from updater.model import (
    BranchRules,
    BranchRulesOf,
    CommitStatus,
    ConflictOf,
    Decision,
    Proposal,
    ReviewsOf,
    ReviewState,
    StatusOf,
)
from updater.plan.merging import shows
from updater.plan.our_pull_request import OurPullRequest
from updater.situation import PlacementState, Situation


def no_longer_applies(ours: OurPullRequest, whole: Proposal) -> bool:
    """Not without a person, not where the pins are now, or not as the base demands it."""
    branch, listed, situation = ours.base_branch, ours.listed, ours.situation
    if any(shown.outdated for _, shown in listed):
        return True
    if any(_needs_rebase(each.decision, shown, each.state, situation, branch) for each, shown in listed):
        return True
    question = ConflictOf(ours.base, whole.pull_request.head)
    behind = any(shown.behind for _, shown in listed)
    return behind and situation.answers.get(question) is True


def _needs_rebase(
    decision: Decision, proposal: Proposal, state: PlacementState, situation: Situation, branch: str
) -> bool:
    """Approved and green, and only the base that it stands on is too old for the forge to merge it."""
    if not (shows(decision, proposal) and proposal.exact) or proposal.fork in {None, situation.base}:
        return False
    if not _demands_the_newest(situation, branch):
        return False
    reviews = situation.answers.get(ReviewsOf(proposal.pull_request.number))
    status = situation.answers.get(StatusOf(proposal.pull_request.head))
    if not isinstance(reviews, ReviewState) or not isinstance(status, CommitStatus):
        return False
    agreed = reviews.approved or state.policy.pull_request.auto_merge
    return reviews.mergeable == "behind" and agreed and status.state == "success"


def _demands_the_newest(situation: Situation, branch: str) -> bool:
    """Where nobody is told, what the forge says of each one tells: it calls none `behind` otherwise."""
    rules = situation.answers.get(BranchRulesOf(branch))
    return isinstance(rules, BranchRules) and rules.up_to_date is not False
