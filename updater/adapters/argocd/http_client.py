"""To send requests to one server: bounded in time and size, its token to nobody else. I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from updater.adapters.api_connection import Observer
from updater.adapters.argocd.errors import (
    Remedies,
    no_authority,
    no_json,
    redirected,
    refusal,
    silent,
    too_large,
    untrusted,
)
from updater.adapters.bounded_answers import read_answer
from updater.adapters.bounded_bodies import AnswerTooLarge
from updater.adapters.one_server_session import OneServerSession
from updater.adapters.proxies import proxies_for
from updater.clear_text import is_loopback
from updater.errors import Unavailable
from updater.times import lasts
from updater.value_class import value_class

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer: five hundred whole Applications are about ten million."""
_CONNECT, _READ = 5.0, 10.0
"""Seconds of silence."""
_WHOLE = 3
"""A whole answer may take so many times as long as one read."""
_SPARED = timedelta(seconds=3)
"""So long nobody asks again a server that has just been silent: else every app of a pass waits for it."""


@value_class
class Ask:
    """What is sent; `about` says in a failure's sentence what it was for."""

    method: str
    path: str
    about: str
    remedies: Remedies
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    media_type: str = "application/json"
    patience: float = _READ
    """Seconds of silence."""


class HttpClient:
    """One for the life of the process, for any number of threads."""

    def __init__(
        self,
        server: str,
        token: Callable[[], str | None],
        *,
        clock: Callable[[], datetime],
        ca_file: str | None = None,
        insecure: bool = False,
        observer: Observer = lambda _host, _code: None,
    ) -> None:
        """Take the server's address; `insecure` allows plain http beyond loopback. Raises ValueError."""
        parts = urlsplit(server)
        if parts.scheme != "https" and not (insecure or is_loopback(parts.hostname)):
            raise ValueError("plain http is for loopback only: use https or say insecure: true")
        self.server, self.host = server.rstrip("/"), parts.netloc
        self._token, self._clock, self._observer = token, clock, observer
        self._ca_file, self._session = ca_file, OneServerSession(ca_file)
        self._proxies = proxies_for(server)
        self._silence: tuple[datetime, Unavailable] | None = None

    def close(self) -> None:
        self._session.close()

    def ask(self, ask: Ask) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What it answers, read. Raises Unavailable or Refused."""
        self._check_silence()
        if self._ca_file and not Path(self._ca_file).is_file():
            raise no_authority(self._ca_file)
        try:
            status, body = self._exchange(ask)
        except (requests.RequestException, HTTPError, OSError) as error:
            self._observer(self.host, 0)
            if (doubt := untrusted(self.host, error)) is not None:
                raise doubt from error
            raise self._note(silent(self.host, error)) from error
        self._observer(self.host, status)
        return self._read(ask, status, body)

    def tell(self, ask: Ask) -> None:
        """As `ask`; but once it was sent, nobody waits long for the answer."""
        try:
            self.ask(ask)
        except Unavailable as error:
            if not isinstance(error.__cause__, requests.ReadTimeout):
                raise
            self._silence = None

    def _exchange(self, ask: Ask) -> tuple[int, bytes]:
        deadline = monotonic() + _WHOLE * ask.patience
        with self._session.request(
            ask.method,
            self.server + ask.path,
            params=dict(ask.query),
            data=None if ask.body is None else json.dumps(ask.body),
            headers=self._headers(ask),
            proxies=self._proxies,
            timeout=(_CONNECT, ask.patience),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code, self._body(ask, response, deadline)

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if ask.body is not None:
            headers["Content-Type"] = ask.media_type
        if token := self._token():
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _body(self, ask: Ask, response: requests.Response, deadline: float) -> bytes:
        try:
            return read_answer(response, LARGEST, deadline)
        except AnswerTooLarge as large:
            raise too_large(self.host, large.came, ask.about, LARGEST) from None
        except requests.ReadTimeout:
            raise requests.ConnectionError from None

    def _read(self, ask: Ask, status: int, body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
        if status in range(300, 400):
            raise redirected(self.host, status, ask.about)
        if status >= HTTPStatus.BAD_REQUEST:
            raise self._note(refusal(self.host, status, ask.about, ask.remedies))
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise no_json(self.host, ask.about) from None

    # --- a server that does not answer ------------------------------------------------------------------

    def _check_silence(self) -> None:
        if self._silence is None:
            return
        since, said = self._silence
        if lasts(since, since + _SPARED, self._clock()):
            raise Unavailable(said.sentence, reason=said.reason)

    def _note(self, error: Exception) -> Exception:
        if isinstance(error, Unavailable):
            self._silence = (self._clock(), error)
        return error
