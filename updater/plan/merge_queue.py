"""The commit status of what a merge queue is about to merge: that of its pull request. Pure.

A queue waits for what the base requires on the very commit it tries: the pull request, put on the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from updater.model import CommitStatus, Question, SetStatus, StatusOf, Step
from updater.plan.foreign_pull_requests import ABOUT
from updater.situation import Situation


def queue_questions(situation: Situation) -> Iterator[Question]:
    for each in situation.queued:
        yield StatusOf(each.pull_request.head)
        yield StatusOf(each.head)


def queue_steps(situation: Situation, planned: Iterable[Step]) -> Iterator[Step]:
    """What is about to be said of the pull request counts, not what was."""
    news = {step.sha: step.status for step in planned if isinstance(step, SetStatus)}
    for each in situation.queued:
        head = each.pull_request.head
        said = news.get(head, situation.answers.get(StatusOf(head)))
        known = situation.answers.get(StatusOf(each.head), "unread")
        if (
            isinstance(said, CommitStatus)
            and said != known
            and (known is None or isinstance(known, CommitStatus))
        ):
            yield SetStatus(situation.repository, ABOUT, each.branch, each.head, said)
