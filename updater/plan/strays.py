"""Pull requests of ours for what the config no longer names: red, said once, left to people. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater import messages
from updater.facts import Facts
from updater.model import Comment, CommentsOf, Fact, Placement, Proposal, SetStatus, Status, StatusOf, Step

_RED = Status("failure", "the updater's config no longer names this app in this environment")


def stray_questions(facts: Facts) -> Iterator[Fact]:
    for stray in facts.strays:
        yield StatusOf(stray.pull_request.head)
        yield CommentsOf(stray.pull_request.number)


def stray_steps(facts: Facts) -> Iterator[Step]:
    for stray in facts.strays:
        yield from _steps_of(facts, stray)


def _steps_of(facts: Facts, stray: Proposal) -> Iterator[Step]:
    pull, placement = stray.pull_request, Placement(stray.marker.environment, stray.marker.app)
    status, said = facts.answers.get(StatusOf(pull.head), _RED), facts.answers.get(CommentsOf(pull.number))
    if status is None or (isinstance(status, Status) and status != _RED):
        yield SetStatus(facts.repository, placement, pull.branch, pull.head, _RED)
    text = messages.stray_comment(placement)
    if isinstance(said, dict) and not messages.same_text(said.get("stray", ""), text):
        yield Comment(facts.repository, placement, pull.branch, pull.number, "stray", text)
