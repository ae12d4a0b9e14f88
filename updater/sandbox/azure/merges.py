"""To complete pull requests as Azure DevOps does, and to say which policies keep them from it. I/O."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Literal, NamedTuple

from updater.sandbox.azure.calls import Call, Refusal, invalid
from updater.sandbox.azure.records import Record
from updater.sandbox.azure.shapes import votes
from updater.sandbox.github.merging import MergeRefused, Message, merge
from updater.sandbox.github.settling import mergeable
from updater.sandbox.github.state import Method, Pull, Repository

_STRATEGIES: dict[str, Method] = {
    "noFastForward": "merge",
    "squash": "squash",
    "rebase": "rebase",
    "rebaseMerge": "merge",
}


class Policy(NamedTuple):
    """One that has to be met."""

    id: int
    kind: Literal["reviews", "status", "strategy"]
    approvers: int = 0
    context: str = ""

    def is_met(self, pull: Pull, record: Record) -> bool:
        if self.kind == "status":
            return self.context in record.green()
        cast = votes(pull).values()
        return self.kind == "strategy" or sum(vote > 0 for vote in cast) >= self.approvers


def policies(repository: Repository, branch: str) -> Iterator[Policy]:
    """One that nobody has to do anything for keeps pushes away all the same."""
    numbers = count(1)
    for protection in repository.protected(branch):
        if protection.requires_pull:
            yield Policy(next(numbers), "strategy")
        if protection.required_reviews:
            yield Policy(next(numbers), "reviews", approvers=protection.required_reviews)
        for context in protection.required_statuses:
            yield Policy(next(numbers), "status", context=context)


def complete(call: Call, pull: Pull) -> None:
    """Of one head: that which was tried last."""
    told = (call.given.get("lastMergeSourceCommit") or {}).get("commitId")
    if not told:
        raise invalid("You must specify a valid LastMergeSourceCommit to perform this operation")
    if told != pull.head_sha:
        raise Refusal(
            409,
            "TF401192: The source branch has been modified since the last merge attempt.",
            "GitPullRequestStaleException",
        )
    _refuse(call, pull)
    method = keep_options(call, pull)
    words = (call.given.get("completionOptions") or {}).get("mergeCommitMessage")
    title, _, body = str(words or "").partition("\n")
    usual = Message(f"Merged PR {pull.number}: {pull.title}", "")
    message = Message(title, body.strip()) if words else usual
    try:
        merge(call.forge, call.repository, pull, actor=call.user, method=method, message=message)
    except MergeRefused as error:
        raise Refusal(409, str(error)) from error


def keep_options(call: Call, pull: Pull) -> Method:
    """How it is to be merged."""
    given = call.given.get("completionOptions") or {}
    call.records.of(pull).options = dict(given)
    return _STRATEGIES[str(given.get("mergeStrategy", "noFastForward"))]


def _refuse(call: Call, pull: Pull) -> None:
    if pull.draft:
        raise invalid("A draft pull request cannot be completed.")
    if not mergeable(call.repository, pull):
        raise Refusal(409, "TF401191: The pull request cannot be completed due to merge conflicts.")
    if any(not each.is_met(pull, call.record) for each in policies(call.repository, pull.base)):
        raise Refusal(
            403,
            "TF402455: Completing this pull request is not permitted: its policies are not met.",
            "GitPullRequestUpdateRejectedByPolicyException",
        )
