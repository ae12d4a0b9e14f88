"""To judge whether a pull request may be merged, and to merge it. I/O."""

from datetime import datetime
from typing import NamedTuple

from updater.sandbox.github.commits import combined_state, latest_statuses
from updater.sandbox.github.git import Git, GitFailed, Signature
from updater.sandbox.github.history import Commit, commits
from updater.sandbox.github.protection import QUEUE_ONLY
from updater.sandbox.github.settling import mark_merged, mergeable, settle
from updater.sandbox.github.state import GITHUB, Forge, Method, Pull, Repository, User


class MergeRefused(Exception):
    """Why a pull request is not merged, as GitHub says it."""


class Message(NamedTuple):
    """What the caller wants the commit to say; None leaves it to GitHub."""

    title: str | None = None
    body: str | None = None


UNSAID = Message()


def merge(
    forge: Forge,
    repository: Repository,
    pull: Pull,
    *,
    actor: User,
    method: Method = "merge",
    message: Message = UNSAID,
) -> str:
    """Answer the commit that is the new head of base."""
    if any(protection.merge_queue for protection in repository.protected(pull.base)):
        raise MergeRefused(QUEUE_ONLY)
    if reason := _refusal(repository, pull):
        raise MergeRefused(reason)
    sha = _MERGERS[method](forge, repository, pull, actor, message)
    land(forge, repository, pull, sha, actor=actor)
    return sha


def prepare(forge: Forge, repository: Repository, pull: Pull, *, actor: User) -> str:
    """Answer the commit that a merge queue would make the new head of base."""
    if reason := _refusal(repository, pull):
        raise MergeRefused(reason)
    return _merge(forge, repository, pull, actor, UNSAID)


def land(forge: Forge, repository: Repository, pull: Pull, sha: str, *, actor: User) -> None:
    """Make a commit that holds the pull request the new head of base."""
    _advance(repository, pull, sha)
    mark_merged(forge, pull, sha, actor)
    if repository.delete_branch_on_merge and pull.head_repository is repository:
        repository.git.update_refs({f"refs/heads/{pull.head}": None})
    settle(forge, repository, actor)


def standing(repository: Repository, pull: Pull) -> str:
    """`mergeable_state` of an open pull request whose mergeability is computed."""
    if not mergeable(repository, pull):
        return "dirty"
    if pull.draft:
        return "draft"
    if _is_behind(repository, pull):
        return "behind"
    if blockers(repository, pull):
        return "blocked"
    statuses = latest_statuses(repository, pull.head_sha)
    return "clean" if not statuses or combined_state(statuses) == "success" else "unstable"


def blockers(repository: Repository, pull: Pull) -> list[str]:
    """What the rules of the base branch still miss."""
    good = {each.context for each in latest_statuses(repository, pull.head_sha) if each.state == "success"}
    approvals = sum(review.state == "APPROVED" for review in pull.reviews)
    missing: list[str] = []
    for protection in repository.protected(pull.base):
        contexts = (context for context in protection.required_statuses if context not in good)
        missing += [f'Required status check "{context}" is expected.' for context in contexts]
        if approvals < protection.required_reviews:
            missing.append(f"At least {protection.required_reviews} approving review is required.")
    return missing


def update_branch(forge: Forge, repository: Repository, pull: Pull, actor: User) -> None:
    """Merge base into the head branch, as the button does."""
    if not mergeable(repository, pull):
        raise MergeRefused("merge conflict between base and head")
    git, when = repository.git, forge.signature(actor)
    tree = git.merge_tree(pull.head_sha, pull.base_sha) or ""
    message = f"Merge branch '{pull.base}' into {pull.head}"
    parents = (pull.head_sha, pull.base_sha)
    sha = git.commit_tree(tree, parents, message, when, _by_github(when.when))
    pull.head_repository.git.update_refs({f"refs/heads/{pull.head}": sha})
    settle(forge, repository, actor)


