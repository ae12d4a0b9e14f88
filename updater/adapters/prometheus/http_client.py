"""To send requests to one Prometheus or Alertmanager, bounded in time and size, and to nobody else. I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from updater.adapters.api_connection import Observer
from updater.adapters.bounded_answers import read_answer
from updater.adapters.bounded_bodies import AnswerTooLarge
from updater.adapters.one_server_session import AT_ONCE, OneServerSession
from updater.adapters.prometheus.errors import MonitoringTarget
from updater.adapters.proxies import proxies_for
from updater.clear_text import sends_in_the_clear
from updater.errors import Unavailable, UpdaterError
from updater.times import lasts

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer: half a million samples, or the rules of a large cluster."""
_CONNECT, _READ = 5.0, 15.0
"""Seconds of silence; a query says itself that it gives up earlier."""
_SECRET = 8
"""Characters: what is shorter may be anything."""
_WHOLE = 2
"""A whole answer may take so many times as long as one read."""
_SPARED = timedelta(seconds=3)
"""So long nobody asks again a server that has just been silent: else every query of a pass waits for it. One
that was waited for is spared twice that time more: a pass asks several times, and others wait with it."""

_LONGEST = timedelta(seconds=_WHOLE * _READ)
"""That a request takes; more is a clock that was set forward meanwhile."""

Credentials = Callable[[], str | None]
"""What is sent as Authorization; None: nothing. Raises ConfigError."""


class MonitoringClient:
    """One for the life of the process, for any number of threads."""

    def __init__(
        self,
        server: str,
        target: MonitoringTarget,
        credentials: Credentials | None,
        *,
        clock: Callable[[], datetime],
        ca_file: str | None = None,
        insecure: bool = False,
        tenant: str | None = None,
        observer: Observer = lambda _host, _code: None,
    ) -> None:
        """`insecure` allows credentials over plain http beyond loopback. Raises ValueError."""
        if credentials is not None and sends_in_the_clear(server) and not insecure:
            raise ValueError("plain http with credentials: use https or say insecure: true")
        self.server, self.target = server.rstrip("/"), target
        self._credentials, self._clock, self._observer = credentials, clock, observer
        self._ca_file, self._session = ca_file, OneServerSession(ca_file)
        self._session.headers["Accept"] = "application/json"
        if tenant is not None:
            self._session.headers["X-Scope-OrgID"] = tenant
        self._proxies = proxies_for(server)
        self._turns = BoundedSemaphore(AT_ONCE)
        self._silence: tuple[datetime, datetime, Unavailable] | None = None
        """From when until when nobody asks, and why."""

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, query: Mapping[str, str], about: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What it answers, read. Raises Unavailable or Refused."""
        return self._ask("GET", path, query, None, about)

    def post(self, path: str, form: Mapping[str, str], about: str) -> Any:  # noqa: ANN401 - the same
        """As `get`: only the query is longer than an address may be."""
        return self._ask("POST", path, {}, form, about)

    def _ask(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str] | None, about: str
    ) -> Any:  # noqa: ANN401 - whatever JSON holds
        if self._ca_file and not Path(self._ca_file).is_file():
            raise self.target.no_authority(self._ca_file)
        began = self._clock()
        try:
            with self._turns:
                self._check_silence()
                status, body = self._exchange(method, path, query, form)
        except (requests.RequestException, HTTPError, OSError) as error:
            self._observer(self.target.host, 0)
            if (doubt := self.target.untrusted(error)) is not None:
                raise doubt from error
            raise self._note(self.target.silent(error), self._clock() - began) from error
        self._observer(self.target.host, status)
        return self._read(status, body, about)

    def _exchange(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        deadline = monotonic() + _WHOLE * _READ
        sent = self._credentials() if self._credentials else None
        with self._session.request(
            method,
            self.server + path,
            params=dict(query),
            data=None if form is None else dict(form),
            headers={"Authorization": sent.encode()} if sent else {},  # as any text goes
            proxies=self._proxies,
            timeout=(_CONNECT, _READ),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code, _without(sent, self._body(response, deadline))

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        try:
            return read_answer(response, LARGEST, deadline)
        except AnswerTooLarge as large:
            raise self.target.too_large(large.came, LARGEST) from None
        except requests.ReadTimeout:
            raise requests.ConnectionError from None

    def _read(self, status: int, body: bytes, about: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise self.target.redirected(status)
        if status >= HTTPStatus.BAD_REQUEST:
            raise self.target.refusal(status, body)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise self.target.nonsense(about) from None

    # --- a server that does not answer ------------------------------------------------------------------

    def _check_silence(self) -> None:
        if self._silence is None:
            return
        since, until, said = self._silence
        if lasts(since, until, self._clock()):
            raise Unavailable(said.sentence, reason=said.reason)

    def _note(self, error: Unavailable, took: timedelta) -> UpdaterError:
        now = self._clock()
        self._silence = now, now + _SPARED + 2 * min(max(took, timedelta()), _LONGEST), error
        return error


def _without(sent: str | None, body: bytes) -> bytes:
    """Who echoes what it was sent, in an error as proxies do, is not repeated with our secret in it."""
    secret = (sent or "").partition(" ")[2].encode()
    return body.replace(secret, b"***") if len(secret) >= _SECRET else body
