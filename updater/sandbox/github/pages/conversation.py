"""To put in order what was said and done in a pull request. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from updater.sandbox.github.state import Event, Pull, Review

_REVIEWS = {"APPROVED": "approved these changes", "CHANGES_REQUESTED": "requested changes"}
_DEEDS = {
    "labeled": "added the label",
    "unlabeled": "took away the label",
    "review_requested": "asked for a review by",
    "review_request_removed": "no longer asks for a review by",
    "assigned": "assigned",
    "unassigned": "unassigned",
    "milestoned": "added it to the milestone",
    "demilestoned": "took it out of the milestone",
    "merge_scheduled": "will have it merged when it is ready",
    "merge_cancelled": "will no longer have it merged by itself",
}


class Remark(NamedTuple):
    """`login` did something, or said `text`, which is Markdown."""

    at: datetime
    login: str
    deed: str
    text: str = ""
    subject: str = ""
    sha: str = ""


def conversation(pull: Pull) -> list[Remark]:
    """Oldest first, without the body."""
    return sorted([*_said(pull), *map(_done, pull.events), *_ended(pull)], key=lambda remark: remark.at)


def _said(pull: Pull) -> Iterator[Remark]:
    for comment in pull.comments:
        yield Remark(comment.created_at, comment.user.login, "commented", comment.body)
    yield from map(_reviewed, pull.reviews)


def _reviewed(review: Review) -> Remark:
    deed = _REVIEWS.get(review.state, "reviewed")
    return Remark(review.submitted_at, review.user.login, deed, review.body)


def _done(event: Event) -> Remark:
    subject = "" if event.name.startswith("merge_") else event.subject.removeprefix("team:")
    return Remark(event.created_at, event.user.login, _DEEDS[event.name], subject=subject)


def _ended(pull: Pull) -> Iterator[Remark]:
    if pull.merged_at and pull.merged_by:
        yield Remark(pull.merged_at, pull.merged_by.login, "merged this as", sha=pull.merge_commit or "")
    elif pull.closed_at and pull.closed_by:
        yield Remark(pull.closed_at, pull.closed_by.login, "closed this without merging it")
