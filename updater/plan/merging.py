"""Who merges a pull request of ours, and when: a pass, the forge itself, or nobody yet. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.config import Config, Policy
from updater.model import (
    BranchRules,
    BranchRulesOf,
    CommitStatus,
    Decision,
    Placement,
    Promote,
    Proposal,
    PullRequest,
    ReviewsOf,
    ReviewState,
    SetAutoMerge,
    StatusOf,
)
from updater.situation import PlacementState, Situation


def wants_merge(decision: Decision, state: PlacementState, proposal: Proposal) -> bool:
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


def is_mergeable(pull: PullRequest, situation: Situation) -> bool:
    """Nothing is missing, as the forge has it, and nobody has put it into a merge queue."""
    reviews = situation.answers.get(ReviewsOf(pull.number))
    return isinstance(reviews, ReviewState) and reviews.mergeable == "clean" and reviews.queued_by is None


def has_merge_queue(situation: Situation, branch: str) -> bool:
    """The forge merges nothing there but by its queue; who tells it to merge, puts one there."""
    rules = situation.answers.get(BranchRulesOf(branch))
    return isinstance(rules, BranchRules) and rules.merge_queue


def needs_rebase(
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


# --- by the forge itself --------------------------------------------------------------------------------


def auto_merge_steps(
    proposal: Proposal,
    policy: Policy,
    status: CommitStatus | None,
    situation: Situation,
    config: Config,
    *,
    wanted: bool,
    timed: bool,
    left: bool,
) -> Iterator[SetAutoMerge]:
    """The forge's own merging: off where evidence is lost, on only where no gate can close by the clock.

    What is `left` to people we never switch on, and what of it we have switched on goes off.
    """
    pull = proposal.pull_request
    if proposal.edited:
        yield from auto_merge_off(pull, policy.placement, situation, config)
    if not _can_be_told(situation, config) or proposal.edited or status is None:
        return
    where = (situation.repository, policy.placement, pull.branch, pull.number, pull.head)
    merges = policy.pull_request.auto_merge
    if (status.state == "failure" or left) and merges and _is_queued_by_us(pull, situation):
        yield SetAutoMerge(*where, None)
    elif pull.auto_merge:
        if status.state == "failure":
            yield SetAutoMerge(*where, None)
        elif timed or left or not policy.pull_request.auto_merge:
            yield from auto_merge_off(pull, policy.placement, situation, config)
    elif wanted and status.state == "success" and not timed and _is_blocked(pull, situation):
        yield SetAutoMerge(*where, policy.pull_request.method)


def auto_merge_off(
    pull: PullRequest, placement: Placement, situation: Situation, config: Config
) -> Iterator[SetAutoMerge]:
    """Of what is left to people: what we have switched on ourselves goes off, what they have stays."""
    if _can_be_told(situation, config) and pull.auto_merge and situation.is_us(pull.merges_by, pull):
        yield SetAutoMerge(situation.repository, placement, pull.branch, pull.number, pull.head, None)


def _is_blocked(pull: PullRequest, situation: Situation) -> bool:
    reviews = situation.answers.get(ReviewsOf(pull.number))
    return isinstance(reviews, ReviewState) and reviews.mergeable == "blocked" and reviews.queued_by is None


def _is_queued_by_us(pull: PullRequest, situation: Situation) -> bool:
    """Asked only where it may be so: what we put there is taken out where its evidence is lost."""
    tried = any(each.pull_request.number == pull.number for each in situation.queued)
    if not tried and not has_merge_queue(situation, pull.base):
        return False
    reviews = situation.answers.get(ReviewsOf(pull.number))
    return isinstance(reviews, ReviewState) and situation.is_us(reviews.queued_by, pull)


def _can_be_told(situation: Situation, config: Config) -> bool:
    forge = config.forge(situation.repository)
    return forge is not None and forge.capabilities.auto_merge
