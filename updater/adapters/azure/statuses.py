"""To read and set our status: of a commit, and of the pull requests whose head it is. I/O.

Policies of a branch look at those of pull requests alone; those of commits stand in the history.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from updater.adapters.azure.gateway import AzureGateway
from updater.model import CommitStatus

STATES: Mapping[str, Literal["success", "pending", "failure"]] = {
    "succeeded": "success",
    "notApplicable": "success",
    "pending": "pending",
    "notSet": "pending",
    "failed": "failure",
    "error": "failure",
}
_WRITTEN = {"success": "succeeded", "pending": "pending", "failure": "failed"}


class AzureStatuses:
    """One context's: `updater/gates` has the genre `updater` and the name `gates`."""

    def __init__(
        self, gateway: AzureGateway, root: str, context: str, heads: Callable[[str], Iterable[int]]
    ) -> None:
        """`heads` tells which open pull requests have a commit as their head."""
        self._gateway = gateway
        self._root = root
        genre, _, name = context.rpartition("/")
        self._context = {"genre": genre, "name": name}
        self._heads = heads

    def read(self, sha: str) -> CommitStatus | None:
        """The newest: its number is the highest."""
        with self._gateway.sense():
            found = self._gateway.whole(f"{self._root}/commits/{sha}/statuses", {"latestOnly": "true"})
            ours = [each for each in found if context_of(each) == "/".join(self._context.values())]
            return _said(max(ours, key=lambda each: int(each["id"]))) if ours else None

    def write(self, sha: str, status: CommitStatus) -> None:
        """That of the commit last: where it stands, all stand."""
        said = {"state": _WRITTEN[status.state], "description": status.description}
        fields = {**said, "context": self._context}
        for number in self._heads(sha):
            self._write_on(number, sha, fields)
        self._gateway.send("POST", f"{self._root}/commits/{sha}/statuses", fields)

    def _write_on(self, number: int, sha: str, fields: Mapping[str, object]) -> None:
        """For this head only: what somebody pushes later does not get it."""
        path = f"{self._root}/pullrequests/{number}"
        with self._gateway.sense():
            listed = self._gateway.whole(f"{path}/iterations")
            heads = {str(each["sourceRefCommit"]["commitId"]): int(each["id"]) for each in listed}
        if sha in heads:
            self._gateway.send("POST", f"{path}/statuses", {**fields, "iterationId": heads[sha]})


def context_of(content: Mapping[str, Any]) -> str:
    context = content["context"]
    return "/".join(filter(None, (context.get("genre"), str(context["name"]))))


def _said(content: Mapping[str, Any]) -> CommitStatus:
    return CommitStatus(STATES[content["state"]], content.get("description") or "")
