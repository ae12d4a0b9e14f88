"""To read what servers answer only so far: bounded in size and time, while it comes. I/O."""

from __future__ import annotations

import re
from http import HTTPStatus
from io import BytesIO
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from updater.errors import Refused
from updater.reasons import failure_reasons

LARGEST = 8 * 1024 * 1024
"""Bytes of a forge's answer: a hundred pull requests with long texts are about a million."""
LARGEST_FAILURE = 64 * 1024
"""Bytes of an answer that is no success: of those only a sentence is read, the rest is left where it is."""
_CHUNK = 64 * 1024
_AT_ONCE = 8
_UNSAID = 15.0
_WHOLE = 6
"""A whole answer may take so many times as long as one read."""


class AnswerTooLarge(Exception):
    """More came than is read."""

    def __init__(self, came: str, most: int) -> None:
        super().__init__(came)
        self.came = came
        """How much, as far as that is known: `31 MiB`, `more than 8 MiB`."""
        self.most = most
        """Bytes."""


def read_answer(response: requests.Response, most: int, until: float) -> bytes:
    """The whole body, unpacked, of at most so many bytes; `until` by the monotonic clock.

    Raises AnswerTooLarge and requests.ReadTimeout; of a failure the beginning is enough.
    """
    failed = response.status_code >= HTTPStatus.MULTIPLE_CHOICES
    body, most = BytesIO(), min(most, LARGEST_FAILURE) if failed else most
    # read1 hands on what is there: a server that drips cannot outlast the deadline.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        if body.tell() + len(chunk) > most:
            if failed:
                break
            raise AnswerTooLarge(_came(response, most), most)
        if monotonic() > until:
            raise requests.ReadTimeout
        body.write(chunk)
    return body.getvalue()


def size_of(number: int) -> str:
    """As people say it: `4 MiB`, `64 KiB`."""
    return f"{number >> 20} MiB" if number >= 1 << 20 else f"{max(number >> 10, 1)} KiB"


def _came(response: requests.Response, most: int) -> str:
    """What was announced, where that is the size of what would have been kept."""
    announced = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers and re.fullmatch("[0-9]{1,15}", announced)
    if plain and size_of(int(announced)) != size_of(most):
        return size_of(int(announced))
    return f"more than {size_of(most)}"


def _silence(timeout: object) -> float:
    """How long a library lets a server be silent, in seconds: one number, or connecting and reading."""
    told = timeout[-1] if isinstance(timeout, tuple) else timeout
    return float(told) if isinstance(told, int | float) else _UNSAID


class ForgeAnswerTooLarge(Refused):
    """A forge has more to say than is read at once: whoever asked for a page may ask for a smaller one."""


class BoundedAdapter(HTTPAdapter):
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
