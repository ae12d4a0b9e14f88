"""To show people, repositories, commits and pull requests as Gitea does. I/O: mergeability is worked out."""

from datetime import datetime
from typing import Any

from updater.sandbox.github.history import Commit
from updater.sandbox.github.settling import is_computed, mergeable
from updater.sandbox.github.state import Forge, Pull, Repository, User

Shape = dict[str, Any]


def show_user(forge: Forge, user: User) -> Shape:
    return {
        "id": user.id,
        "login": user.login,
        "full_name": "",
        "email": user.person.email,
        "html_url": f"{forge.url}/{user.login}",
        "is_admin": False,
    }


def show_repository(forge: Forge, repository: Repository) -> Shape:
    """What a user may do who is no administrator of it."""
    return {
        "id": repository.id,
        "owner": show_user(forge, repository.owner),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "archived": repository.archived,
        "default_branch": repository.default_branch,
        "html_url": f"{forge.url}/{repository.full_name}",
        "object_format_name": "sha1",
        "permissions": {"admin": False, "push": True, "pull": True},
    }


def show_commit(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    url = f"{forge.url}/api/v1/repos/{repository.full_name}/git/commits/{commit.sha}"
    who = {
        "author": (commit.author, commit.authored_at),
        "committer": (commit.committer, commit.committed_at),
    }
    people = {
        role: {"name": person.name, "email": person.email, "date": date}
        for role, (person, date) in who.items()
    }
    return {
        "sha": commit.sha,
        "url": url,
        "html_url": f"{forge.url}/{repository.full_name}/commit/{commit.sha}",
        "commit": {"url": url, "message": commit.message, **people},
        "parents": [{"sha": sha} for sha in commit.parents],
    }


def show_label(repository: Repository, name: str) -> Shape:
    return {"id": repository.labels[name], "name": name, "color": "ededed", "description": ""}


def show_milestone(repository: Repository, title: str) -> Shape:
    return {"id": repository.milestones.index(title) + 1, "title": title, "state": "open"}


def show_team(slug: str) -> Shape:
    return {"id": 1, "name": slug, "permission": "write"}


def instant(moment: datetime | None) -> str | None:
    """In the time zone of the server, as Gitea has it."""
    return moment.isoformat() if moment else None


def body_version(pull: Pull) -> int:
    version, body = pull.body_version
    if body != pull.body:
        pull.body_version = (version + (body is not None), pull.body)
    return pull.body_version[0]


def show_pull(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    """Mergeable is what was tried, conflicts with nothing, and is no draft."""
    fits = is_computed(pull) and mergeable(repository, pull) and not pull.draft
    closed = pull.state != "open"
    return {
        "id": pull.id,
        "url": (web := f"{forge.url}/{repository.full_name}/pulls/{pull.number}"),
        "number": pull.number,
        "user": show_user(forge, pull.user),
        "title": f"WIP: {pull.title}" if pull.draft else pull.title,
        "body": pull.body or "",
        "labels": [show_label(repository, name) for name in pull.labels],
        "milestone": show_milestone(repository, pull.milestone) if pull.milestone else None,
        "assignee": show_user(forge, pull.assignees[0]) if pull.assignees else None,
        "assignees": [show_user(forge, user) for user in pull.assignees],
        "requested_reviewers": [show_user(forge, user) for user in pull.reviewers],
        "requested_reviewers_teams": [show_team(slug) for slug in pull.team_reviewers],
        "state": pull.state,
        "draft": pull.draft,
        "comments": len(pull.comments),
        "html_url": web,
        "mergeable": fits and not closed,
        "merged": pull.merged_at is not None,
        "merged_at": instant(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "merged_by": show_user(forge, pull.merged_by) if pull.merged_by else None,
        "base": _show_end(forge, repository, pull.base, pull.base, pull.base_sha),
        "head": _show_head(forge, pull),
        "merge_base": repository.git.merge_base(pull.base_sha, pull.head_sha) or "",
        "created_at": instant(pull.created_at),
        "updated_at": instant(pull.updated_at),
        "closed_at": instant(pull.closed_at),
        "content_version": body_version(pull),
    }


def _show_head(forge: Forge, pull: Pull) -> Shape:
    """Once the branch is gone, only the label names it."""
    ref = f"refs/heads/{pull.head}"
    there = pull.head_repository.git.refs(ref).get(ref)
    shown = pull.head if there else f"refs/pull/{pull.number}/head"
    sha = there if there and pull.state == "open" else pull.head_sha
    return _show_end(forge, pull.head_repository, pull.head, shown, sha)


def _show_end(forge: Forge, repository: Repository, label: str, ref: str, sha: str) -> Shape:
    return {
        "label": label,
        "ref": ref,
        "sha": sha,
        "repo_id": repository.id,
        "repo": show_repository(forge, repository),
    }
