"""Pull requests of ours that we look after no more: red, said once, left to people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater import messages
from updater.config import Config
from updater.model import Comment, CommentsOf, CommitStatus, SetStatus, StatusOf, Step
from updater.plan.merging import auto_merge_off
from updater.plan.required_status import is_of_others
from updater.situation import OrphanedPullRequest, Situation

_RED: Mapping[str, CommitStatus] = {
    "unnamed": CommitStatus("failure", "the updater's config no longer names this app in this environment"),
    "retargeted": CommitStatus(
        "failure", "somebody aimed this at another branch: the updater left it to them"
    ),
    "doubled": CommitStatus(
        "failure", "its environment's pull request shows this app, too: nobody judges it"
    ),
    "unmarked": CommitStatus("failure", "the updater's mark is missing in its text: nobody judges it"),
    "author": CommitStatus("failure", "this was not opened by the updater's user: nobody judges it any more"),
}
_KEYS = {
    "unnamed": "stray",
    "retargeted": "retargeted",
    "doubled": "doubled",
    "unmarked": "unmarked",
}


def orphan_steps(situation: Situation, config: Config) -> Iterator[Step]:
    mine = _heads(situation)
    for orphan in situation.orphans:
        if orphan.why == "author" and not _was_judged(situation, orphan):
            continue  # it has never been ours
        if mine[orphan.pull_request.head] == orphan.pull_request.number:
            yield from _status_steps(situation, orphan)
        yield from _comment_steps(situation, orphan)
        yield from auto_merge_off(orphan.pull_request, orphan.placement, situation, config)


def _heads(situation: Situation) -> Mapping[str, int]:
    """Which pull request's status each head bears: a status belongs to a commit, and others may share it.

    One that we look after comes first, then what was ours.
    """
    orphans = sorted(situation.orphans, key=lambda orphan: orphan.why == "author")
    states = situation.states.values()
    proposals = (each for state in states for each in (state.proposal, state.asked, state.group) if each)
    pulls = [*(each.pull_request for each in proposals), *(orphan.pull_request for orphan in orphans)]
    return {pull.head: pull.number for pull in reversed(pulls)}


def _was_judged(situation: Situation, orphan: OrphanedPullRequest) -> bool:
    """Its head bears a status that says what is true of a proposal."""
    said = situation.answers.get(StatusOf(orphan.pull_request.head))
    return isinstance(said, CommitStatus) and not is_of_others(said)


def _status_steps(situation: Situation, orphan: OrphanedPullRequest) -> Iterator[Step]:
    pull, red = orphan.pull_request, _RED[orphan.why]
    said = situation.answers.get(StatusOf(pull.head), red)
    if said is None or (isinstance(said, CommitStatus) and said != red):
        yield SetStatus(situation.repository, orphan.placement, pull.branch, pull.head, red)


def _comment_steps(situation: Situation, orphan: OrphanedPullRequest) -> Iterator[Step]:
    if orphan.why == "author":
        return
    pull, placement, key = orphan.pull_request, orphan.placement, _KEYS[orphan.why]
    said = situation.answers.get(CommentsOf(pull.number))
    text = _text(orphan, situation)
    if isinstance(said, dict) and not messages.same_text(said.get(key, ""), text):
        yield Comment(situation.repository, placement, pull.branch, pull.number, key, text)


def _text(orphan: OrphanedPullRequest, situation: Situation) -> str:
    if orphan.why == "unnamed":
        return messages.orphan_comment(orphan.placement)
    if orphan.why == "doubled":
        return messages.doubled_comment(orphan.placement)
    if orphan.why == "unmarked":
        return messages.unmarked_comment(orphan.placement)
    state = situation.states.get(orphan.placement)
    template = state.policy.pull_request.comments.retargeted if state else None
    return messages.retargeted_comment(orphan.placement, orphan.pull_request.base, template)
