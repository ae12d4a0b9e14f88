"""Who merges a pull request of ours, and when: a pass, the forge's queue, or nobody yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.model import (
    BranchRules,
    BranchRulesOf,
    CommitStatus,
    Decision,
    DeleteBranch,
    MergePullRequest,
    Promote,
    Proposal,
    PullRequest,
    ReviewsOf,
    ReviewState,
    SetAutoMerge,
    Step,
)
from updater.plan.commit_status import is_sound
from updater.plan.our_pull_request import OurPullRequest
from updater.situation import PlacementState, Situation


def merge_steps(ours: OurPullRequest, whole: Proposal, status: CommitStatus | None) -> Iterator[Step]:
    pull, situation = whole.pull_request, ours.situation
    green = status is not None and status.state == "success"
    sound = all(is_sound(shown, each.state, situation) for each, shown in ours.listed)
    if not (green and sound and wants_merge(ours, whole) and _is_mergeable(pull, situation)):
        return
    where = (situation.repository, ours.placement, pull.branch, pull.number, pull.head)
    if has_merge_queue(situation, ours.base_branch):
        yield SetAutoMerge(*where, ours.settings.method)
    else:
        yield MergePullRequest(*where, ours.settings.method)
        yield DeleteBranch(situation.repository, pull.branch, pull.head)


def wants_merge(ours: OurPullRequest, whole: Proposal) -> bool:
    """Asked for by the environment, and all that it lists was judged: of nobody, all is true."""
    listed = ours.listed
    if not listed or {each.app for each, _ in listed} != ours.tags_of(whole).keys():
        return False
    intact = ours.settings.auto_merge and whole.exact and not whole.edited
    return intact and all(_wants_merge(each.decision, each.state, shown) for each, shown in listed)


def _wants_merge(decision: Decision, state: PlacementState, proposal: Proposal) -> bool:
    """Asked for by config, everything passes, and the head is a commit of ours and no other."""
    settings, pull = state.policy.pull_request, proposal.pull_request
    passes = shows(decision, proposal) and isinstance(decision, Promote) and not decision.early
    passes = passes and not is_left_to_people(decision)
    return settings.auto_merge and passes and proposal.exact and not (pull.draft or proposal.edited)


def shows(decision: Decision, proposal: Proposal) -> bool:
    """It is decided to promote just what it shows."""
    return isinstance(decision, Promote) and decision.tag == proposal.marker.tag


def is_left_to_people(decision: Decision) -> bool:
    """Of what it shows, or promotes: only a person may merge that."""
    told = [decision.shown, decision if isinstance(decision, Promote) else None]
    return any(each.left_to_people for each in told if each is not None)


def _is_mergeable(pull: PullRequest, situation: Situation) -> bool:
    """Nothing is missing, as the forge has it, and nobody has put it into a merge queue."""
    reviews = situation.answers.get(ReviewsOf(pull.number))
    return isinstance(reviews, ReviewState) and reviews.mergeable == "clean" and reviews.queued_by is None


def has_merge_queue(situation: Situation, branch: str) -> bool:
    """The forge merges nothing there but by its queue; who tells it to merge, puts one there."""
    rules = situation.answers.get(BranchRulesOf(branch))
    return isinstance(rules, BranchRules) and rules.merge_queue
