"""To read pull requests out of the JSON of Azure DevOps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from updater.model import MetadataItem, PullRequest, PullRequestMetadata
from updater.times import from_iso

TEAM = "team:"
HEADS = "refs/heads/"
_STATES: Mapping[str, Literal["open", "merged", "closed"]] = {
    "active": "open",
    "completed": "merged",
    "abandoned": "closed",
}


class Myself(NamedTuple):
    """Whom the token acts as. What people read is not what tells who it is."""

    id: str
    login: str


def pull_request(content: Mapping[str, Any], page: str, myself: Myself | None = None) -> PullRequest:
    """Raise KeyError, TypeError, AttributeError or ValueError where it is none.

    `page` is the repository's. Of one from a fork no text is kept: it tells us nothing, and anybody may
    write it.
    """
    number, same_repository = int(content["pullRequestId"]), content.get("forkSource") is None
    merges = content.get("autoCompleteSetBy")
    return PullRequest(
        number=number,
        url=f"{page}/pullrequest/{number}",
        title=str(content["title"] or ""),
        body=str(content.get("description") or "") if same_repository else "",
        state=_STATES[content["status"]],
        branch=str(content["sourceRefName"]).removeprefix(HEADS),
        head=head_of(content),
        base=str(content["targetRefName"]).removeprefix(HEADS),
        author=login(content["createdBy"], myself),
        same_repository=same_repository,
        labels=frozenset(_labels(content)),
        draft=bool(content.get("isDraft")),
        created=from_iso(content.get("creationDate")),
        closed=from_iso(content.get("closedDate")),
        auto_merge=merges is not None,
        merges_by=login(merges, myself) if merges else None,
        metadata_items=_worn(content),
    )


def head_of(content: Mapping[str, Any]) -> str:
    """The head when merging was tried last; nothing where it was not tried yet."""
    return str((content.get("lastMergeSourceCommit") or {}).get("commitId") or "")


def login(identity: Mapping[str, Any], myself: Myself | None = None) -> str:
    """How people sign in: mostly their mail address."""
    if myself is not None and str(identity["id"]).lower() == myself.id:
        return myself.login
    if not isinstance(name := identity.get("uniqueName") or identity["displayName"], str):
        raise TypeError("no name")
    return name


def reviewer(identity: Mapping[str, Any]) -> str:
    r"""A team is called `[Project]\Team`."""
    if identity.get("isContainer"):
        return TEAM + str(identity["displayName"]).rpartition("\\")[2]
    return login(identity)


def _worn(content: Mapping[str, Any]) -> frozenset[MetadataItem]:
    reviewers = tuple(reviewer(each) for each in content.get("reviewers") or ())
    return PullRequestMetadata(labels=_labels(content), reviewers=reviewers).as_items


def _labels(content: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(label["name"]) for label in content.get("labels") or () if label.get("active", True))
