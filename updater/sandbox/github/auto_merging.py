"""To merge pull requests by themselves once nothing blocks them, as asked over GraphQL. I/O."""

from collections.abc import Mapping
from typing import Any, cast

from updater.sandbox.github.graphql import Mutations, NotDone
from updater.sandbox.github.merging import merge, standing
from updater.sandbox.github.routing import Call
from updater.sandbox.github.state import AutoMerge, Forge, Method, Pull, Repository


def merge_what_is_ready(forge: Forge, repository: Repository) -> None:
    for pull in repository.pulls:
        if pull.state == "open" and pull.auto_merge and standing(repository, pull) == "clean":
            merge(forge, repository, pull, actor=pull.auto_merge.user, method=pull.auto_merge.method)


def _enable(call: Call, given: Mapping[str, Any]) -> None:
    repository, pull = _pull(call.forge, given)
    if not repository.allow_auto_merge:
        raise NotDone("Auto merge is not allowed for this repository")
    if (state := standing(repository, pull)) in ("clean", "unstable"):
        raise NotDone(f"Pull request Pull request is in {state} status")
    if given.get("expectedHeadOid") not in (None, pull.head_sha):
        raise NotDone("Head branch was modified. Review and try the merge again.")
    pull.auto_merge = AutoMerge(call.user, cast(Method, given.get("mergeMethod", "MERGE").lower()))


def _disable(call: Call, given: Mapping[str, Any]) -> None:
    _, pull = _pull(call.forge, given)
    if pull.auto_merge is None:
        raise NotDone("Can't disable auto-merge for this pull request.")
    pull.auto_merge = None


def _convert_to_draft(call: Call, given: Mapping[str, Any]) -> None:
    _pull(call.forge, given)[1].draft = True


def _mark_ready(call: Call, given: Mapping[str, Any]) -> None:
    _pull(call.forge, given)[1].draft = False


def _pull(forge: Forge, given: Mapping[str, Any]) -> tuple[Repository, Pull]:
    for repository in forge.repositories.values():
        for pull in repository.pulls:
            if given.get("pullRequestId") == f"PR_{pull.id}":
                return repository, pull
    raise NotDone("Could not resolve to a node with the global id")


MUTATIONS: Mutations = {
    "enablePullRequestAutoMerge": _enable,
    "disablePullRequestAutoMerge": _disable,
    "convertPullRequestToDraft": _convert_to_draft,
    "markPullRequestReadyForReview": _mark_ready,
}
