"""To send PyGithub's requests through one door that obeys limits and speaks in sentences. I/O."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from github.Auth import Auth
from github.GithubException import BadAttributeException, GithubException
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bounded_answers import BoundedAdapter
from updater.adapters.github.errors import (
    ApiTarget,
    message_in,
    moved,
    no_answer,
    no_json,
    nonsense,
    refusal,
    unauthorized,
)
from updater.adapters.limits import RateLimits
from updater.adapters.no_answer import why_no_answer
from updater.adapters.trust import surrounding_bundle
from updater.errors import Unavailable, UpdaterError

_TRIES = 2
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({502, 503, 504})
_VERSION = "2022-11-28"
_ODD = (
    AttributeError,
    BadAttributeException,
    GithubException,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What PyGithub and our own reading raise on JSON of another shape."""

# PyGithub brings a handler that writes to stderr; where logs go is for the shells to say.
_log = logging.getLogger("github")
for _handler in [*_log.handlers]:
    _log.removeHandler(_handler)


class GitHubGateway(Requester):
    """PyGithub's requester, so that its objects can be used. All they send passes `requestJson`.

    Sends nothing while a rate limit lasts, never sleeps, follows no redirect, repeats only a GET.
    """

    def __init__(
        self,
        place: ApiTarget,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
    ) -> None:
        self.place = place
        self._limits = limits
        self._wire = _Wire(place, api, connection)
        self._sent = _GitHubToken(token, place)
        super().__init__(
            auth=self._sent,
            base_url=api,
            timeout=connection.timeout,
            user_agent="updater",
            per_page=100,
            verify=True,
            retry=0,
            pool_size=None,
            lazy=True,
            api_version=_VERSION,
        )

    def requestJson(  # noqa: N802, PLR0917  name and parameters are PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401  as PyGithub has it
        cnx: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass | None = None,  # noqa: ARG002  ours is used
        follow_302_redirect: bool = False,  # noqa: ARG002  none is followed
    ) -> tuple[int, dict[str, Any], str]:
        """Return an answer below 400 whose body is JSON or empty. Raise Unavailable or Refused."""
        for _ in range(_TRIES - 1 if verb == "GET" else 0):
            try:
                return self._ask(verb, url, parameters, headers, input)
            except _GitHubPause:
                continue
        return self._ask(verb, url, parameters, headers, input)

    def by(self, login: str | None) -> "GitHubGateway":  # noqa: ARG002 - for who asks as several
        """Who asks as that login and no other; None: as whom git is asked, too."""
        return self

    @property
    def shown(self) -> str:
        """The token that was sent last."""
        return self._sent.last

    def close(self) -> None:
        self._wire.close()
        super().close()

    @contextmanager
    def sense(self) -> Iterator[None]:
        """Let what PyGithub raises on an answer it cannot read leave as Unavailable."""
        try:
            yield
        except _ODD as error:
            raise nonsense(self.place, "with something unexpected") from error

    def _ask(
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None,
        headers: dict[str, Any] | None,
        content: object,
    ) -> tuple[int, dict[str, Any], str]:
        self._limits.check(writes=is_write(verb, content))
        sent = {"Accept": "application/vnd.github+json", **(headers or {})}
        with self._reached():
            answer = _Answer(*super().requestJson(verb, url, parameters, sent, content, copy(self._wire)))
        self._judge(answer, f"{verb} {urlsplit(url).path}")
        return answer

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except requests.Timeout as error:
            raise no_answer(self.place, "did not answer in time") from error
        except (OSError, HTTPError) as error:
            raise _GitHubPause.of(no_answer(self.place, why_no_answer(error))) from error
        except (OverflowError, RuntimeError, ValueError) as error:
            # PyGithub trips over a header that should be a number, and over its own notes under threads.
            raise nonsense(self.place, "with something unexpected") from error

    def _judge(self, answer: "_Answer", asked: str) -> None:
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        message = message_in(answer.body, self._without_token) if failed else ""
        self._limits.heed(answer.status, answer.headers, message)
        if answer.status in _PASSING:
            raise _GitHubPause.of(refusal(answer.status, message, self.place, asked))
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(answer.status, message, self.place, asked)
        if answer.body and not _is_json(answer.body):
            raise no_json(self.place, answer.status, asked)

    def _without_token(self, body: str) -> str:
        """Something on the way may echo what it was sent, and what GitHub says is quoted."""
        token = self._sent.last
        return body.replace(token, "***").replace(quote(token, safe=""), "***") if token else body


class _Answer(NamedTuple):
    status: int
    headers: dict[str, Any]
    body: str


class _GitHubPause(Unavailable):
    """Worth a second try at once."""

    @classmethod
    def of(cls, error: UpdaterError) -> "_GitHubPause":
        return cls(error.sentence, reason=error.reason)


class _GitHubToken(Auth):
    """Asked for anew with each request, so that a token may be renewed."""

    def __init__(self, ask: Callable[[], str], place: ApiTarget) -> None:
        self._ask = ask
        self._place = place
        self.last = ""

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        token = self._ask().strip()
        if not token:
            raise unauthorized(self._place, "needs a token and there is none")
        # requests would name it in the error it raises for a broken header.
        if not re.fullmatch(r"[!-~]+", token):
            raise unauthorized(
                self._place, "needs a token and what is set is none: it has spaces or line breaks"
            )
        self.last = token
        return token

    @property
    def _masked_token(self) -> str:
        return "Bearer (token removed)"


class _Wire(HTTPRequestsConnectionClass):
    """One session for all threads; a copy carries one request. The environment is read once, here."""

    def __init__(self, place: ApiTarget, api: str, connection: ApiConnection) -> None:
        parts = urlsplit(api)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        super().__init__(parts.hostname or "", port, timeout=connection.timeout, retry=0, pool_size=8)
        self.protocol = parts.scheme
        self.adapter = BoundedAdapter(f"GitHub for {place}")
        self.session.mount("https://", self.adapter)
        self.session.mount("http://", self.adapter)
        self.session.proxies.update(get_environ_proxies(api))
        self.verify = connection.ca_file or surrounding_bundle() or True
        self.session.trust_env = False
        self._place = place
        self._observer = connection.observer

    def getresponse(self) -> RequestsResponse:
        try:
            response = super().getresponse()
        except (OSError, HTTPError):
            self._observer(self._place.host, 0)
            raise
        self._observer(self._place.host, response.status)
        # PyGithub would follow without the query, and wait out a 202.
        if response.status in _REDIRECTS:
            raise moved(response.status, self._place)
        if response.status == HTTPStatus.ACCEPTED and self.verb == "GET":
            raise nonsense(self._place, "202, not yet ready,")
        return response


def is_write(verb: str, content: object) -> bool:
    """GraphQL is asked by POST, too."""
    asks = isinstance(content, dict) and str(content.get("query", "")).startswith("query")
    return verb != "GET" and not asks


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
