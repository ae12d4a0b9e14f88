"""One call of GitLab's REST API, what it is about, and how it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Pull, Repository, User

Thing = TypeVar("Thing")


class Refusal(Exception):
    """An answer that says no, as GitLab words it."""

    def __init__(self, status: int, message: object) -> None:
        super().__init__(str(message))
        self.answer = answer_json({"message": message}, status)


@dataclass(frozen=True, slots=True)
class Call:
    forge: Forge
    request: Request
    user: User
    parameters: Mapping[str, str]
    given: Mapping[str, Any]

    @property
    def project(self) -> Repository:
        repository = self.forge.find(self.parameters["project"])
        if repository is None:
            raise Refusal(404, "404 Project Not Found")
        return repository

    @property
    def merge_request(self) -> Pull:
        issue = self.project.issues.get(int(self.parameters["iid"]))
        if not isinstance(issue, Pull):
            raise Refusal(404, "404 Not found")
        return issue

    def short(self, **most: int) -> None:
        """Refuse texts that are longer than so many characters."""
        for key, length in most.items():
            if len(self.given.get(key) or "") > length:
                raise Refusal(400, {key: [f"is too long (maximum is {length} characters)"]})

    def text(self, key: str) -> str:
        """A text the caller must give."""
        value = self.given.get(key)
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"{key} is missing")
        return value


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object]) -> Answer:
    """The asked page, and what GitLab tells of its neighbours."""
    query = call.request.query
    size, number = min(int(query.get("per_page", 20)), 100), int(query.get("page", 1))
    shown = things[(number - 1) * size : number * size]
    more = number * size < len(things)
    headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Next-Page": str(number + 1) if more else ""}
    return answer_json([show(thing) for thing in shown], headers=headers)
