"""To read and set our status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from github.Commit import Commit

from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.model import CommitStatus

_STATES: Mapping[str, Literal["success", "pending", "failure"]] = {
    "success": "success",
    "pending": "pending",
    "failure": "failure",
    "error": "failure",
}


class _StatusJson(NamedTuple):
    context: str
    status: CommitStatus


class GitHubStatuses:
    """One context's."""

    def __init__(self, gateway: GitHubGateway, root: str, context: str) -> None:
        self._gateway = gateway
        self._root = root
        self._context = context
        self._lists = Lists(gateway, _said)

    def read(self, sha: str) -> CommitStatus | None:
        newest_first = self._lists.first(f"{self._root}/commits/{sha}/statuses", {})
        return next((each.status for each in newest_first if each.context == self._context), None)

    def write(self, sha: str, status: CommitStatus) -> None:
        places = {"url": f"{self._root}/commits/{sha}", "sha": sha}
        with self._gateway.sense():
            Commit(self._gateway, {}, places, completed=True).create_status(
                status.state, description=status.description, context=self._context
            )


def _said(content: Mapping[str, Any]) -> _StatusJson:
    return _StatusJson(
        content["context"], CommitStatus(_STATES[content["state"]], content["description"] or "")
    )
