"""The commit status of what a merge queue is about to merge: that of its pull request. Pure.

A queue waits for what the base requires on the very commit it tries: the pull request, put on the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.model import Fact, SetStatus, Status, StatusOf, Step
from updater.plan.foreign_pull_requests import ABOUT
from updater.situation import Facts


def queue_questions(facts: Facts) -> Iterator[Fact]:
    for each in facts.queued:
        yield StatusOf(each.pull_request.head)
        yield StatusOf(each.head)


def queue_steps(facts: Facts, planned: Iterable[Step]) -> Iterator[Step]:
    """What is about to be said of the pull request counts, not what was."""
    news = {step.sha: step.status for step in planned if isinstance(step, SetStatus)}
    for each in facts.queued:
        head = each.pull_request.head
        said = news.get(head, facts.answers.get(StatusOf(head)))
        known = facts.answers.get(StatusOf(each.head), "unread")
        if isinstance(said, Status) and said != known and (known is None or isinstance(known, Status)):
            yield SetStatus(facts.repository, ABOUT, each.branch, each.head, said)
