"""What people have to hear of a pull request of ours, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from updater import messages
from updater.config.templates import CommentTemplates
from updater.model import Comment, CommentsOf, Placement, Proposal, PullRequest
from updater.plan.commit_status import withdrawn_evidence
from updater.plan.members import Member
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


def comments(
    whole: Proposal,
    listed: tuple[Sequence[Member], Mapping[str, str]],
    placement: Placement,
    situation: Situation,
    templates: CommentTemplates,
) -> Iterator[tuple[str, str]]:
    """By key. `listed` are those it lists, and by app the tags that would be shown, were it not approved."""
    members, newer = listed
    unjudged = {each.app: each.unjudgeable for each in members if each.unjudgeable}
    if unjudged:
        yield "unjudged", messages.unjudged_comment(whole.marker, unjudged)
    if whole.edited and not whole.doubtful:
        yield "edited", messages.edited_comment(placement, templates.edited)
    found = {each.app: withdrawn_evidence(each) for each in members}
    lost = {app: rulings for app, rulings in found.items() if rulings}
    if lost:
        yield "withdrawn", messages.withdrawn_comment(whole.marker, lost, templates.withdrawn)
    newer = {app: tag for app, tag in newer.items() if app not in lost}
    if newer and is_settled(whole, situation):
        queued = is_queued(whole.pull_request, situation) is True
        yield "newer", messages.newer_comment(whole.marker, newer, templates.newer, queued=queued)
