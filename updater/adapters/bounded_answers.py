"""To bound what libraries read of an answer that stand on requests. I/O."""

from __future__ import annotations

from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from updater.adapters.bounded_bodies import AnswerTooLarge, ReadTimeoutOfWhole, read_body, size_of
from updater.adapters.timed_adapter import TimedAdapter
from updater.errors import Refused
from updater.reasons import failure_reasons

LARGEST = 8 * 1024 * 1024
"""Bytes of a forge's answer: a hundred pull requests with long texts are about a million."""
_AT_ONCE = 8
_UNSAID = 15.0
_WHOLE = 6
"""A whole answer may take so many times as long as one read."""


def read_answer(response: requests.Response, most: int, until: float) -> bytes:
    """As `read_body`, of an answer that requests has begun to read. Raises requests.ReadTimeout."""
    try:
        return read_body(response.raw, most, until)
    except ReadTimeoutOfWhole as late:
        raise requests.ReadTimeout from late


def _silence(timeout: object) -> float:
    """How long a library lets a server be silent, in seconds: one number, or connecting and reading."""
    told = timeout[-1] if isinstance(timeout, tuple) else timeout
    return float(told) if isinstance(told, int | float) else _UNSAID


class ForgeAnswerTooLarge(Refused):
    """A forge has more to say than is read at once: whoever asked for a page may ask for a smaller one."""


class BoundedAdapter(TimedAdapter):
    """For sessions of libraries, which read an answer to its end: what they get is whole, and small."""

    def __init__(self, who: str) -> None:
        """`who` is asked: `GitHub for org/deploy at api.github.com`."""
        super().__init__(max_retries=0, pool_connections=_AT_ONCE, pool_maxsize=_AT_ONCE)
        self._who = who

    def send(self, request: requests.PreparedRequest, *words: Any, **named: Any) -> requests.Response:  # noqa: ANN401 - as inherited
        until = monotonic() + _WHOLE * _silence(named.get("timeout"))
        response = super().send(request, *words, **{**named, "stream": True})
        with response:  # what is left unread would keep the connection
            response._content = self._body(request, response, until)  # noqa: SLF001 - as `content` does
        response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 - the same
        response.encoding = response.encoding or "utf-8"  # else it is guessed, which takes long
        return response

    def _body(self, request: requests.PreparedRequest, response: requests.Response, until: float) -> bytes:
        try:
            return read_answer(response, LARGEST, until)
        except AnswerTooLarge as large:
            raise self._refusal(f"{request.method} {request.path_url.partition('?')[0]}", large) from None
        except ReadTimeoutError as error:
            raise requests.ReadTimeout(error, request=request) from error
        except HTTPError as error:
            raise requests.ConnectionError(error, request=request) from error

    def _refusal(self, asked: str, large: AnswerTooLarge) -> ForgeAnswerTooLarge:
        return ForgeAnswerTooLarge(
            f"{self._who} answered {large.came} to {asked}, and at most {size_of(large.most)} are read: "
            "look at what has grown so large there, or for a proxy in between",
            reason=failure_reasons.FORGE_TOO_MANY,
        )
