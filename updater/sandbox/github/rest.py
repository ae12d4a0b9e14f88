"""To answer REST calls: who asks, what, and whether the caller has seen the answer before. I/O."""

from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github import (
    apps,
    commits,
    events,
    issues,
    pulls,
    repositories,
)
from updater.sandbox.github.graphql import MUTATIONS, answering, merge_what_is_ready
from updater.sandbox.github.routing import ARCHIVED, DOCUMENTATION, Call, Refusal, Routes, dispatch
from updater.sandbox.github.state import Forge, User

PREFIX, GRAPHQL = "/api/v3", "/api/graphql"
_ROUTES: Routes = {
    ("POST", GRAPHQL): answering(MUTATIONS),
    **repositories.ROUTES,
    **commits.ROUTES,
    **pulls.ROUTES,
    **issues.ROUTES,
    **events.ROUTES,
    **apps.ROUTES,
}


def serve(forge: Forge, request: Request) -> Answer:
    try:
        answer = _limited(forge, request) or _answer(forge, request)
    except Refusal as refusal:
        answer = refusal.answer
    if request.method == "GET" and answer.status == HTTPStatus.OK:
        answer = _unless_seen(request, answer)
    if answer.status != HTTPStatus.NOT_MODIFIED:
        forge.limits.count(_login(forge, request), forge.now)
    said = forge.limits.headers(_login(forge, request), forge.now)
    return replace(answer, headers={**said, **answer.headers})


def _limited(forge: Forge, request: Request) -> Answer | None:
    excess = forge.limits.excess(_login(forge, request), forge.now, writes=_writes(request))
    if excess is None:
        return None
    content = {"message": excess.message, "documentation_url": DOCUMENTATION}
    return answer_json(content, 403, headers=excess.headers)


def _login(forge: Forge, request: Request) -> str:
    """Of whom it counts: an App that asks for a token is not the one that uses it."""
    user = forge.bearer(request.bearer())
    return user.login if user else ""


def _writes(request: Request) -> bool:
    if request.path == GRAPHQL:
        return not str(_given(request).get("query", "")).startswith("query")
    return request.method != "GET" and not request.path.endswith("/access_tokens")


def _answer(forge: Forge, request: Request) -> Answer:
    path = request.path.removeprefix(PREFIX)
    handler, parameters = dispatch(_ROUTES, request.method, path)
    who = apps.authenticated if path.startswith("/app/") or path == "/app" else _user
    call = Call(forge, request, who(forge, request), parameters, _given(request))
    if request.method != "GET" and "repo" in parameters and call.repository.archived:
        raise Refusal(403, ARCHIVED)
    answer = handler(call)
    if request.method != "GET" and "repo" in parameters:
        merge_what_is_ready(forge, call.repository)
    return answer


def _user(forge: Forge, request: Request) -> User:
    user = forge.bearer(request.bearer())
    if user is None:
        raise Refusal(
            401, "Bad credentials" if "authorization" in request.headers else "Requires authentication"
        )
    return user


def _given(request: Request) -> dict[str, object]:
    try:
        given = request.json()
    except ValueError as error:
        raise Refusal(400, "Problems parsing JSON") from error
    if isinstance(given, list):
        return {"labels": given}  # the labels calls also take a bare list
    if not isinstance(given, dict):
        raise Refusal(400, "Body should be a JSON object")
    return given


def _unless_seen(request: Request, answer: Answer) -> Answer:
    tag = f'W/"{sha256(answer.body).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(304, headers={"ETag": tag})
    return replace(answer, headers={**answer.headers, "ETag": tag})
