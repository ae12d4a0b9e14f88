"""To read how a pull request stands with its reviewers and with GitHub. I/O."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.model import ReviewState

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_INSIDERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Anybody may approve in a public repository; only these people's approval counts for anything."""


class _Review(NamedTuple):
    reviewer: str
    state: str
    insider: bool


class GitHubReviews:
    def __init__(self, gateway: GitHubGateway, root: str, queued_by: Callable[[int], str | None]) -> None:
        self._gateway = gateway
        self._queued_by = queued_by
        self._root = root
        self._lists = Lists(gateway, _review)

    def of(self, number: int) -> ReviewState:
        path = f"{self._root}/pulls/{number}"
        mergeable = self._mergeable(path)
        approved = _approved(self._lists.whole(f"{path}/reviews", {}))
        return ReviewState(approved, mergeable, self._queued_by(number))

    def _mergeable(self, path: str) -> str:
        """`unknown` until GitHub has tried the merge, which being asked makes it do."""
        _, _, body = self._gateway.requestJson("GET", path)
        with self._gateway.sense():
            return str(json.loads(body)["mergeable_state"])


def _approved(reviews: Iterable[_Review]) -> bool:
    """They come oldest first. A comment after an approval takes nothing back."""
    latest = {each.reviewer: each.state for each in reviews if each.state in _OPINIONS and each.insider}
    return "APPROVED" in latest.values() and "CHANGES_REQUESTED" not in latest.values()


def _review(content: Mapping[str, Any]) -> _Review:
    user = content["user"]
    insider = content.get("author_association") in _INSIDERS
    return _Review(str(user["login"]) if user else "ghost", str(content["state"]), insider)
