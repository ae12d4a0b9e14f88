"""To read pull requests out of GitHub's JSON. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from updater.model import MetadataItem, PullRequest, PullRequestMetadata
from updater.times import from_iso


def pull_request(content: Mapping[str, Any]) -> PullRequest:
    """Raise KeyError, TypeError, AttributeError or ValueError where it is none.

    Of one from a fork no text is kept: it tells us nothing, and anybody may write it.
    """
    head, base = content["head"], content["base"]
    same_repository = _full_name(head) is not None and _full_name(head) == _full_name(base)
    return PullRequest(
        number=int(content["number"]),
        url=str(content["html_url"]),
        title=content["title"] or "",
        body=(content["body"] or "") if same_repository else "",
        state=_state(content),
        branch=str(head["ref"]),
        head=str(head["sha"]),
        base=str(base["ref"]),
        author=_login(content["user"]),
        same_repository=same_repository,
        labels=frozenset(label["name"] for label in content.get("labels", ())),
        draft=bool(content.get("draft")),
        created=from_iso(content.get("created_at")),
        closed=from_iso(content.get("closed_at")),
        auto_merge=content.get("auto_merge") is not None,
        merges_by=_login(content["auto_merge"].get("enabled_by")) if content.get("auto_merge") else None,
        metadata_items=_worn(content),
    )


def _worn(content: Mapping[str, Any]) -> frozenset[MetadataItem]:
    milestone = content.get("milestone")
    return PullRequestMetadata(
        labels=tuple(label["name"] for label in content.get("labels") or ()),
        reviewers=(
            *(user["login"] for user in content.get("requested_reviewers") or ()),
            *(f"team:{team['slug']}" for team in content.get("requested_teams") or ()),
        ),
        assignees=tuple(user["login"] for user in content.get("assignees") or ()),
        milestone=milestone["title"] if milestone else None,
    ).as_items


def _state(content: Mapping[str, Any]) -> Literal["open", "merged", "closed"]:
    if content.get("merged_at"):
        return "merged"
    return "open" if content["state"] == "open" else "closed"


def _login(user: Mapping[str, Any] | None) -> str:
    """A deleted account is null, and shown as `ghost`."""
    return str(user["login"]) if user else "ghost"


def _full_name(end: Mapping[str, Any]) -> str | None:
    """None for a fork that was deleted."""
    return str(end["repo"]["full_name"]).lower() if end.get("repo") else None
