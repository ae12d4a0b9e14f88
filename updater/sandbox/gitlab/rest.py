"""To answer GitLab's REST calls: who asks, what, of which project. I/O."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.state import Forge, User
from updater.sandbox.gitlab import lookups, merge_requests, notes, resource_events, statuses
from updater.sandbox.gitlab.calls import Call, Handler, Refusal

PREFIX = "/api/v4"
_ROUTES = {
    place: handler
    for module in (lookups, merge_requests, notes, resource_events, statuses)
    for place, handler in module.ROUTES.items()
}


def serve(forge: Forge, request: Request) -> Answer:
    answer = _answer(forge, request)
    return replace(answer, headers={**answer.headers, "X-Gitlab-Meta": '{"version":"1"}'})


def _answer(forge: Forge, request: Request) -> Answer:
    try:
        user = _user(forge, request)
        handler, parameters = _dispatch(request)
        return handler(Call(forge, request, user, parameters, _given(request)))
    except Refusal as refusal:
        return refusal.answer


def _user(forge: Forge, request: Request) -> User:
    user = forge.bearer(request.headers.get("private-token") or request.bearer())
    if user is None:
        raise Refusal(401, "401 Unauthorized")
    return user


def _dispatch(request: Request) -> tuple[Handler, dict[str, str]]:
    """The path of a project is one encoded segment."""
    path = urlsplit(request.target).path.removeprefix(PREFIX)
    for (verb, template), handler in _ROUTES.items():
        if verb == request.method and (match := _pattern(template).fullmatch(path)):
            return handler, {key: unquote(value) for key, value in match.groupdict().items()}
    raise Refusal(404, "404 Not Found")


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
