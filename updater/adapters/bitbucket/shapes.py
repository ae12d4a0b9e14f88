"""To read pull requests out of Bitbucket's JSON. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from updater.model import MetadataItem, PullRequest, PullRequestMetadata
from updater.times import from_iso

_STATES: Mapping[str, Literal["open", "merged", "closed"]] = {
    "OPEN": "open",
    "MERGED": "merged",
    "DECLINED": "closed",
    "SUPERSEDED": "closed",
}


def pull_request(content: Mapping[str, Any]) -> PullRequest:
    """Raise KeyError, TypeError, AttributeError or ValueError where it is none.

    Its `head` is the beginning of one: Bitbucket says no more here. When it was closed is not said either.
    Of one from a fork no text is kept: it tells us nothing, and anybody may write it.
    """
    source, destination = content["source"], content["destination"]
    same_repository = _repository(source) == _repository(destination)
    return PullRequest(
        number=int(content["id"]),
        url=str(content["links"]["html"]["href"]),
        title=str(content["title"] or ""),
        body=_body(content) if same_repository else "",
        state=_STATES.get(str(content["state"]), "open"),
        branch=str(source["branch"]["name"]),
        head=str((source.get("commit") or {}).get("hash") or ""),
        base=str(destination["branch"]["name"]),
        author=account(content["author"]),
        same_repository=same_repository,
        draft=bool(content.get("draft")),
        created=from_iso(content.get("created_on")),
        metadata_items=_worn(content),
    )


def account(user: Mapping[str, Any] | None) -> str:
    """The one name that is unique: Atlassian's id, else the uuid that Bitbucket's own bots have."""
    if user is None:
        return "ghost"
    name = user.get("account_id") or user["uuid"]
    if not isinstance(name, str):
        raise TypeError("no account")
    return name


def reference(name: str) -> Mapping[str, str]:
    """How somebody is named to Bitbucket."""
    return {"type": "user", "uuid" if name.startswith("{") else "account_id": name}


def references(users: object) -> list[Mapping[str, str]]:
    """Those who are there already: by uuid, which everybody has."""
    if not isinstance(users, list):
        return []
    return [{"type": "user", "uuid": str(user["uuid"])} for user in users]


def asked(users: object) -> frozenset[MetadataItem]:
    """By either name: config may use the one or the other."""
    if not isinstance(users, list):
        return frozenset()
    names = (name for user in users for name in (user.get("account_id"), user.get("uuid")) if name)
    return PullRequestMetadata(reviewers=tuple(map(str, names))).as_items


def _body(content: Mapping[str, Any]) -> str:
    return str((content.get("summary") or {}).get("raw") or "")


def _repository(end: Mapping[str, Any]) -> str | None:
    """A fork may be gone."""
    repository = end.get("repository")
    return str(repository["full_name"]).lower() if repository else None


def _worn(content: Mapping[str, Any]) -> frozenset[MetadataItem]:
    return asked(content.get("reviewers"))
