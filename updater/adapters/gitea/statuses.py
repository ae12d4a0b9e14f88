"""To read and set our status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal

from updater.adapters.gitea.gateway import GiteaGateway
from updater.model import CommitStatus

STATES: Mapping[str, Literal["success", "pending", "failure"]] = {
    "success": "success",
    "skipped": "success",
    "pending": "pending",
    "failure": "failure",
    "error": "failure",
    "warning": "failure",
}
"""As Gitea itself counts them."""


class GiteaStatuses:
    """One context's."""

    def __init__(self, gateway: GiteaGateway, root: str, context: str) -> None:
        self._gateway = gateway
        self._root = root
        self._context = context

    def read(self, sha: str) -> CommitStatus | None:
        """They come newest first, to the second; the highest id is the last word."""
        with self._gateway.sense():
            number, more = 1, True
            while more:
                page = self._gateway.page(f"{self._root}/commits/{sha}/statuses", {}, number)
                ours = [each for each in page.items if each["context"] == self._context]
                if ours:
                    return _said(max(ours, key=lambda each: int(each["id"])))
                number, more = number + 1, page.more
            return None

    def write(self, sha: str, status: CommitStatus) -> None:
        fields = {"state": status.state, "context": self._context, "description": status.description}
        self._gateway.send("POST", f"{self._root}/statuses/{sha}", fields)


def _said(content: Mapping[str, Any]) -> CommitStatus:
    return CommitStatus(STATES[content["status"]], content["description"] or "")
