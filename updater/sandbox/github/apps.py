"""To let GitHub Apps in: by a web token they signed, and by tokens that last an hour. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github.routing import Call, Refusal, Routes, not_found
from updater.sandbox.github.shapes import instant, show_user
from updater.sandbox.github.state import App, Forge, User

_LASTS = timedelta(hours=1)
_LONGEST = timedelta(minutes=10)


def authenticated(forge: Forge, request: Request) -> User:
    """The App that signed the web token."""
    import jwt  # noqa: PLC0415 - slow to import, and few have an App

    token = request.bearer() or ""
    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
        app = _app(forge, claimed)
        unchecked = {"verify_exp": False, "verify_iat": False}  # by our own clock, below
        claims = jwt.decode(token, app.public_key, algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]
    except jwt.InvalidTokenError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    _check_times(forge, claims)
    return app.user


def get_app(call: Call) -> Answer:
    app = _of(call)
    return answer_json(
        {
            "id": app.id,
            "slug": app.slug,
            "node_id": f"A_{app.id}",
            "owner": show_user(call.forge, call.forge.user("acme", "Organization")),
            "name": app.slug,
            "description": None,
            "external_url": "https://updater.example.org",
            "html_url": f"{call.forge.url}/apps/{app.slug}",
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
            "permissions": dict(app.permissions),
            "events": [],
        }
    )


def get_installation(call: Call) -> Answer:
    app, forge = _of(call), call.forge
    if app.installation != int(call.parameters["number"]):
        raise not_found()
    url = f"{forge.api}/app/installations/{app.installation}"
    page = f"{forge.url}/organizations/{app.owner or 'acme'}/settings/installations/{app.installation}"
    return answer_json(
        {
            "id": app.installation,
            "account": show_user(forge, forge.user(app.owner or "acme", "Organization")),
            "app_id": app.id,
            "app_slug": app.slug,
            "target_id": forge.user(app.owner or "acme", "Organization").id,
            "target_type": "Organization",
            "repository_selection": "all",
            "access_tokens_url": f"{url}/access_tokens",
            "repositories_url": f"{forge.api}/installation/repositories",
            "html_url": page,
            "permissions": dict(app.permissions),
            "events": [],
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
            "single_file_name": None,
            "suspended_by": None,
            "suspended_at": None,
        }
    )


def create_token(call: Call) -> Answer:
    app, forge = _of(call), call.forge
    if app.installation != int(call.parameters["number"]):
        raise not_found()
    token = _token(app)
    forge.tokens[token], forge.expiries[token] = app.user, forge.now + _LASTS
    expiry = instant(forge.expiries[token])
    shown = {"permissions": dict(app.permissions), "repository_selection": "all"}
    return answer_json({"token": token, "expires_at": expiry, **shown}, 201)


def _app(forge: Forge, claims: Mapping[str, Any]) -> App:
    app = forge.apps.get(int(claims["iss"])) if str(claims.get("iss", "")).isdecimal() else None
    if app is None:
        raise Refusal(404, "Integration not found")
    return app


def _check_times(forge: Forge, claims: Mapping[str, Any]) -> None:
    now = forge.clock()
    issued, expires = (datetime.fromtimestamp(claims.get(name, 0), UTC) for name in ("iat", "exp"))
    if issued > now:
        raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time it was issued")
    if expires <= now:
        raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
    if expires > now + _LONGEST:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")


def _of(call: Call) -> App:
    return next(app for app in call.forge.apps.values() if app.user == call.user)


def _token(app: App) -> str:
    """As they are since 2026: some 520 characters, with dots."""
    return f"ghs_{app.id}_{token_urlsafe(27)}.{token_urlsafe(172)}.{token_urlsafe(172)}"


ROUTES: Routes = {
    ("GET", "/app"): get_app,
    ("GET", "/app/installations/{number}"): get_installation,
    ("POST", "/app/installations/{number}/access_tokens"): create_token,
}
