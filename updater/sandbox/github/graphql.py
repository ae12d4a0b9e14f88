"""To answer named GraphQL mutations, for commits and for auto-merge; nothing else of GraphQL. I/O."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, cast

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.git import GitFailed, Signature
from updater.sandbox.github.merging import merge, standing
from updater.sandbox.github.protection import LOCKED
from updater.sandbox.github.routing import ARCHIVED, Call, Handler
from updater.sandbox.github.settling import settle
from updater.sandbox.github.state import GITHUB, AutoMerge, Forge, Method, Pull, Repository, User

_MUTATION = re.compile(r"\{\s*(\w+)\s*\(")
_QUEUE = "mergeQueueEntry"


class NotDone(Exception):
    """Why a mutation was refused, as GitHub says it."""

    def __init__(self, message: str, kind: str = "UNPROCESSABLE") -> None:
        super().__init__(message)
        self.kind = kind


Mutations = Mapping[str, Callable[[Call, Mapping[str, Any]], Mapping[str, Any] | None]]


def answering(mutations: Mutations) -> Handler:
    """Answers a mutation whose input stands in the variables."""

    def answer(call: Call) -> Answer:
        if _QUEUE in str(call.given.get("query", "")):
            return _tell_queued(call)
        found = _MUTATION.search(str(call.given.get("query", "")))
        name = found[1] if found else ""
        variables: Mapping[str, Mapping[str, Any]] = call.given.get("variables") or {}
        try:
            more = mutations.get(name, _unknown)(call, next(iter(variables.values()), {}))
        except NotDone as error:
            errors = [{"type": error.kind, "path": [name], "message": str(error)}]
            return answer_json({"data": {name: None}, "errors": errors})
        actor = {"login": call.user.login, "url": f"{call.forge.url}/{call.user.login}"}
        return answer_json({"data": {name: {"actor": actor, "clientMutationId": None, **(more or {})}}})

    return answer


def _tell_queued(call: Call) -> Answer:
    """Whether a pull request waits in a merge queue: REST does not tell."""
    asked: Mapping[str, Any] = call.given.get("variables") or {}
    repository = call.forge.find(f"{asked['owner']}/{asked['name']}")
    pull = repository.issues.get(asked["number"]) if repository else None
    if not isinstance(pull, Pull):
        errors = [{"type": "NOT_FOUND", "message": "Could not resolve to a PullRequest."}]
        return answer_json({"data": {"repository": None}, "errors": errors})
    entry = {"enqueuer": _actor(pull.queued_by)} if pull.queued_by else None
    return answer_json({"data": {"repository": {"pullRequest": {_QUEUE: entry}}}})


def _actor(user: User) -> Mapping[str, str]:
    return {"__typename": user.kind, "login": user.login.removesuffix("[bot]")}


def _unknown(call: Call, given: Mapping[str, Any]) -> None:
    raise NotDone(f"{call.user.login} asks for an unknown mutation with {', '.join(given)}")


def merge_what_is_ready(forge: Forge, repository: Repository) -> None:
    """Where base has a merge queue, it is put there."""
    for pull in repository.pulls:
        if pull.state != "open" or pull.auto_merge is None or standing(repository, pull) != "clean":
            continue
        if any(protection.merge_queue for protection in repository.protected(pull.base)):
            pull.queued_by = pull.auto_merge.user
            pull.auto_merge = None
        else:
            merge(forge, repository, pull, actor=pull.auto_merge.user, method=pull.auto_merge.method)


def _enable(call: Call, given: Mapping[str, Any]) -> None:
    repository, pull = _pull(call.forge, given)
    if repository.archived:
        raise NotDone(ARCHIVED, "FORBIDDEN")
    if not repository.allow_auto_merge:
        raise NotDone("Auto merge is not allowed for this repository")
    queue = any(protection.merge_queue for protection in repository.protected(pull.base))
    if not queue and (state := standing(repository, pull)) in ("clean", "unstable"):
        raise NotDone(f"Pull request Pull request is in {state} status")
    if given.get("expectedHeadOid") not in (None, pull.head_sha):
        raise NotDone("Head branch was modified. Review and try the merge again.")
    pull.auto_merge = AutoMerge(call.user, cast(Method, given.get("mergeMethod", "MERGE").lower()))
    merge_what_is_ready(call.forge, repository)


def _disable(call: Call, given: Mapping[str, Any]) -> None:
    _, pull = _pull(call.forge, given)
    if pull.auto_merge is None:
        raise NotDone("Can't disable auto-merge for this pull request.")
    pull.auto_merge = None


def _dequeue(call: Call, given: Mapping[str, Any]) -> None:
    pull = _pull(call.forge, {"pullRequestId": given.get("id")})[1]
    if pull.queued_by is None:
        raise NotDone("Pull request is not in the merge queue.")
    pull.queued_by = None


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


def _create_commit(call: Call, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every file is a plain one after it: the mutation knows no modes."""
    asked = given["branch"]
    repository = call.forge.find(asked["repositoryNameWithOwner"])
    if repository is None:
        raise NotDone("Could not resolve to a Repository with the name.", "NOT_FOUND")
    ref = f"refs/heads/{asked['branchName']}"
    head = repository.git.refs(ref).get(ref)
    if head is None:
        raise NotDone(f"No branch named {asked['branchName']}", "NOT_FOUND")
    if repository.archived:
        raise NotDone(ARCHIVED, "FORBIDDEN")
    if repository.is_queued(asked["branchName"]):
        raise NotDone(LOCKED, "UNPROCESSABLE")
    expected = given["expectedHeadOid"]
    if head != expected:
        said = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
        raise NotDone(said, "STALE_DATA")
    sha = _commit(call, repository, ref, head, given)
    settle(call.forge, repository, call.user)
    return {"commit": {"oid": sha, "url": f"{call.forge.url}/{repository.full_name}/commit/{sha}"}}


def _commit(call: Call, repository: Repository, ref: str, head: str, given: Mapping[str, Any]) -> str:
    changes, message = given.get("fileChanges") or {}, given["message"]
    files: dict[str, bytes | None] = {
        each["path"]: b64decode(each["contents"]) for each in changes.get("additions") or ()
    }
    files |= {each["path"]: None for each in changes.get("deletions") or ()}
    text = "\n\n".join(part for part in (message["headline"], message.get("body")) if part)
    who = call.forge.signature(call.user)
    branch = ref.removeprefix("refs/heads/")
    try:
        made = repository.git.write(branch, head, files, text, who)
        tree = repository.git.text("rev-parse", f"{made}^{{tree}}")
        sha = repository.git.commit_tree(tree, (head,), text, who, Signature(GITHUB, who.when))
        repository.git.update_refs({ref: sha}, made)
    except GitFailed as error:
        raise NotDone("A path was requested that cannot be written.") from error
    repository.verified.add(sha)
    return sha


MUTATIONS: Mutations = {
    "createCommitOnBranch": _create_commit,
    "enablePullRequestAutoMerge": _enable,
    "dequeuePullRequest": _dequeue,
    "disablePullRequestAutoMerge": _disable,
    "convertPullRequestToDraft": _convert_to_draft,
    "markPullRequestReadyForReview": _mark_ready,
}
