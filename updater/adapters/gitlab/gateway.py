"""To send python-gitlab's requests through one door that obeys limits and speaks in sentences. I/O."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import gitlab
import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies

from updater.adapters.gitlab.errors import (
    ProjectTarget,
    message_in,
    moved,
    refusal,
    unauthorized,
    unavailable,
)
from updater.adapters.limits import RateLimits
from updater.adapters.no_answer import why_no_answer
from updater.adapters.trust import surrounding_bundle
from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons

Observer: TypeAlias = Callable[[str, int], None]
"""Told the host and the status of every answer; 0 where there was none."""

_TRIES = 2
_PASSING = frozenset({502, 503, 504})
_VERSION = "/api/v4"
_PER_PAGE = 100
_MOST_PAGES = 100
_ODD = (gitlab.GitlabError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What python-gitlab and our own reading raise on JSON of another shape."""


class GitLabGateway(gitlab.Gitlab):
    """python-gitlab over a session that sends the token to one host, and follows no redirect."""

    def __init__(
        self,
        place: ProjectTarget,
        api: str,
        token: Callable[[], str],
        *,
        timeout: int,
        limits: RateLimits,
        observer: Observer,
        ca_file: str | None = None,
    ) -> None:
        self.place = place
        session = _GitLabSession(place, api, token, limits, observer)
        session.verify = ca_file or surrounding_bundle() or True
        self._sent = session.token
        super().__init__(
            api.removesuffix(_VERSION),
            timeout=timeout,
            per_page=_PER_PAGE,
            user_agent="updater",
            session=session,
        )

    @contextmanager
    def sense(self) -> Iterator[None]:
        """Let what is raised on an answer that cannot be read leave as Unavailable."""
        try:
            yield
        except _ODD as error:
            raise unavailable(self.place, "answered with something unexpected") from error

    def read(self, path: str) -> Mapping[str, Any]:
        with self.sense():
            found = self.http_get(path)
            if not isinstance(found, dict):
                raise TypeError("no object")
            return found

    def page(self, path: str, query: Mapping[str, str], number: int = 1) -> list[Mapping[str, Any]]:
        """At most a hundred. A link the server gives is not followed: pages are asked for by number."""
        with self.sense():
            asked = {**query, "per_page": _PER_PAGE, "page": number}
            found = self.http_get(path, query_data=asked)
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
                raise TypeError("no list of objects")
            return found

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        for number in range(1, _MOST_PAGES + 1):
            found = self.page(path, query, number)
            yield from found
            if len(found) < _PER_PAGE:
                return
        raise Refused(
            f"GitLab lists more than {_MOST_PAGES * _PER_PAGE} entries for {self.place}; "
            "they are too many to be read in every pass: close what is old",
            reason=failure_reasons.FORGE_TOO_MANY,
        )

    @property
    def shown(self) -> str:
        """The token that was sent last."""
        return self._sent.last

    def close(self) -> None:
        self.session.close()


class _GitLabSession(requests.Session):
    """Raises Unavailable or Refused for every answer that is no success. Never sleeps; repeats only a GET."""

    def __init__(
        self, place: ProjectTarget, api: str, token: Callable[[], str], limits: RateLimits, observer: Observer
    ) -> None:
        super().__init__()
        self._place, self._limits, self._observer = place, limits, observer
        self.auth = self.token = _GitLabToken(token, place, api)
        self.proxies.update(get_environ_proxies(api))
        self.trust_env = False

    def request(self, method: str | bytes, url: str | bytes, *words: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as inherited
        """Redirects are refused, not followed: `PRIVATE-TOKEN` would go along."""
        named |= {"allow_redirects": False, "verify": self.verify}
        for _ in range(_TRIES - 1 if str(method).lower() == "get" else 0):
            try:
                return self._ask(method, url, *words, **named)
            except _GitLabPause:
                continue
        return self._ask(method, url, *words, **named)

    def _ask(self, method: str | bytes, url: str | bytes, *words: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as above
        self._limits.check(writes=str(method).lower() != "get")
        try:
            answer = super().request(method, url, *words, **named)
        except requests.Timeout as error:
            self._observer(self._place.host, 0)
            raise unavailable(self._place, "did not answer in time") from error
        except requests.RequestException as error:
            self._observer(self._place.host, 0)
            raise _GitLabPause.of(unavailable(self._place, why_no_answer(error))) from error
        self._observer(self._place.host, answer.status_code)
        self._judge(answer, f"{answer.request.method} {urlsplit(str(url)).path}")
        return answer

    def _judge(self, answer: requests.Response, asked: str) -> None:
        status = answer.status_code
        failed = status >= HTTPStatus.BAD_REQUEST
        message = message_in(self.token.out_of(answer.text)) if failed else ""
        self._limits.heed(status, {key.lower(): value for key, value in answer.headers.items()}, message)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise moved(status, self._place)
        if status in _PASSING:
            raise _GitLabPause.of(unavailable(self._place, f"answered {status}"))
        if failed:
            raise refusal(status, message, self._place, asked)


class _GitLabPause(Unavailable):
    """Worth a second try at once."""

    @classmethod
    def of(cls, error: Unavailable) -> "_GitLabPause":
        return cls(error.sentence, reason=error.reason)


class _GitLabToken(AuthBase):
    """Asked for anew with each request, so that a token may be renewed; for one host only."""

    def __init__(self, ask: Callable[[], str], place: ProjectTarget, api: str) -> None:
        self._ask = ask
        self._place = place
        self._origin = urlsplit(api)[:2]
        self.last = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if urlsplit(request.url or "")[:2] != self._origin:
            raise unavailable(self._place, "wants us to ask another host, which is not done,")
        token = self._ask().strip()
        if not token:
            raise unauthorized(self._place, "needs a token and there is none")
        # requests would name it in the error it raises for a broken header.
        if not re.fullmatch(r"[!-~]+", token):
            raise unauthorized(
                self._place, "needs a token and what is set is none: it has spaces or line breaks"
            )
        self.last = token
        request.headers["PRIVATE-TOKEN"] = token
        return request

    def out_of(self, body: str) -> str:
        """Something on the way may echo what it was sent, and what GitLab says is quoted."""
        return body.replace(self.last, "***") if self.last else body
