"""To show people, repositories, commits and pull requests as Azure DevOps does. I/O: merging is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from updater.sandbox.azure.calls import PROJECT
from updater.sandbox.azure.records import Record
from updater.sandbox.github.history import Commit
from updater.sandbox.github.settling import is_computed, mergeable
from updater.sandbox.github.state import Forge, Pull, Repository, User

Shape = dict[str, Any]
VOTES = {"APPROVED": 10, "CHANGES_REQUESTED": -10, "COMMENTED": 0}
_STRATEGIES = {"merge": "noFastForward", "squash": "squash", "rebase": "rebase"}


def guid(number: int) -> str:
    return str(UUID(int=number))


def project_id(repository: Repository) -> str:
    return guid(repository.owner.id)


def instant(moment: datetime) -> str:
    """To a ten-millionth of a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0Z"


def show_user(forge: Forge, user: User) -> Shape:
    return {
        "displayName": user.login.title(),
        "url": f"{forge.url}/_apis/Identities/{guid(user.id)}",
        "id": guid(user.id),
        "uniqueName": user.login,
        "imageUrl": f"{forge.url}/_api/_common/identityImage?id={guid(user.id)}",
        "descriptor": f"aad.{user.id}",
    }


def show_team(forge: Forge, name: str) -> Shape:
    """As an identity that may be asked to review."""
    number = guid(team_number(name))
    return {
        "displayName": f"[{PROJECT}]\\{name}",
        "url": f"{forge.url}/_apis/Identities/{number}",
        "id": number,
        "uniqueName": f"vstfs:///Classification/TeamProject/{number}\\{name}",
        "isContainer": True,
    }


def team_number(name: str) -> int:
    return int.from_bytes(name.encode()[:15], "big")


def show_repository(forge: Forge, repository: Repository) -> Shape:
    where = f"{forge.url}/{repository.owner.login}/{quote(PROJECT)}"
    return {
        "id": guid(repository.id),
        "name": repository.name,
        "url": f"{where}/_apis/git/repositories/{guid(repository.id)}",
        "project": {
            "id": project_id(repository),
            "name": PROJECT,
            "url": f"{forge.url}/{repository.owner.login}/_apis/projects/{project_id(repository)}",
            "state": "wellFormed",
            "revision": 7,
            "visibility": "private",
        },
        "defaultBranch": f"refs/heads/{repository.default_branch}",
        "remoteUrl": f"{where}/_git/{repository.name}",
        "webUrl": f"{where}/_git/{repository.name}",
        "isDisabled": repository.archived,
        "isInMaintenance": False,
    }


def show_commit(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    """In a list the message is cut, and says so."""
    text = commit.message.strip()
    shown, cut = text.partition("\n")[0], "\n" in text
    who = {
        "author": (commit.author, commit.authored_at),
        "committer": (commit.committer, commit.committed_at),
    }
    people = {
        role: {"name": person.name, "email": person.email, "date": date}
        for role, (person, date) in who.items()
    }
    return {
        **show_sha(forge, repository, commit.sha),
        **people,
        "comment": shown,
        **({"commentTruncated": True} if cut else {}),
    }


def show_sha(forge: Forge, repository: Repository, sha: str) -> Shape:
    where = f"{forge.url}/{repository.owner.login}/_apis/git/repositories/{guid(repository.id)}"
    return {"commitId": sha, "url": f"{where}/commits/{sha}"}


def show_label(forge: Forge, repository: Repository, name: str) -> Shape:
    number = guid(repository.labels[name])
    return {"id": number, "name": name, "active": True, "url": f"{forge.url}/_apis/labels/{number}"}


def show_pull(forge: Forge, repository: Repository, pull: Pull, record: Record) -> Shape:
    """What is not there is left out."""
    state = "completed" if pull.merged_at else "active" if pull.state == "open" else "abandoned"
    optional = {
        "description": pull.body or None,
        "labels": [show_label(forge, repository, name) for name in pull.labels] or None,
        "closedDate": instant(pull.closed_at) if pull.closed_at else None,
        "closedBy": show_user(forge, pull.closed_by) if pull.closed_by else None,
        "autoCompleteSetBy": show_user(forge, pull.auto_merge.user) if pull.auto_merge else None,
        "completionOptions": record.options or None,
        "lastMergeCommit": show_sha(forge, repository, pull.merge_commit) if pull.merge_commit else None,
        "forkSource": _show_fork(forge, repository, pull),
    }
    return {
        "repository": show_repository(forge, repository),
        "pullRequestId": pull.number,
        "codeReviewId": pull.number,
        "status": state,
        "createdBy": show_user(forge, pull.user),
        "creationDate": instant(pull.created_at),
        "title": pull.title,
        "sourceRefName": f"refs/heads/{pull.head}",
        "targetRefName": f"refs/heads/{pull.base}",
        "mergeStatus": _merge_status(repository, pull),
        "isDraft": pull.draft,
        "mergeId": guid(pull.id),
        "lastMergeSourceCommit": show_sha(forge, repository, pull.head_sha),
        "lastMergeTargetCommit": show_sha(forge, repository, pull.base_sha),
        "reviewers": [*_show_reviewers(forge, pull)],
        "url": f"{forge.url}/_apis/git/repositories/{guid(repository.id)}/pullRequests/{pull.number}",
        "supportsIterations": True,
        **{key: value for key, value in optional.items() if value is not None},
    }


def show_options(method: str) -> Shape:
    return {"mergeStrategy": _STRATEGIES[method], "deleteSourceBranch": False, "transitionWorkItems": False}


def votes(pull: Pull) -> dict[User, int]:
    """Of everybody the last one; a comment is none."""
    return {each.user: VOTES[each.state] for each in pull.reviews if each.state != "COMMENTED"}


def _show_reviewers(forge: Forge, pull: Pull) -> list[Shape]:
    voted = votes(pull)
    people = [show_vote(forge, user, voted.get(user, 0)) for user in dict.fromkeys([*pull.reviewers, *voted])]
    return people + [{**show_team(forge, name), "vote": 0} for name in pull.team_reviewers]


def show_vote(forge: Forge, user: User, vote: int) -> Shape:
    return {**show_user(forge, user), "vote": vote, "hasDeclined": False, "isFlagged": False}


def _merge_status(repository: Repository, pull: Pull) -> str:
    """It is tried behind everybody's back, also of drafts."""
    if pull.state != "open":
        return "succeeded" if pull.merged_at else "notSet"
    if not is_computed(pull):
        return "queued"
    return "succeeded" if mergeable(repository, pull) else "conflicts"


def _show_fork(forge: Forge, repository: Repository, pull: Pull) -> Shape | None:
    if pull.head_repository is repository:
        return None
    return {
        "name": f"refs/heads/{pull.head}",
        "objectId": pull.head_sha,
        "repository": show_repository(forge, pull.head_repository),
    }
