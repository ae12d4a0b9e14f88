"""To read and set our status: of a commit, and of the pull requests whose head it is. I/O.

Policies of a branch look at those of pull requests alone; those of commits stand in the history.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
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
        """What the commit says; without its words where a pull request that it heads does not say it, too.

        So it is told again there, and a commit that is green for nobody's pull request counts as green.
        """
        with self._gateway.sense():
            said = self._newest(f"{self._root}/commits/{sha}/statuses", {"latestOnly": "true"})
            if said is None:
                return None
            told = [self._read_on(number, sha) for number in self._heads(sha)]
            return said if all(each == said for each in told) else replace(said, description="")

    def write(self, sha: str, status: CommitStatus) -> None:
        """That of the commit last: where it stands, all stand."""
        said = {"state": _WRITTEN[status.state], "description": status.description}
        fields = {**said, "context": self._context}
        for number in self._heads(sha):
            self._write_on(number, sha, fields)
        self._gateway.send("POST", f"{self._root}/commits/{sha}/statuses", fields)

    def _read_on(self, number: int, sha: str) -> CommitStatus | None:
        iteration = self._iteration(number, sha)
        found = self._newest(f"{self._root}/pullrequests/{number}/statuses", {}, iteration)
        return found if iteration is not None else None

    def _write_on(self, number: int, sha: str, fields: Mapping[str, object]) -> None:
        """For this head only: what somebody pushes later does not get it."""
        iteration = self._iteration(number, sha)
        if iteration is not None:
            path = f"{self._root}/pullrequests/{number}/statuses"
            self._gateway.send("POST", path, {**fields, "iterationId": iteration})

    def _iteration(self, number: int, sha: str) -> int | None:
        """The number of what was pushed with this head; None where another one was pushed since."""
        with self._gateway.sense():
            listed = self._gateway.whole(f"{self._root}/pullrequests/{number}/iterations")
            heads = {str(each["sourceRefCommit"]["commitId"]): int(each["id"]) for each in listed}
            return heads.get(sha)

    def _newest(
        self, path: str, query: Mapping[str, str], iteration: int | None = None
    ) -> CommitStatus | None:
        """Of ours, the one with the highest number, where it has one."""
        ours = [
            each
            for each in self._gateway.whole(path, query)
            if context_of(each) == "/".join(self._context.values()) and each.get("iterationId") == iteration
        ]
        return _said(max(ours, key=lambda each: int(each.get("id") or 0))) if ours else None


def context_of(content: Mapping[str, Any]) -> str:
    context = content["context"]
    return "/".join(filter(None, (context.get("genre"), str(context["name"]))))


def _said(content: Mapping[str, Any]) -> CommitStatus:
    return CommitStatus(STATES[content["state"]], str(content.get("description") or ""))
