"""To read and set our status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal

from gitlab.v4.objects import Project

from updater.adapters.gitlab.gateway import Gateway
from updater.adapters.memory import Memory
from updater.errors import Refused
from updater.model import Status

_LONGEST = 140
_TO_GITLAB = {"success": "success", "pending": "pending", "failure": "failed"}
_FROM_GITLAB: Mapping[str, Literal["success", "pending", "failure"]] = {
    "success": "success",
    "pending": "pending",
    "running": "pending",
    "created": "pending",
    "failed": "failure",
    "canceled": "failure",
}


class Statuses:
    """One name's. What was seen or set once is not asked for again: nobody else sets it."""

    def __init__(self, gateway: Gateway, project: Project, root: str, name: str) -> None:
        self._gateway = gateway
        self._project = project
        self._root = root
        self._name = name
        self._known: Memory[str, Status | None] = Memory()

    def of(self, sha: str) -> Status | None:
        return self._known.get(sha, lambda: self._read(sha))

    def set(self, sha: str, status: Status) -> None:
        known = self._known.known(sha)
        if known is None or _cut(known) != _cut(status):
            self._known.drop(sha)
            self._write(sha, _cut(status))
        # The words as we were given them, so that who compares finds no difference.
        self._known.put(sha, status)

    def _read(self, sha: str) -> Status | None:
        path = f"{self._root}/repository/commits/{sha}/statuses"
        with self._gateway.sense():
            found = [each for each in self._gateway.page(path, {"name": self._name}) if self._is_ours(each)]
            newest = max(found, key=lambda each: int(each["id"]), default=None)
            return _said(newest) if newest else None

    def _is_ours(self, content: Mapping[str, Any]) -> bool:
        return bool(content["name"] == self._name)

    def _write(self, sha: str, status: Status) -> None:
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


def _said(content: Mapping[str, Any]) -> Status:
    return Status(_FROM_GITLAB[content["status"]], content["description"] or "")


def _cut(status: Status) -> Status:
    """As long as on GitHub, so that both say the same; GitLab would take 255 characters."""
    text = status.description
    return status if len(text) <= _LONGEST else Status(status.state, f"{text[: _LONGEST - 1]}…")
