"""POST /webhooks/<forge> and /registry/<kind>: heard, checked, and answered within milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from updater.value_class import value_class
from updater.views.shape import Shape
from updater.web.hooks.auth import Hand, WebhookReceiver, bears, is_signed
from updater.web.hooks.payloads import REGISTRIES, Payload, WebhookTarget, azure, bitbucket, gitea, github
from updater.web.problems import INVALID, Problem

LARGEST = 5 * 2**20
"""Bytes of a body. GitHub may send 25 MiB of a push; a push that large is found by the next poll."""
LARGEST_FORM = 2**20
"""Bytes of a form, which takes twenty times as long to read as JSON."""
FIELDS = 8
"""Of a form; GitHub's has one."""


@value_class
class _Sender:
    """A forge that signs what it delivers: in which headers it says what, and how it is read."""

    signature: str
    begins: str
    """What stands before the digest."""
    event: str
    delivery: str
    read: Callable[[str, Payload], WebhookTarget]


_SENDERS = {
    "github": _Sender("X-Hub-Signature-256", "sha256=", "X-GitHub-Event", "X-GitHub-Delivery", github),
    "gitea": _Sender("X-Gitea-Signature", "", "X-Gitea-Event", "X-Gitea-Delivery", gitea),
    "bitbucket": _Sender("X-Hub-Signature", "sha256=", "X-Event-Key", "X-Request-UUID", bitbucket),
}
"""By the last word of their path."""
_UNSIGNED = {"azure": azure, **REGISTRIES}
"""Those that only show the secret."""


@value_class
class Heard(Shape):
    message: str
    """how many passes it lets come now, or that it was heard before"""


_DESCRIBED: dict[str, Any] = {
    "status_code": 202,
    "response_model": Heard,
    "responses": {
        200: {"model": Heard, "description": "this delivery was heard before"},
        400: {"model": Problem, "description": "the body or a header is not what it has to be"},
        401: {"model": Problem, "description": "without the secret, or signed with another"},
        404: {"model": Problem, "description": "no secret is configured, or no such kind of registry"},
        413: {"model": Problem, "description": f"the body is larger than {LARGEST} bytes"},
        503: {"model": Problem, "description": "too much is being delivered at once"},
    }
    | INVALID,
}
_FORM = "application/x-www-form-urlencoded"
_Hear: TypeAlias = Callable[[str, str, Request, bytes], WebhookTarget]


