"""To make a commit on a branch as asked over GraphQL: GitHub commits it, and signs it. I/O."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from updater.sandbox.github.git import GitFailed, Signature
from updater.sandbox.github.graphql import Mutations, NotDone
from updater.sandbox.github.routing import Call
from updater.sandbox.github.settling import settle
from updater.sandbox.github.state import GITHUB, Repository


def _create(call: Call, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every file is a plain one after it: the mutation knows no modes."""
    asked = given["branch"]
    repository = call.forge.find(asked["repositoryNameWithOwner"])
    if repository is None:
        raise NotDone("Could not resolve to a Repository with the name.", "NOT_FOUND")
    ref = f"refs/heads/{asked['branchName']}"
    head = repository.git.refs(ref).get(ref)
    if head is None:
        raise NotDone(f"No branch named {asked['branchName']}", "NOT_FOUND")
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


MUTATIONS: Mutations = {"createCommitOnBranch": _create}
