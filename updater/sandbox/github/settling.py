"""To let pull requests follow the branches after a push, a merge or a deletion. I/O."""

from collections.abc import Iterator
from typing import NamedTuple

from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.state import Forge, Mergeability, Pull, Repository, User


class _Branches(NamedTuple):
    head: str | None
    base: str | None


def settle(forge: Forge, repository: Repository, actor: User) -> None:
    """Bring every open pull request from or into the repository in line with the branches."""
    for target in forge.repositories.values():
        if target is repository or target.parent is repository or repository.parent is target:
            _settle_into(forge, target, actor)


def mergeable(repository: Repository, pull: Pull) -> bool:
    """Computed once for every pair of head and base."""
    known = pull.mergeability
    if known is None or (known.head, known.base) != (pull.head_sha, pull.base_sha):
        result = repository.git.merge_tree(pull.base_sha, pull.head_sha) is not None
        known = pull.mergeability = Mergeability(pull.head_sha, pull.base_sha, result)
    return known.mergeable


def is_computed(pull: Pull) -> bool:
    known = pull.mergeability
    return known is not None and (known.head, known.base) == (pull.head_sha, pull.base_sha)


def publish_head(repository: Repository, pull: Pull) -> None:
    """Keep `refs/pull/<number>/head` where the head is; fetches a fork's commits."""
    ref = f"refs/pull/{pull.number}/head"
    if pull.head_repository is repository:
        repository.git.update_refs({ref: pull.head_sha})
    else:
        source = str(pull.head_repository.git.path)
        repository.git.run("fetch", "--quiet", "--no-write-fetch-head", source, f"+{pull.head_sha}:{ref}")


def reopening_refused(repository: Repository, pull: Pull) -> str | None:
    """Why a closed pull request cannot be opened again, if so."""
    head = pull.head_repository.git.resolve(f"refs/heads/{pull.head}")
    if pull.merged_at or head is None:
        return "state cannot be changed. The pull request cannot be reopened."
    if not repository.git.is_ancestor(pull.head_sha, head):
        return f"state cannot be changed. The {pull.head} branch was force-pushed or recreated."
    if any(other.state == "open" and other.head_label == pull.head_label for other in repository.pulls):
        return f"state cannot be changed. There is already an open pull request from {pull.head_label}."
    return None


def _settle_into(forge: Forge, repository: Repository, actor: User) -> None:
    pulls = [pull for pull in repository.pulls if pull.state == "open"]
    if not pulls:
        return
    heads = {each: each.git.refs("refs/heads/") for each in {repository, *_head_repositories(pulls)}}
    for pull in pulls:
        head = heads[pull.head_repository].get(f"refs/heads/{pull.head}")
        base = heads[repository].get(f"refs/heads/{pull.base}")
        if (head, base) != (pull.head_sha, pull.base_sha):
            _follow(forge, pull, repository, _Branches(head, base), actor)


def _head_repositories(pulls: list[Pull]) -> Iterator[Repository]:
    return (pull.head_repository for pull in pulls)


def _follow(forge: Forge, pull: Pull, base_repository: Repository, now: _Branches, actor: User) -> None:
    if now.head is None or now.base is None or _contains(base_repository, pull.base_sha, now.head):
        _follow_nowhere(forge, pull, now, actor)
        return
    moved = now.head != pull.head_sha
    pull.head_sha = now.head
    if moved:
        pull.updated_at = forge.now
        publish_head(base_repository, pull)
    if forge.sees_merges and _contains(base_repository, now.base, now.head):
        mark_merged(forge, pull, now.base, actor)
    else:
        pull.base_sha = now.base


def _follow_nowhere(forge: Forge, pull: Pull, now: _Branches, actor: User) -> None:
    """Nothing is left to merge."""
    gone = now.head is None or now.base is None
    if forge.keeps_empty and not (gone and forge.closes_headless):
        pull.head_sha, pull.base_sha = now.head or pull.head_sha, now.base or pull.base_sha
    else:
        forge.close(pull, actor)


def _contains(repository: Repository, branch: str, commit: str) -> bool:
    try:
        return repository.git.is_ancestor(commit, branch)
    except GitFailed:
        return False


def mark_merged(forge: Forge, pull: Pull, commit: str, actor: User) -> None:
    forge.close(pull, actor)
    pull.merged_at, pull.merged_by, pull.merge_commit = forge.now, actor, commit
