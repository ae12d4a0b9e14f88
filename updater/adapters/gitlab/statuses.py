"""To read and set our status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal

from gitlab.v4.objects import Project

from updater.adapters.gitlab.gateway import GitLabGateway
from updater.errors import Refused
from updater.model import CommitStatus

_TO_GITLAB = {"success": "success", "pending": "pending", "failure": "failed"}
_FROM_GITLAB: Mapping[str, Literal["success", "pending", "failure"]] = {
    "success": "success",
    "pending": "pending",
    "running": "pending",
    "created": "pending",
    "failed": "failure",
    "canceled": "failure",
}


class GitLabStatuses:
    """One name's."""

    def __init__(self, gateway: GitLabGateway, project: Project, root: str, name: str) -> None:
        self._gateway = gateway
        self._project = project
        self._root = root
        self._name = name

    def read(self, sha: str) -> CommitStatus | None:
        path = f"{self._root}/repository/commits/{sha}/statuses"
        with self._gateway.sense():
            found = [each for each in self._gateway.page(path, {"name": self._name}) if self._is_ours(each)]
            newest = max(found, key=lambda each: int(each["id"]), default=None)
            return _said(newest) if newest else None

    def _is_ours(self, content: Mapping[str, Any]) -> bool:
        return bool(content["name"] == self._name)

    def write(self, sha: str, status: CommitStatus) -> None:
        """GitLab lets no status go from pending to pending: the one that waits is cancelled first."""
        try:
            self._post(sha, status.description, _TO_GITLAB[status.state])
        except Refused as refused:
            if "cannot transition" not in refused.sentence.lower():
                raise
            self._post(sha, status.description, "canceled")
            self._post(sha, status.description, _TO_GITLAB[status.state])

    def _post(self, sha: str, description: str, state: str) -> None:
        commit = self._project.commits.get(sha, lazy=True)
        with self._gateway.sense():
            commit.statuses.create({"state": state, "name": self._name, "description": description})


def _said(content: Mapping[str, Any]) -> CommitStatus:
    return CommitStatus(_FROM_GITLAB[content["status"]], content["description"] or "")
