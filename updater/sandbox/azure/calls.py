"""One call of the REST API of Azure DevOps, what it is about, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from updater.sandbox.azure.records import Record, Records
from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Pull, Repository, User

Thing = TypeVar("Thing")
PROJECT = "Platform Team"
"""Of each organization; it has all of its repositories."""
_USUAL, _MOST = 100, 1000


class Refusal(Exception):
    """An answer that says no, as Azure DevOps words it."""

    def __init__(self, status: int, message: str, kind: str = "InvalidArgumentValueException") -> None:
        super().__init__(message)
        self.answer = answer_json(
            {
                "$id": "1",
                "innerException": None,
                "message": message,
                "typeName": f"Microsoft.TeamFoundation.Git.Server.{kind}, Microsoft.TeamFoundation",
                "typeKey": kind,
                "errorCode": 0,
                "eventId": 3000,
            },
            status,
        )


@dataclass(frozen=True, slots=True)
class Call:
    forge: Forge
    records: Records
    request: Request
    user: User
    parameters: Mapping[str, str]
    given: Any

    @property
    def repository(self) -> Repository:
        name = self.parameters["repo"]
        repository = self.forge.find(f"{self.parameters['org']}/{name}")
        if repository is None or self.parameters["project"] != PROJECT:
            raise Refusal(
                404,
                f"TF401019: The Git repository with name or identifier {name} does not exist or you do not "
                "have permissions for the operation you are attempting.",
                "GitRepositoryNotFoundException",
            )
        return repository

    @property
    def writable(self) -> Repository:
        if self.repository.archived:
            raise Refusal(
                403,
                f"TF401027: The Git repository {self.repository.name} is disabled.",
                "GitRepositoryDisabledException",
            )
        return self.repository

    @property
    def pull(self) -> Pull:
        number = int(self.parameters["number"])
        pull = self.repository.issues.get(number)
        if not isinstance(pull, Pull):
            raise Refusal(
                404,
                f"TF401180: The requested pull request with id {number} was not found.",
                "GitPullRequestNotFoundException",
            )
        return pull

    @property
    def record(self) -> Record:
        return self.records.of(self.pull)

    def text(self, key: str) -> str:
        """A text the caller must give."""
        value = self.given.get(key)
        if not isinstance(value, str) or not value:
            raise invalid(f"You must provide a value for {key}.")
        return value


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def invalid(what: str) -> Refusal:
    return Refusal(400, f"Invalid argument value.\r\nParameter name: {what}")


def answer_list(things: Sequence[object]) -> Answer:
    return answer_json({"value": [*things], "count": len(things)})


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object]) -> Answer:
    """As many as are asked for; nothing tells whether there are more."""
    query = call.request.query
    top, skip = min(int(query.get("$top", _USUAL)), _MOST), int(query.get("$skip", 0))
    return answer_list([show(thing) for thing in things[skip : skip + top]])