class _Unheard(Exception):
    """Why a delivery is not heard: the HTTP status, the word for the metric, and a sentence."""

    def __init__(self, status: int, result: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.result, self.sentence = status, result, sentence


def routes(door: WebhookReceiver) -> APIRouter:
    """The router of all hooks."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])

    @router.post(
        "/github",
        **_DESCRIBED,
        summary="A delivery of GitHub: package, registry_package, push or pull_request",
    )
    async def from_github(request: Request) -> JSONResponse:
        return await _answer(door, "github", request, _forge)

    @router.post(
        "/gitea",
        **_DESCRIBED,
        summary="A delivery of Gitea or Forgejo: package, push or pull_request",
    )
    async def from_gitea(request: Request) -> JSONResponse:
        return await _answer(door, "gitea", request, _forge)

    @router.post(
        "/bitbucket",
        **_DESCRIBED,
        summary="A delivery of Bitbucket Cloud: repo:push or pullrequest:…",
    )
    async def from_bitbucket(request: Request) -> JSONResponse:
        return await _answer(door, "bitbucket", request, _forge)

    @router.post(
        "/azure",
        **_DESCRIBED,
        summary="A service hook of Azure DevOps: git.push or git.pullrequest.*",
    )
    async def from_azure(request: Request) -> JSONResponse:
        return await _answer(door, "azure", request, _unsigned)

    @router.post("/registry/{kind}", **_DESCRIBED, summary="A notification of a registry")
    async def from_registry(kind: str, request: Request) -> JSONResponse:
        if kind not in REGISTRIES:
            door.count("unknown", "unknown")
            known = ", ".join(REGISTRIES)
            return _unheard(404, f"no such kind of registry: use one of {known}")
        return await _answer(door, kind, request, _unsigned)

    return router


async def _answer(door: WebhookReceiver, source: str, request: Request, hear: _Hear) -> JSONResponse:
    try:
        named = await _heard(door, source, request, hear)
    except _Unheard as unheard:
        door.count(source, unheard.result)
        return _unheard(unheard.status, unheard.sentence)
    passes = door.waker.wake(named) if named else 0
    door.count(source, "heard" if passes else "ignored")
    return JSONResponse({"message": f"passes that come now: {passes}"}, 202)


async def _heard(door: WebhookReceiver, source: str, request: Request, hear: _Hear) -> WebhookTarget:
    secret = door.secret()
    if not secret:
        raise _Unheard(404, "closed", "no webhook secret is configured (service.webhook_secret_env)")
    _turn_away_strangers(secret, source, request)
    with door.hand() as hand:
        named = hear(secret, source, request, await _body(request, hand))
    sender = _SENDERS.get(source)
    # Only what is signed uses up an id, which is not signed itself: who sends it again may make up another.
    if sender and not door.is_new(
        *(request.headers.get(name) for name in (sender.delivery, sender.signature))
    ):
        raise _Unheard(200, "repeated", "this delivery was heard before")
    return named


def _turn_away_strangers(secret: str, source: str, request: Request) -> None:
    """By what stands in the headers, before a body is read."""
    if source in _SENDERS:
        if _SENDERS[source].signature not in request.headers:
            raise _Unheard(401, "unsigned", "the signature is missing or wrong")
    elif not bears(secret, request.headers, request.query_params):
        raise _Unheard(401, "unsigned", "the secret is missing or wrong")


def _forge(secret: str, source: str, request: Request, body: bytes) -> WebhookTarget:
    sender = _SENDERS[source]
    if not is_signed(secret, body, request.headers.get(sender.signature), begins=sender.begins):
        raise _Unheard(401, "unsigned", "the signature is missing or wrong")
    event = request.headers.get(sender.event, "")
    if not event:
        raise _Unheard(400, "malformed", f"the header {sender.event} is missing")
    return sender.read(event, _payload(request, body))


def _unsigned(_secret: str, source: str, request: Request, body: bytes) -> WebhookTarget:
    return _UNSIGNED[source](_payload(request, body))


async def _body(request: Request, hand: Hand) -> bytes:
    """Bounded while it comes in: what it says of its own length may be false."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise _Unheard(413, "too_large", f"the body is larger than {LARGEST} bytes")
        if not hand.take(len(chunk)):
            raise _Unheard(503, "busy", "too much is being delivered at once: deliver it again")
    return bytes(body)


def _payload(request: Request, body: bytes) -> Payload:
    """JSON, or GitHub's form around it; some say it is a form and send JSON all the same."""
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
    try:
        if is_form and not body.lstrip().startswith(b"{"):
            body = _in_form(body)
        payload: Any = json.loads(body)
    except (ValueError, KeyError, RecursionError):
        raise _Unheard(400, "malformed", "the body is no JSON") from None
    if not isinstance(payload, dict):
        raise _Unheard(400, "malformed", "the body is no JSON object")
    return payload


def _in_form(body: bytes) -> bytes:
    """Raises ValueError or KeyError."""
    if len(body) > LARGEST_FORM:
        raise _Unheard(413, "too_large", f"the form is larger than {LARGEST_FORM} bytes: deliver JSON")
    fields = parse_qs(body.decode(), strict_parsing=True, max_num_fields=FIELDS)
    return fields["payload"][0].encode()


def _unheard(status: int, sentence: str) -> JSONResponse:
    """As the API says it; a delivery that was heard before is no error."""
    return JSONResponse({"message" if status == HTTPStatus.OK else "error": sentence}, status)
