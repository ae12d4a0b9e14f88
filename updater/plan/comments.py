"""What people have to hear of a pull request of ours, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater import messages
from updater.model import Comment, CommentsOf, Placement, Proposal, PullRequest
from updater.plan.commit_status import withdrawn_evidence
from updater.plan.our_pull_request import OurPullRequest
from updater.plan.replacing import is_queued, is_settled
from updater.situation import Situation

OVER = frozenset({"unjudged", "stray", "renamed", "retargeted", "doubled", "unmarked"})
"""The keys of what is said while nobody judges a pull request."""
MARK = 100
"""Characters that the key takes, as it is written into a comment."""


def comment_step(
    pull: PullRequest, placement: Placement, situation: Situation, key: str, text: str
) -> Comment | None:
    """Unless just that stands there, or nobody could read what does."""
    text = messages.folded(text, situation.longest.comment - MARK)
    said = situation.answers.get(CommentsOf(pull.number))
    if not isinstance(said, dict) or messages.same_text(said.get(key, ""), text):
        return None
    return Comment(situation.repository, placement, pull.branch, pull.number, key, text)


def comment_steps(ours: OurPullRequest, whole: Proposal, newer: Mapping[str, str]) -> Iterator[Comment]:
    """`newer`: by app the tags that would be shown, were it not approved."""
    for key, text in _comments(ours, whole, newer):
        step = comment_step(whole.pull_request, ours.placement, ours.situation, key, text)
        yield from [step] if step is not None else []


def _comments(ours: OurPullRequest, whole: Proposal, newer: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """By key."""
    members, templates, situation = ours.shown_members, ours.settings.comments, ours.situation
    unjudged = {each.app: each.unjudgeable for each in members if each.unjudgeable}
    if unjudged:
        yield "unjudged", messages.unjudged_comment(whole.marker, unjudged)
    if whole.edited and not whole.doubtful:
        yield "edited", messages.edited_comment(ours.placement, templates.edited)
    found = {each.app: withdrawn_evidence(each) for each in members}
    lost = {app: rulings for app, rulings in found.items() if rulings}
    if lost:
        yield "withdrawn", messages.withdrawn_comment(whole.marker, lost, templates.withdrawn)
    newer = {app: tag for app, tag in newer.items() if app not in lost}
    if newer and is_settled(whole, situation):
        queued = is_queued(whole.pull_request, situation) is True
        yield "newer", messages.newer_comment(whole.marker, newer, templates.newer, queued=queued)


def steps_of_what_is_over(ours: OurPullRequest, whole: Proposal) -> Iterator[Comment]:
    """Looked for where the status changes: one that says nobody judges it is true no more."""
    if any(each.unjudgeable for each in ours.shown_members):
        return
    said = ours.situation.answers.get(CommentsOf(whole.pull_request.number))
    text = messages.judged_again_comment(whole.marker)
    for key in OVER.intersection(said) if isinstance(said, dict) else ():
        step = comment_step(whole.pull_request, ours.placement, ours.situation, key, text)
        yield from [step] if step is not None else []
