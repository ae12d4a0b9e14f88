"""To read merge requests out of GitLab's JSON, and to write texts that it leaves alone. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from updater.model import MetadataItem, PullRequest, PullRequestMetadata
from updater.times import from_iso

_DRAFT = re.compile(r"^\s*(?:\[draft\]|\(draft\)|draft:)\s*", re.IGNORECASE)
_QUICK_ACTION = re.compile(r"^([ \t]*)/(?=[a-z])", re.MULTILINE | re.IGNORECASE)
_WRITTEN_PLAIN = re.compile(r"^([ \t]*)\\/(?=[a-z])", re.MULTILINE | re.IGNORECASE)


def pull_request(content: Mapping[str, Any]) -> PullRequest:
    """Raise KeyError, TypeError, AttributeError or ValueError where it is none.

    Of one from a fork no text is kept: it tells us nothing, and anybody may write it.
    """
    draft = bool(content.get("draft"))
    title = str(content["title"] or "")
    same_repository = content["source_project_id"] == content["target_project_id"]
    return PullRequest(
        number=int(content["iid"]),
        url=str(content["web_url"]),
        title=_DRAFT.sub("", title) if draft else title,
        body=meant(content["description"] or "") if same_repository else "",
        state=_STATES[content["state"]],
        branch=str(content["source_branch"]),
        head=str(content["sha"]),
        base=str(content["target_branch"]),
        author=_username(content["author"]),
        same_repository=same_repository,
        labels=frozenset(content.get("labels") or ()),
        draft=draft,
        created=from_iso(content.get("created_at")),
        closed=from_iso(content.get("merged_at") or content.get("closed_at")),
        auto_merge=bool(content.get("merge_when_pipeline_succeeds")),
        metadata_items=_worn(content),
    )


def _worn(content: Mapping[str, Any]) -> frozenset[MetadataItem]:
    milestone = content.get("milestone")
    return PullRequestMetadata(
        labels=tuple(content.get("labels") or ()),
        reviewers=tuple(str(user["username"]) for user in content.get("reviewers") or ()),
        assignees=tuple(str(user["username"]) for user in content.get("assignees") or ()),
        milestone=str(milestone["title"]) if milestone else None,
    ).as_items


def titled(title: str, *, draft: bool) -> str:
    """A draft is one by its title."""
    return f"Draft: {title}" if draft else title


def plain(text: str) -> str:
    """GitLab obeys lines that begin with a slash (`/merge`, `/close`), also those of a commit we quote."""
    return _QUICK_ACTION.sub(r"\1\\/", text)


def meant(text: str) -> str:
    """What was given to `plain`."""
    return _WRITTEN_PLAIN.sub(r"\1/", text)


_STATES: Mapping[str, Literal["open", "merged", "closed"]] = {
    "opened": "open",
    "locked": "open",  # while it is being merged
    "merged": "merged",
    "closed": "closed",
}


def _username(user: Mapping[str, Any] | None) -> str:
    return str(user["username"]) if user else "ghost"
