"""To answer the REST calls of Azure DevOps: who asks, what, of which repository. I/O."""

from __future__ import annotations

from dataclasses import replace

from updater.sandbox import calls
from updater.sandbox.azure import bearings, lookups, pulls, statuses, threads
from updater.sandbox.azure.calls import Call, Handler, Refusal, invalid
from updater.sandbox.azure.records import Records
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.state import Forge

MARK = "/_apis/"
_ROUTES = {
    place: handler
    for module in (bearings, lookups, pulls, statuses, threads)
    for place, handler in module.ROUTES.items()
}
_SIGN_IN = b"<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head></html>"


def serve(forge: Forge, records: Records, request: Request) -> Answer:
    try:
        answer = _answer(forge, records, request)
    except Refusal as refusal:
        answer = refusal.answer
    return replace(answer, headers={**answer.headers, "X-TFS-ProcessId": "1"})


def _answer(forge: Forge, records: Records, request: Request) -> Answer:
    """Who has no token, or a bad one, is shown where people sign in."""
    shown = request.basic()
    user = forge.bearer(shown[1]) if shown else None
    if user is None:
        return Answer(203, _SIGN_IN, "text/html; charset=utf-8")
    if "api-version" not in request.query:
        raise invalid("api-version")
    found: tuple[Handler, dict[str, str]] | None = calls.dispatch(_ROUTES, request, "")
    if found is None:
        raise Refusal(404, "The controller for path was not found.", "HttpException")
    handler, parameters = found
    return handler(Call(forge, records, request, user, parameters, _given(request)))


def _given(request: Request) -> object:
    try:
        return request.json()
    except ValueError as error:
        raise invalid("The body is no JSON.") from error
