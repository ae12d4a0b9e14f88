"""To send a forge's requests through one door that obeys limits and speaks in sentences. I/O."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import BoundedAdapter
from updater.adapters.forge_errors import ForgeTarget, message_in
from updater.adapters.limits import RateLimits
from updater.adapters.no_answer import why_no_answer
from updater.adapters.trust import surrounding_bundle
from updater.errors import Unavailable

_TRIES = 2
_PASSING = frozenset({502, 503, 504})


class ForgeSession(requests.Session):
    """Raises Unavailable or Refused for every answer that is no success. Never sleeps; repeats only a GET.

    It sends the token to one host, and follows no redirect.
    """

    def __init__(
        self,
        place: ForgeTarget,
        token: ForgeToken,
        *,
        api: str,
        limits: RateLimits,
        connection: ApiConnection,
    ) -> None:
        super().__init__()
        self._place, self._limits, self._observer = place, limits, connection.observer
        self.auth = self.token = token
        self.proxies.update(get_environ_proxies(api))
        self.verify = connection.ca_file or surrounding_bundle() or True
        self.trust_env = False
        bounded = BoundedAdapter(f"{place.words.title} for {place}")
        self.mount("https://", bounded)
        self.mount("http://", bounded)

    def request(self, method: str | bytes, url: str | bytes, *words: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as inherited
        """Redirects are refused, not followed: the token would go along."""
        named |= {"allow_redirects": False, "verify": self.verify}
        for _ in range(_TRIES - 1 if str(method).lower() == "get" else 0):
            try:
                return self._ask(method, url, *words, **named)
            except _Pause:
                continue
        return self._ask(method, url, *words, **named)

    def _ask(self, method: str | bytes, url: str | bytes, *words: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as above
        self._limits.check(writes=str(method).lower() != "get")
        try:
            answer = super().request(method, url, *words, **named)
        except requests.Timeout as error:
            self._observer(self._place.host, 0)
            raise self._place.unavailable("did not answer in time") from error
        except requests.RequestException as error:
            self._observer(self._place.host, 0)
            raise _Pause.of(self._place.silent(why_no_answer(error))) from error
        self._observer(self._place.host, answer.status_code)
        self._judge(answer, f"{answer.request.method} {urlsplit(str(url)).path}")
        return answer

    def _judge(self, answer: requests.Response, asked: str) -> None:
        status = answer.status_code
        failed = status >= HTTPStatus.BAD_REQUEST
        message = message_in(answer.text, self.token.out_of) if failed else ""
        self._limits.heed(status, {key.lower(): value for key, value in answer.headers.items()}, message)
        if self._place.shows_sign_in(status, answer.headers.get("Location", "")):
            raise self._place.signed_out(status)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise self._place.moved(status)
        if status in _PASSING:
            raise _Pause.of(self._place.unavailable(f"answered {status}"))
        if failed:
            raise self._place.refusal(status, message, asked)
        if answer.content.lstrip().startswith(b"<"):
            raise self._place.no_json(status, asked)


class _Pause(Unavailable):
    """Worth a second try at once."""

    @classmethod
    def of(cls, error: Unavailable) -> _Pause:
        return cls(error.sentence, reason=error.reason)


class ForgeToken(AuthBase):
    """Asked for anew with each request, so that a token may be renewed; for one host only."""

    def __init__(
        self,
        ask: Callable[[], str],
        place: ForgeTarget,
        api: str,
        *,
        header: str,
        kind: str = "",
        user: str | None = None,
    ) -> None:
        """`header` is the name it goes by, `kind` the word before it (`token`).

        With a `user` it goes as their password (Basic), whatever the kind.
        """
        self._ask, self._place = ask, place
        self._origin = urlsplit(api)[:2]
        self._header, self._kind, self._user = header, f"{kind} ".lstrip(), user
        self.last = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if urlsplit(request.url or "")[:2] != self._origin:
            raise self._place.unavailable("wants us to ask another host, which is not done,")
        token = self._ask().strip()
        if not token:
            raise self._place.unauthorized("needs a token and there is none")
        # requests would name it in the error it raises for a broken header.
        if not re.fullmatch(r"[!-~]+", token):
            raise self._place.unauthorized(
                "needs a token and what is set is none: it has spaces or line breaks"
            )
        self.last = token
        request.headers[self._header] = self._shown(token)
        return request

    def _shown(self, token: str) -> str:
        return f"{self._kind}{token}" if self._user is None else f"Basic {_basic(self._user, token)}"

    def out_of(self, text: str) -> str:
        """Something on the way may echo what it was sent, and what a forge says is quoted."""
        if not self.last:
            return text
        shown = self.last if self._user is None else _basic(self._user, self.last)
        for secret in (self.last, shown, quote(self.last, safe=""), quote(shown, safe="")):
            text = text.replace(secret, "***")
        return text


def _basic(user: str, token: str) -> str:
    return b64encode(f"{user}:{token}".encode()).decode()
