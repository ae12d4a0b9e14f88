"""Pull requests of ours that we look after no more: red, said once, left to people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater import messages
from updater.config import Config
from updater.model import Comment, CommentsOf, Fact, SetStatus, Status, StatusOf, Step
from updater.plan.foreign_pull_requests import is_of_others
from updater.plan.proposals import no_more_merged_by_the_forge
from updater.situation import Facts, Stray

_RED: Mapping[str, Status] = {
    "unnamed": Status("failure", "the updater's config no longer names this app in this environment"),
    "retargeted": Status("failure", "somebody aimed this at another branch: the updater left it to them"),
    "doubled": Status("failure", "its environment's pull request shows this app, too: nobody judges it"),
    "unmarked": Status("failure", "the updater's mark is missing in its text: nobody judges it"),
    "author": Status("failure", "this was not opened by the updater's user: nobody judges it any more"),
}
_KEYS = {
    "unnamed": "stray",
    "retargeted": "retargeted",
    "doubled": "doubled",
    "unmarked": "unmarked",
}


def stray_questions(facts: Facts) -> Iterator[Fact]:
    for stray in facts.strays:
        yield StatusOf(stray.pull_request.head)
        if stray.why != "author":
            yield CommentsOf(stray.pull_request.number)


def stray_steps(facts: Facts, config: Config) -> Iterator[Step]:
    mine = _heads(facts)
    for stray in facts.strays:
        if stray.why == "author" and not _was_judged(facts, stray):
            continue  # it has never been ours
        if mine[stray.pull_request.head] == stray.pull_request.number:
            yield from _status_steps(facts, stray)
        yield from _comment_steps(facts, stray)
        yield from no_more_merged_by_the_forge(stray.pull_request, stray.placement, facts, config)


def _heads(facts: Facts) -> Mapping[str, int]:
    """Which pull request's status each head bears: a status belongs to a commit, and others may share it.

    One that we look after comes first, then what was ours.
    """
    strays = sorted(facts.strays, key=lambda stray: stray.why == "author")
    states = facts.states.values()
    proposals = (each for state in states for each in (state.proposal, state.asked, state.group) if each)
    pulls = [*(each.pull_request for each in proposals), *(stray.pull_request for stray in strays)]
    return {pull.head: pull.number for pull in reversed(pulls)}


def _was_judged(facts: Facts, stray: Stray) -> bool:
    """Its head bears a status that says what is true of a proposal."""
    said = facts.answers.get(StatusOf(stray.pull_request.head))
    return isinstance(said, Status) and not is_of_others(said)


def _status_steps(facts: Facts, stray: Stray) -> Iterator[Step]:
    pull, red = stray.pull_request, _RED[stray.why]
    said = facts.answers.get(StatusOf(pull.head), red)
    if said is None or (isinstance(said, Status) and said != red):
        yield SetStatus(facts.repository, stray.placement, pull.branch, pull.head, red)


def _comment_steps(facts: Facts, stray: Stray) -> Iterator[Step]:
    if stray.why == "author":
        return
    pull, placement, key = stray.pull_request, stray.placement, _KEYS[stray.why]
    said = facts.answers.get(CommentsOf(pull.number))
    text = _text(stray, facts)
    if isinstance(said, dict) and not messages.same_text(said.get(key, ""), text):
        yield Comment(facts.repository, placement, pull.branch, pull.number, key, text)


def _text(stray: Stray, facts: Facts) -> str:
    if stray.why == "unnamed":
        return messages.stray_comment(stray.placement)
    if stray.why == "doubled":
        return messages.doubled_comment(stray.placement)
    if stray.why == "unmarked":
        return messages.unmarked_comment(stray.placement)
    state = facts.states.get(stray.placement)
    template = state.policy.pull_request.comments.retargeted if state else None
    return messages.retargeted_comment(stray.placement, stray.pull_request.base, template)
