"""One call of Gitea's REST API, what it is about, and how it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Issue, Pull, Repository, User

Thing = TypeVar("Thing")
_MOST, _USUAL = 50, 30


class Refusal(Exception):
    """An answer that says no, as Gitea words it."""

    def __init__(self, status: int, message: str, errors: Sequence[str] = ()) -> None:
        super().__init__(message)
        content: dict[str, object] = {"message": message, "url": "https://gitea.example.org/api/swagger"}
        self.answer = answer_json(content | ({"errors": [*errors]} if errors else {}), status)


@dataclass(frozen=True, slots=True)
class Call:
    forge: Forge
    request: Request
    user: User
    parameters: Mapping[str, str]
    given: Mapping[str, Any]

    @property
    def repository(self) -> Repository:
        repository = self.forge.find(f"{self.parameters['owner']}/{self.parameters['repo']}")
        if repository is None:
            raise not_found()
        return repository

    @property
    def writable(self) -> Repository:
        if self.repository.archived:
            raise Refusal(423, "Repo is archived")
        return self.repository

    @property
    def issue(self) -> Issue:
        issue = self.repository.issues.get(int(self.parameters["index"]))
        if issue is None:
            raise not_found()
        return issue

    @property
    def pull(self) -> Pull:
        issue = self.issue
        if not isinstance(issue, Pull):
            raise not_found()
        return issue

    def text(self, key: str) -> str:
        """A text the caller must give."""
        value = self.given.get(key)
        if not isinstance(value, str) or not value:
            raise Refusal(422, f"[{key.capitalize()}]: Required")
        return value


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def not_found(*errors: str) -> Refusal:
    return Refusal(404, "not found", errors)


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object]) -> Answer:
    """The asked page, and a link to the next one."""
    query = call.request.query
    size, number = min(int(query.get("limit", _USUAL)), _MOST), int(query.get("page", 1))
    headers = {"X-Total-Count": str(len(things))}
    if number * size < len(things):
        asked = urlencode({**query, "page": number + 1})
        headers["Link"] = f'<{call.forge.url}{call.request.path}?{asked}>; rel="next"'
    return answer_json(
        [show(thing) for thing in things[(number - 1) * size : number * size]], headers=headers
    )
