"""To answer Bitbucket's REST calls: who asks, what, of which repository. I/O."""

from updater.sandbox import calls
from updater.sandbox.bitbucket import comments, commits, lookups, merges, pulls
from updater.sandbox.bitbucket.calls import Call, Handler, Refusal, not_found
from updater.sandbox.exchange import Answer, Request
from updater.sandbox.github.state import Forge, User

PREFIX = "/2.0"
_ROUTES = {
    place: handler
    for module in (comments, commits, lookups, merges, pulls)
    for place, handler in module.ROUTES.items()
}


def serve(forge: Forge, request: Request) -> Answer:
    try:
        return _answer(forge, request)
    except Refusal as refusal:
        return refusal.answer


def _answer(forge: Forge, request: Request) -> Answer:
    user = _asking(forge, request)
    if user is None:
        raise Refusal(401, "Token is invalid, expired, or not supported for this endpoint.")
    found: tuple[Handler, dict[str, str]] | None = calls.dispatch(_ROUTES, request, PREFIX)
    given = calls.given(request)
    if found is None:
        raise not_found()
    if given is None:
        raise Refusal(400, "Bad request: the body is no JSON object")
    handler, parameters = found
    return handler(Call(forge, request, user, parameters, given))


def _asking(forge: Forge, request: Request) -> User | None:
    """An access token by Bearer, an API token as the password of a mail address."""
    if (basic := request.basic()) is not None:
        return forge.bearer(basic[1]) if "@" in basic[0] else None
    return forge.bearer(request.bearer())
