"""To get and keep the tokens that registries want to see. I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from threading import Lock
from urllib.parse import urlencode

from updater.adapters.registry.challenge import Basic, Bearer, Challenge, parse_challenge
from updater.adapters.registry.credentials import RegistryLogin
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.adapters.registry.errors import RegistryAnswer, foreign_realm, not_json, status_failure
from updater.adapters.registry.expected import TOKEN
from updater.adapters.registry.transport import Transport
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.value_class import value_class

_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@value_class
class RequestCredential:
    header: str = field(repr=False)
    fresh: bool
    """Made for this very request."""


@dataclass(slots=True)
class _TokenSlot:
    """The token of one scope; its lock lets one thread exchange while the others wait for the result."""

    lock: Lock = field(default_factory=Lock)
    token: str | None = field(default=None, repr=False)


class Tokens:
    """A token is used until the registry answers 401: GHCR does not say how long it is good for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._challenges: dict[str, Challenge] = {}
        self._seats: dict[tuple[str, str], _TokenSlot] = {}
        self._lock = Lock()

    def current(self, place: Endpoint) -> RequestCredential | None:
        """What to send at once; None while the registry has not asked for anything."""
        challenge = self._challenges.get(place.registry)
        return None if challenge is None else self._meet(place, challenge, None)

    def renew(
        self, place: Endpoint, answer: RegistryAnswer, refused: RequestCredential | None
    ) -> RequestCredential | None:
        """What to send after this refusal; None where another try is no use."""
        if answer.origin != place.origin:
            return None
        asked = parse_challenge(answer.headers.get("www-authenticate"))
        challenge = asked or self._challenges.get(place.registry)
        if challenge is None:
            return None
        self._challenges[place.registry] = challenge
        return self._meet(place, challenge, refused)

    def _meet(
        self, place: Endpoint, challenge: Challenge, refused: RequestCredential | None
    ) -> RequestCredential | None:
        if isinstance(challenge, Basic):
            return _password(place, refused)
        seat = self._seat(place)
        with seat.lock:
            header = f"Bearer {seat.token}"
            if seat.token is not None and (refused is None or refused.header != header):
                return RequestCredential(header, fresh=False)
            seat.token = None
            seat.token = self._exchange(place, challenge)
            return RequestCredential(f"Bearer {seat.token}", fresh=True)

    def _seat(self, place: Endpoint) -> _TokenSlot:
        with self._lock:
            return self._seats.setdefault((place.registry, place.name), _TokenSlot())

    def _exchange(self, place: Endpoint, challenge: Bearer) -> str:
        """A token for this login; or for a renewed one, where the first is refused."""
        login = place.login()
        if login is not None and login.bearer:
            return login.bearer
        answer = self._ask(place, challenge, login)
        if answer.status in _REFUSED and login is not None:
            renewed = place.login(renew=True)
            if renewed != login:
                answer = self._ask(place, challenge, renewed)
        if answer.status != HTTPStatus.OK:
            raise status_failure(place, answer, what="a token for ")
        return _token(place, answer)

    def _ask(self, place: Endpoint, challenge: Bearer, login: RegistryLogin | None) -> RegistryAnswer:
        home = _trusted(place, challenge.realm)
        asked = {"service": challenge.service} if challenge.service else {}
        asked["scope"] = place.scope
        send = partial(self._transport.send, place, expected=TOKEN, home=home)
        if login is not None and login.identity:
            # The refresh token goes into the body, and the answer to that is never a redirect.
            form = {"grant_type": "refresh_token", "refresh_token": login.identity, "client_id": "updater"}
            answer = send("POST", challenge.realm, authorization=None, form={**form, **asked})
        else:
            joint = "&" if "?" in challenge.realm else "?"
            url = f"{challenge.realm}{joint}{urlencode(asked)}"
            answer = send("GET", url, authorization=login.basic() if login else None)
        if answer.origin != home:
            raise foreign_realm(place, answer.url)
        return answer


def _password(place: Endpoint, refused: RequestCredential | None) -> RequestCredential | None:
    """What is sent as it is: renewed where it was refused; None where that is no use."""
    for renew in (False, True):
        login = place.login(renew=renew)
        header = login.basic() if login is not None else None
        if header is not None and (refused is None or refused.header != header):
            return RequestCredential(header, fresh=True)
        if header is None:
            return None
    return None


def _trusted(place: Endpoint, realm: str) -> WebOrigin:
    try:
        origin = WebOrigin.of(realm)
    except ValueError:
        raise foreign_realm(place, realm) from None
    if not place.may_exchange_at(origin):
        raise foreign_realm(place, realm)
    return origin


def _token(place: Endpoint, answer: RegistryAnswer) -> str:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise not_json(place, answer, "no JSON where a token was asked for") from None
    values = [content.get(key) for key in ("token", "access_token")] if isinstance(content, dict) else []
    for value in values:
        if isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value):
            return value
    raise Refused(
        f"{answer.origin} answered without a token for {place.image}; "
        "check the credentials and the endpoint of this registry",
        reason=failure_reasons.NOT_JSON,
    )
