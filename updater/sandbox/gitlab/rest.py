"""To answer GitLab's REST calls: who asks, what, of which project. I/O."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from updater.sandbox import calls
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
    found = calls.dispatch(_ROUTES, request, PREFIX)
    if found is None:
        raise Refusal(404, "404 Not Found")
    return found


def _given(request: Request) -> Mapping[str, Any]:
    given = calls.given(request)
    if given is None:
        raise Refusal(400, "400 Bad request - invalid JSON")
    return given
