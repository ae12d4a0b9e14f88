"""Pull requests of ours that we look after no more: red, said once, left to people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater import messages
from updater.config import Config
from updater.model import (
    ClosePullRequest,
    CommentsOf,
    CommitStatus,
    DeleteBranch,
    SetStatus,
    StatusOf,
    Step,
)
from updater.plan.auto_merge import auto_merge_off
from updater.plan.comments import comment_step
from updater.plan.replacing import is_queued
from updater.plan.required_status import is_of_others
from updater.situation import OrphanedPullRequest, Situation

_RED: Mapping[str, CommitStatus] = {
    "unnamed": CommitStatus("failure", "the updater's config no longer names this app in this environment"),
    "gone": CommitStatus("failure", "the folder of this environment is no longer there"),
    "retargeted": CommitStatus(
        "failure", "somebody aimed this at another branch: the updater left it to them"
    ),
    "doubled": CommitStatus(
        "failure", "its environment's pull request shows this app, too: nobody judges it"
    ),
    "base": CommitStatus("failure", "the config has another base branch now: a new one follows there"),
    "instance": CommitStatus("failure", "not judged any more: it bears the updater's former name"),
    "unmarked": CommitStatus("failure", "the updater's mark is missing in its text: nobody judges it"),
    "author": CommitStatus("failure", "this was not opened by the updater's user: nobody judges it any more"),
}
_KEYS = {
    "unnamed": "stray",
    "gone": "stray",
    "retargeted": "retargeted",
    "instance": "renamed",
    "doubled": "doubled",
    "unmarked": "unmarked",
}


def orphan_steps(situation: Situation, config: Config) -> Iterator[Step]:
    mine = _heads(situation)
    for orphan in situation.orphans:
        if orphan.why == "author" and not _was_judged(situation, orphan):
            continue  # it has never been ours
        if orphan.why == "instance" and _is_judged_by_another(situation, orphan):
            continue
        over = _why_over(orphan, situation, config)
        if over is not None and orphan.intact and not is_queued(orphan.pull_request, situation):
            yield from _closed(situation, orphan, over)
            continue
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


def _is_judged_by_another(situation: Situation, orphan: OrphanedPullRequest) -> bool:
    """We have said that nobody judges it, and its status was set since: another updater is at work."""
    said = situation.answers.get(CommentsOf(orphan.pull_request.number))
    status = situation.answers.get(StatusOf(orphan.pull_request.head))
    return isinstance(said, dict) and _KEYS["instance"] in said and status != _RED["instance"]


def _why_over(orphan: OrphanedPullRequest, situation: Situation, config: Config) -> str | None:
    """To follow a change of the config is ours: the next pass proposes on the new base.

    And where the folder of a preview is gone, nothing is left that could be merged.
    """
    if orphan.why == "base":
        base = config.repositories[situation.repository].branch
        return f"the config's base branch is {base} now, and no longer {orphan.pull_request.base}"
    if orphan.why == "gone":
        return f"the environment {orphan.placement.environment} is gone: its folder is no longer there"
    return None


def _closed(situation: Situation, orphan: OrphanedPullRequest, why: str) -> Iterator[Step]:
    pull, marker = orphan.pull_request, messages.read_marker(orphan.pull_request.body)
    assert marker is not None, "by it we know whose it was, and for which base"
    body = messages.closed_body(pull.body, marker, why, situation.longest.body)
    yield ClosePullRequest(situation.repository, orphan.placement, pull.number, pull.branch, body, why)
    if situation.open_from.get(pull.branch, 0) <= 1:
        yield DeleteBranch(situation.repository, pull.branch, pull.head)


def _status_steps(situation: Situation, orphan: OrphanedPullRequest) -> Iterator[Step]:
    pull, red = orphan.pull_request, _RED[orphan.why]
    said = situation.answers.get(StatusOf(pull.head), red)
    if said is None or (isinstance(said, CommitStatus) and said != red):
        yield SetStatus(situation.repository, orphan.placement, pull.branch, pull.head, red)


def _comment_steps(situation: Situation, orphan: OrphanedPullRequest) -> Iterator[Step]:
    if orphan.why not in _KEYS:
        return
    where = (orphan.pull_request, orphan.placement, situation)
    step = comment_step(*where, _KEYS[orphan.why], _text(orphan, situation))
    yield from [step] if step is not None else []


def _text(orphan: OrphanedPullRequest, situation: Situation) -> str:
    if orphan.why in {"unnamed", "gone"}:
        return messages.orphan_comment(orphan.placement)
    if orphan.why == "instance":
        return messages.renamed_comment(orphan.placement)
    if orphan.why == "doubled":
        return messages.doubled_comment(orphan.placement)
    if orphan.why == "unmarked":
        return messages.unmarked_comment(orphan.placement)
    state = situation.states.get(orphan.placement)
    template = state.policy.pull_request.comments.retargeted if state else None
    return messages.retargeted_comment(orphan.placement, orphan.pull_request.base, template)
