"""To find who answers a REST call, and to answer in pages. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Issue, Pull, Repository, User

DOCUMENTATION = "https://docs.github.com/rest"
LONGEST_TITLE, LONGEST_BODY = 256, 65_536
ARCHIVED = "Repository was archived so is read-only."
Thing = TypeVar("Thing")


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, message: str, errors: Sequence[Mapping[str, str]] | None = None) -> None:
        super().__init__(message)
        content: dict[str, Any] = {"message": message}
        if errors is not None:
            content["errors"] = list(errors)
        content |= {"documentation_url": DOCUMENTATION, "status": str(status)}
        self.answer = answer_json(content, status)


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def invalid(resource: str, message: str = "", *, field: str = "", code: str = "custom") -> Refusal:
    error = {"resource": resource, "code": code}
    error |= {"field": field} if field else {}
    error |= {"message": message} if message else {}
    return Refusal(422, "Validation Failed", [error])


@dataclass(frozen=True, slots=True)
class Call:
    forge: Forge
    request: Request
    user: User
    parameters: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        repository = self.forge.find(f"{self.parameters['owner']}/{self.parameters['repo']}")
        if repository is None or not self.forge.lets_in(self.user, repository):
            raise not_found()
        return repository

    @property
    def issue(self) -> Issue:
        issue = self.repository.issues.get(int(self.parameters["number"]))
        if issue is None:
            raise not_found()
        return issue

    @property
    def pull(self) -> Pull:
        issue = self.issue
        if not isinstance(issue, Pull):
            raise not_found()
        return issue

    def short(self, resource: str, **most: int) -> None:
        """Refuse texts that are longer than so many characters."""
        for key, length in most.items():
            if len(self.given.get(key) or "") > length:
                said = f"{key} is too long (maximum is {length} characters)"
                raise invalid(resource, said, field=key)

    def text(self, key: str, resource: str) -> str:
        """A text the caller must give."""
        value = self.given.get(key)
        if not isinstance(value, str) or not value:
            raise invalid(resource, field=key, code="missing_field")
        return value


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def dispatch(routes: Routes, method: str, path: str) -> tuple[Handler, dict[str, str]]:
    for (verb, template), handler in routes.items():
        if verb == method and (match := _pattern(template).fullmatch(path)):
            return handler, match.groupdict()
    raise not_found()


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """`{name}` is a segment, `{name*}` may hold slashes, `{number}` is one."""
    pattern = template.replace(".", r"\.").replace("{number}", r"(?P<number>\d+)")
    pattern = re.sub(r"{(\w+)\*}", r"(?P<\1>.+)", pattern)
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern))


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object]) -> Answer:
    """The asked page of the things, with links to its neighbours."""
    shown, headers = cut_page(call, things)
    return answer_json([show(thing) for thing in shown], headers=headers)


def cut_page(call: Call, things: Sequence[Thing]) -> tuple[Sequence[Thing], dict[str, str]]:
    size = min(max(_number(call, "per_page", 30), 1), 100)
    number = max(_number(call, "page", 1), 1)
    last = max((len(things) + size - 1) // size, 1)
    return things[(number - 1) * size : number * size], _link(call, number, last)


def _number(call: Call, key: str, default: int) -> int:
    text = call.request.query.get(key, "")
    return int(text) if text.isdigit() else default


def _link(call: Call, number: int, last: int) -> dict[str, str]:
    neighbours = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number == 1:
        neighbours = {"next": number + 1, "last": last}
    if number >= last:
        neighbours = {"prev": number - 1, "first": 1} if number > 1 else {}
    links = [f'<{_page_url(call, target)}>; rel="{name}"' for name, target in neighbours.items()]
    return {"Link": ", ".join(links)} if links else {}


def _page_url(call: Call, number: int) -> str:
    query = {**call.request.query, "page": str(number)}
    return f"{call.forge.url}{urlsplit(call.request.target).path}?{urlencode(query)}"
