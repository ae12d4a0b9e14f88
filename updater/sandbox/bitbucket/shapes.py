"""To show people, repositories, commits and pull requests as Bitbucket does. Pure."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from updater.sandbox.github.history import Commit
from updater.sandbox.github.state import Forge, Pull, Repository, User

Shape = dict[str, Any]
_SHORT = 12


def uuid_of(name: str) -> str:
    return f"{{{uuid5(NAMESPACE_URL, name)}}}"


def show_user(forge: Forge, user: User) -> Shape:
    """Names are for reading: what is unique are the two ids."""
    return {
        "type": "user",
        "display_name": user.login.title(),
        "nickname": user.login,
        "uuid": uuid_of(user.login),
        "account_id": user.login,
        "links": {"avatar": {"href": f"{forge.url}/{uuid_of(user.login)}/avatar"}},
    }


def show_repository(forge: Forge, repository: Repository) -> Shape:
    return {
        **show_repository_name(forge, repository),
        "is_private": repository.private,
        "created_on": instant(repository.created_at),
        "mainbranch": {"type": "branch", "name": repository.default_branch},
        "scm": "git",
    }


def show_repository_name(forge: Forge, repository: Repository) -> Shape:
    """As where something else is told."""
    return {
        "type": "repository",
        "name": repository.name,
        "full_name": repository.full_name,
        "uuid": uuid_of(repository.full_name),
        "links": {"html": {"href": f"{forge.url}/{repository.full_name}"}},
    }


def show_commit(commit: Commit) -> Shape:
    return {
        "type": "commit",
        "hash": commit.sha,
        "date": commit.committed_at.replace("Z", "+00:00"),
        "message": commit.message,
        "author": {"type": "author", "raw": f"{commit.author.name} <{commit.author.email}>"},
        "parents": [{"type": "commit", "hash": sha} for sha in commit.parents],
    }


def instant(moment: datetime) -> str:
    return moment.isoformat()


def text(raw: str) -> Shape:
    return {"raw": raw, "markup": "markdown", "html": f"<p>{len(raw)} characters</p>"}


def state_of(pull: Pull) -> str:
    if pull.merged_at:
        return "MERGED"
    return "OPEN" if pull.state == "open" else "DECLINED"


def show_pull(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    web = f"{forge.url}/{repository.full_name}/pull-requests/{pull.number}"
    merge = {"hash": pull.merge_commit[:_SHORT]} if pull.merge_commit else None
    return {
        "type": "pullrequest",
        "id": pull.number,
        "title": pull.title,
        "summary": text(pull.body or ""),
        "state": state_of(pull),
        "draft": pull.draft,
        "author": show_user(forge, pull.user),
        "source": _show_end(forge, pull.head_repository, pull.head, pull.head_sha),
        "destination": _show_end(forge, repository, pull.base, pull.base_sha),
        "close_source_branch": False,
        "comment_count": len(pull.comments),
        "task_count": 0,
        "created_on": instant(pull.created_at),
        "updated_on": instant(pull.updated_at),
        "links": {"html": {"href": web}},
        "reviewers": [show_user(forge, user) for user in reviewers_of(pull)],
        "participants": _participants(forge, pull),
        **({"merge_commit": merge} if merge else {}),
    }


def show_pull_in_list(forge: Forge, repository: Repository, pull: Pull, fields: str) -> Shape:
    """Lists are without reviewers and participants, unless somebody asks for them."""
    shown = show_pull(forge, repository, pull)
    hidden = [key for key in ("reviewers", "participants") if f"+values.{key}" not in fields.split(",")]
    return {key: value for key, value in shown.items() if key not in hidden}


def reviewers_of(pull: Pull) -> list[User]:
    """Whoever has reviewed is one still."""
    asked = {each.subject for each in pull.events if each.name == "review_requested"}
    done = [review.user for review in pull.reviews if review.user.login in asked]
    return list(dict.fromkeys([*pull.reviewers, *done]))


def _participants(forge: Forge, pull: Pull) -> list[Shape]:
    """Reviewers, and who has reviewed without being asked."""
    asked = reviewers_of(pull)
    said = {review.user: review.state for review in pull.reviews if review.state != "COMMENTED"}
    words = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes_requested"}
    return [
        {
            "type": "participant",
            "user": show_user(forge, user),
            "role": "REVIEWER" if user in asked else "PARTICIPANT",
            "approved": said.get(user) == "APPROVED",
            "state": words.get(said.get(user, "")),
        }
        for user in dict.fromkeys([*asked, *said])
    ]


def _show_end(forge: Forge, repository: Repository, branch: str, sha: str) -> Shape:
    """Of a commit it shows the beginning."""
    return {
        "branch": {"name": branch},
        "commit": {"hash": sha[:_SHORT]},
        "repository": show_repository_name(forge, repository),
    }
