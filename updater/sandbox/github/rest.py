"""To answer REST calls: who asks, what, and whether the caller has seen the answer before. I/O."""

from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github import (
    apps,
    commits,
    events,
    issues,
    pulls,
    repositories,
)
from updater.sandbox.github.graphql import MUTATIONS, answering, merge_what_is_ready
from updater.sandbox.github.routing import ARCHIVED, Call, Refusal, Routes, dispatch
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
        answer = _answer(forge, request)
    except Refusal as refusal:
        answer = refusal.answer
    if request.method == "GET" and answer.status == HTTPStatus.OK:
        answer = _unless_seen(request, answer)
    forge.spent += answer.status != HTTPStatus.NOT_MODIFIED
    return replace(answer, headers={**answer.headers, **_limits(forge)})


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


def _limits(forge: Forge) -> dict[str, str]:
    used = forge.spent % repositories.LIMIT
    return {
        "X-RateLimit-Limit": str(repositories.LIMIT),
        "X-RateLimit-Remaining": str(repositories.LIMIT - used),
        "X-RateLimit-Used": str(used),
        "X-RateLimit-Reset": str(int(forge.now.timestamp()) + 3600),
        "X-RateLimit-Resource": "core",
        "X-GitHub-Request-Id": "0000:0000",
    }
