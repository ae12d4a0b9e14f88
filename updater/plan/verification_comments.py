"""What a merged pull request of ours is told once its verification has ended, in one comment. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from updater import messages
from updater.model import Comment, DeploymentVerdict
from updater.plan.comments import comment_step
from updater.situation import PlacementState, Situation

FRESH = timedelta(minutes=20)
"""So long it is looked whether it is said: later it is on the page, and no forge is asked in each pass."""


def verification_comments(state: PlacementState, situation: Situation) -> Iterator[Comment]:
    """Of what runs, where our pull request has brought it; what a newer one has cut off is over."""
    found = _ended_lately(state, situation)
    if found is None or found.result == "cut" or state.merged is None:
        return
    pull, placement = state.merged.pull_request, state.policy.placement
    text = messages.verified_comment(found, state.policy.tags.scheme.zone)
    key = f"verified-{placement.app}"  # apps may share a pull request, and each has its word
    step = comment_step(pull, placement, situation, key, text)
    if step is not None:
        yield step


def _ended_lately(state: PlacementState, situation: Situation) -> DeploymentVerdict | None:
    stay = state.timeline.current
    if stay is None or any(each.tag == stay.tag for each in state.timeline.stays[:-1]):
        return None  # it came back, and not by that pull request
    mine = (each for each in reversed(state.verdicts) if each.commit == stay.by)
    found = next(mine, None)
    lately = found is not None and timedelta() <= situation.now - found.written <= FRESH
    return found if lately else None
