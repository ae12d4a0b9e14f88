"""One call of Bitbucket's REST API, what it is about, and how it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Pull, Repository, User

Thing = TypeVar("Thing")
_USUAL = 10
MOST = 100


class Refusal(Exception):
    """An answer that says no, as Bitbucket words it."""

    def __init__(self, status: int, message: str, **fields: str) -> None:
        super().__init__(message)
        error: dict[str, object] = {"message": message}
        if fields:
            error["fields"] = {key: [said] for key, said in fields.items()}
        self.answer = answer_json({"type": "error", "error": error}, status)


@dataclass(frozen=True, slots=True)
class Call:
    forge: Forge
    request: Request
    user: User
    parameters: Mapping[str, str]
    given: Mapping[str, Any]

    @property
    def repository(self) -> Repository:
        name = f"{self.parameters['workspace']}/{self.parameters['repo_slug']}"
        repository = self.forge.find(name)
        if repository is None:
            message = (
                f"You may not have access to this repository or it no longer exists in this workspace: {name}"
            )
            raise Refusal(404, message)
        return repository

    @property
    def pull(self) -> Pull:
        number = self.parameters["pull_request_id"]
        pull = self.repository.issues.get(int(number)) if number.isdecimal() else None
        if not isinstance(pull, Pull):
            raise not_found()
        return pull

    def sha(self, key: str = "commit") -> str:
        sha = self.repository.git.resolve(self.parameters[key])
        if sha is None:
            raise Refusal(404, f"Commit not found: {self.parameters[key]}")
        return sha


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def not_found() -> Refusal:
    return Refusal(404, "Resource not found")


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object], *, most: int = MOST) -> Answer:
    """The asked page, and the address of the next one in it."""
    queries = call.request.queries
    size, number = int(queries.get("pagelen", [str(_USUAL)])[-1]), int(queries.get("page", ["1"])[-1])
    if size > most:
        raise Refusal(400, f"Invalid pagelen: the most is {most}")
    shown = [show(thing) for thing in things[(number - 1) * size : number * size]]
    content: dict[str, object] = {
        "values": shown,
        "pagelen": size,
        "size": len(things),
        "page": number,
    }
    if number * size < len(things):
        asked = urlencode({**queries, "page": [str(number + 1)]}, doseq=True)
        content["next"] = f"{call.forge.url}{call.request.path}?{asked}"
    return answer_json(content)