def replay(git: Git, onto: str, commit: Commit, signature: Signature, author: Signature) -> str | None:
    """The change a commit makes, made again on top of `onto`; None where it conflicts."""
    parent = commit.parents[0]
    # merge-tree takes no base before git 2.40: a commit made for it brings the base with it.
    stand_in = git.commit_tree(f"{onto}^{{tree}}", (parent,), "base", signature)
    tree = git.merge_tree(stand_in, commit.sha)
    return tree and git.commit_tree(tree, (onto,), commit.message, author, signature)


def undo(git: Git, onto: str, commit: Commit, signature: Signature) -> str | None:
    """A commit on top of `onto` that takes back what `commit` changed; None where it conflicts."""
    before = f"{commit.parents[0]}^{{tree}}" if commit.parents else git.text("mktree")
    stand_in = git.commit_tree(before, (commit.sha,), "undone", signature)
    tree = git.merge_tree(onto, stand_in)
    message = f'Revert "{commit.subject}"\n\nThis reverts commit {commit.sha}.\n'
    return tree and git.commit_tree(tree, (onto,), message, signature)


def _refusal(repository: Repository, pull: Pull) -> str | None:
    if pull.state == "closed" or not mergeable(repository, pull):
        return "Pull Request is not mergeable"
    if pull.draft:
        return "Pull Request is still a draft"
    if _is_behind(repository, pull):
        return "Head branch is out of date. Review and try the merge again."
    return next(iter(blockers(repository, pull)), None)


def _advance(repository: Repository, pull: Pull, sha: str) -> None:
    try:
        repository.git.update_refs({f"refs/heads/{pull.base}": sha}, pull.base_sha)
    except GitFailed as error:
        raise MergeRefused("Base branch was modified. Review and try the merge again.") from error


def _is_behind(repository: Repository, pull: Pull) -> bool:
    strict = any(protection.up_to_date for protection in repository.protected(pull.base))
    return strict and not repository.git.is_ancestor(pull.base_sha, pull.head_sha)


def _merge(forge: Forge, repository: Repository, pull: Pull, actor: User, message: Message) -> str:
    title = f"Merge pull request #{pull.number} from {pull.head_label.replace(':', '/')}"
    text = _text(message, title, pull.title)
    tree = repository.git.merge_tree(pull.base_sha, pull.head_sha) or ""
    who = forge.signature(actor)
    return repository.git.commit_tree(tree, (pull.base_sha, pull.head_sha), text, who, _by_github(who.when))


def _squash(forge: Forge, repository: Repository, pull: Pull, _actor: User, message: Message) -> str:
    """Its message is the commit's own where there is one, else the title and a list."""
    found = commits(repository.git, "--reverse", f"{pull.base_sha}..{pull.head_sha}")
    if len(found) == 1:
        title, body = found[0].subject, found[0].rest
    else:
        title, body = pull.title, "\n\n".join(f"* {each.message}" for each in found)
    text = _text(message, f"{title} (#{pull.number})", body)
    tree = repository.git.merge_tree(pull.base_sha, pull.head_sha) or ""
    author = forge.signature(pull.user)
    return repository.git.commit_tree(tree, (pull.base_sha,), text, author, _by_github(author.when))


def _rebase(forge: Forge, repository: Repository, pull: Pull, actor: User, _message: Message) -> str:
    head, who = pull.base_sha, forge.signature(actor)
    for each in commits(repository.git, "--reverse", "--no-merges", f"{pull.base_sha}..{pull.head_sha}"):
        author = Signature(each.author, datetime.fromisoformat(each.authored_at))
        replayed = replay(repository.git, head, each, who, author)
        if replayed is None:
            raise MergeRefused("This branch can't be rebased")
        head = replayed
    return head


_MERGERS = {"merge": _merge, "squash": _squash, "rebase": _rebase}


def _text(message: Message, title: str, body: str) -> str:
    body = body if message.body is None else message.body
    return "\n\n".join(part for part in (message.title or title, body) if part) + "\n"


def _by_github(when: datetime) -> Signature:
    return Signature(GITHUB, when)
