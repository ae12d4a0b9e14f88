"""To read pull requests out of Gitea's JSON. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from updater.model import MetadataItem, PullRequest, PullRequestMetadata
from updater.times import from_iso

TEAM = "team:"
_DRAFT = re.compile(r"^(?:wip:|\[wip\])\s*", re.IGNORECASE)
"""What titles of drafts begin with, unless the server's administrator says otherwise."""


def pull_request(content: Mapping[str, Any]) -> PullRequest:
    """Raise KeyError, TypeError, AttributeError or ValueError where it is none.

    Of one from a fork no text is kept: it tells us nothing, and anybody may write it.
    """
    head, base = content["head"], content["base"]
    same_repository = bool(head["repo_id"] == base["repo_id"])
    return PullRequest(
        number=int(content["number"]),
        url=str(content["html_url"]),
        title=untitled(content),
        body=(content["body"] or "") if same_repository else "",
        state=_state(content),
        # Once the branch is gone, `ref` says `refs/pull/7/head`.
        branch=str(head["label"]),
        head=str(head["sha"]),
        base=str(base["ref"]),
        author=login(content["user"]),
        same_repository=same_repository,
        labels=frozenset(label["name"] for label in content.get("labels") or ()),
        draft=bool(content.get("draft")),
        created=from_iso(content.get("created_at")),
        closed=from_iso(content.get("merged_at") or content.get("closed_at")),
        metadata_items=_worn(content),
    )


def titled(title: str, *, draft: bool) -> str:
    """A draft is one by its title."""
    return f"WIP: {title}" if draft else title


def untitled(content: Mapping[str, Any]) -> str:
    title = str(content["title"] or "")
    return _DRAFT.sub("", title) if content.get("draft") else title


def login(user: Mapping[str, Any] | None) -> str:
    if user is None:
        return "ghost"
    if not isinstance(name := user["login"], str):
        raise TypeError("no login")
    return name


def _state(content: Mapping[str, Any]) -> Literal["open", "merged", "closed"]:
    if content.get("merged"):
        return "merged"
    return "open" if content["state"] == "open" else "closed"


def _worn(content: Mapping[str, Any]) -> frozenset[MetadataItem]:
    milestone = content.get("milestone")
    return PullRequestMetadata(
        labels=tuple(label["name"] for label in content.get("labels") or ()),
        reviewers=(
            *(login(user) for user in content.get("requested_reviewers") or ()),
            *(f"{TEAM}{team['name']}" for team in content.get("requested_reviewers_teams") or ()),
        ),
        assignees=tuple(login(user) for user in content.get("assignees") or ()),
        milestone=str(milestone["title"]) if milestone else None,
    ).as_items
