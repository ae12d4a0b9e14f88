"""To answer Gitea's REST calls: who asks, what, of which repository. I/O."""

from updater.sandbox import calls
from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.gitea import commits, issues, lookups, merges, pulls
from updater.sandbox.gitea.calls import Call, Handler, Refusal, not_found
from updater.sandbox.github.state import Forge

PREFIX = "/api/v1"
_VERSION = "1.26.0"
_ROUTES = {
    place: handler
    for module in (commits, issues, lookups, merges, pulls)
    for place, handler in module.ROUTES.items()
}


def serve(forge: Forge, request: Request) -> Answer:
    if request.path == f"{PREFIX}/version":
        return answer_json({"version": _VERSION})
    try:
        return _answer(forge, request)
    except Refusal as refusal:
        return refusal.answer


def _answer(forge: Forge, request: Request) -> Answer:
    user = forge.bearer(request.bearer())
    if user is None:
        raise Refusal(401, "invalid username, password or token")
    found: tuple[Handler, dict[str, str]] | None = calls.dispatch(_ROUTES, request, PREFIX)
    given = calls.given(request)
    if found is None:
        raise not_found()
    if given is None:
        raise Refusal(422, "json: cannot unmarshal")
    handler, parameters = found
    return handler(Call(forge, request, user, parameters, given))
