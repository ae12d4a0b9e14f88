"""Pull requests of ours that we look after no more: red, said once, left to people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater import messages
from updater.config import Config
from updater.facts import Facts, Stray
from updater.model import Comment, CommentsOf, Fact, SetStatus, Status, StatusOf, Step
from updater.plan.proposals import no_more_merged_by_the_forge

_RED: Mapping[str, Status] = {
    "unnamed": Status("failure", "the updater's config no longer names this app in this environment"),
    "retargeted": Status("failure", "somebody aimed this at another branch: the updater left it to them"),
    "unmarked": Status("failure", "the updater's mark is missing in its text: nobody judges it"),
}
_KEYS = {"unnamed": "stray", "retargeted": "retargeted", "unmarked": "unmarked"}


def stray_questions(facts: Facts) -> Iterator[Fact]:
    for stray in facts.strays:
        yield StatusOf(stray.pull_request.head)
        yield CommentsOf(stray.pull_request.number)


def stray_steps(facts: Facts, config: Config) -> Iterator[Step]:
    for stray in facts.strays:
        yield from _steps_of(facts, stray)
        yield from no_more_merged_by_the_forge(stray.pull_request, stray.placement, facts, config)


def _steps_of(facts: Facts, stray: Stray) -> Iterator[Step]:
    pull, placement, red, key = stray.pull_request, stray.placement, _RED[stray.why], _KEYS[stray.why]
    status, said = facts.answers.get(StatusOf(pull.head), red), facts.answers.get(CommentsOf(pull.number))
    if status is None or (isinstance(status, Status) and status != red):
        yield SetStatus(facts.repository, placement, pull.branch, pull.head, red)
    text = _text(stray, facts)
    if isinstance(said, dict) and not messages.same_text(said.get(key, ""), text):
        yield Comment(facts.repository, placement, pull.branch, pull.number, key, text)


def _text(stray: Stray, facts: Facts) -> str:
    if stray.why == "unnamed":
        return messages.stray_comment(stray.placement)
    if stray.why == "unmarked":
        return messages.unmarked_comment(stray.placement)
    state = facts.states.get(stray.placement)
    template = state.policy.pull_request.comments.retargeted if state else None
    return messages.retargeted_comment(stray.placement, stray.pull_request.base, template)
