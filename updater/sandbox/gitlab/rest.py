"""To answer GitLab's REST calls: who asks, what, of which project. I/O."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.state import Forge, Pull, Repository, User

PREFIX = "/api/v4"
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

    def text(self, key: str) -> str:
        """A text the caller must give."""
        value = self.given.get(key)
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"{key} is missing")
        return value


Handler = Callable[[Call], Answer]
Routes = Mapping[tuple[str, str], Handler]


def serve(forge: Forge, request: Request) -> Answer:
    try:
        user = _user(forge, request)
        handler, parameters = _dispatch(request)
        return handler(Call(forge, request, user, parameters, _given(request)))
    except Refusal as refusal:
        return refusal.answer


def page(call: Call, things: Sequence[Thing], show: Callable[[Thing], object]) -> Answer:
    """The asked page, and what GitLab tells of its neighbours."""
    query = call.request.query
    size, number = min(int(query.get("per_page", 20)), 100), int(query.get("page", 1))
    shown = things[(number - 1) * size : number * size]
    more = number * size < len(things)
    headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Next-Page": str(number + 1) if more else ""}
    return answer_json([show(thing) for thing in shown], headers=headers)


def _user(forge: Forge, request: Request) -> User:
    user = forge.bearer(request.headers.get("private-token") or request.bearer())
    if user is None:
        raise Refusal(401, "401 Unauthorized")
    return user


def _dispatch(request: Request) -> tuple[Handler, dict[str, str]]:
    """The path of a project is one encoded segment."""
    path = urlsplit(request.target).path.removeprefix(PREFIX)
    for (verb, template), handler in _routes().items():
        if verb == request.method and (match := _pattern(template).fullmatch(path)):
            return handler, {key: unquote(value) for key, value in match.groupdict().items()}
    raise Refusal(404, "404 Not Found")


@cache
def _routes() -> Routes:
    from updater.sandbox.gitlab import (  # noqa: PLC0415 - they import us
        branches,
        events,
        merge_requests,
        notes,
        statuses,
        users,
    )

    found: dict[tuple[str, str], Handler] = {}
    for module in (branches, events, merge_requests, notes, statuses, users):
        found |= module.ROUTES
    return found


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template))


def _given(request: Request) -> Mapping[str, Any]:
    try:
        given = request.json()
    except ValueError as error:
        raise Refusal(400, "400 Bad request - invalid JSON") from error
    if not isinstance(given, dict):
        raise Refusal(400, "400 Bad request")
    return {**request.query, **given}
