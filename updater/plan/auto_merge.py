"""The forge's own merging of a pull request of ours: when it is switched on, and off again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.config import Config
from updater.model import CommitStatus, Placement, Proposal, PullRequest, ReviewsOf, ReviewState, SetAutoMerge
from updater.plan.merging import has_merge_queue, is_left_to_people, wants_merge
from updater.plan.our_pull_request import OurPullRequest
from updater.situation import Situation


def auto_merge_steps(
    ours: OurPullRequest, whole: Proposal, status: CommitStatus | None
) -> Iterator[SetAutoMerge]:
    """Off where evidence is lost, on only where no gate can close by the clock.

    What is left to people we never switch on, and what of it we have switched on goes off.
    """
    pull, placement, situation = whole.pull_request, ours.placement, ours.situation
    if whole.edited:
        yield from auto_merge_off(pull, placement, situation, ours.config)
    if not _can_be_told(situation, ours.config) or whole.edited or status is None:
        return
    members = ours.shown_members or ours.members
    settings = members[0].state.policy.pull_request
    timed = any(each.state.policy.is_timed for each in members)
    left = any(is_left_to_people(each.decision) for each in members)
    where = (situation.repository, placement, pull.branch, pull.number, pull.head)
    if (status.state == "failure" or left) and settings.auto_merge and _is_queued_by_us(pull, situation):
        yield SetAutoMerge(*where, None)
    elif pull.auto_merge:
        if status.state == "failure":
            yield SetAutoMerge(*where, None)
        elif timed or left or not settings.auto_merge:
            yield from auto_merge_off(pull, placement, situation, ours.config)
    elif (
        wants_merge(ours, whole) and status.state == "success" and not timed and _is_blocked(pull, situation)
    ):
        yield SetAutoMerge(*where, settings.method)


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
