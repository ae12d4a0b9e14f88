"""To read the body of an answer only so far: bounded in size and time, while it comes. I/O."""

from __future__ import annotations

import re
from http import HTTPStatus
from io import BytesIO
from time import monotonic

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

LARGEST_FAILURE = 64 * 1024
"""Bytes of an answer that is no success: of those only a sentence is read, the rest is left where it is."""
_CHUNK = 64 * 1024


class AnswerTooLarge(Exception):
    """More came than is read."""

    def __init__(self, came: str, most: int) -> None:
        super().__init__(came)
        self.came = came
        """How much, as far as that is known: `31 MiB`, `more than 8 MiB`."""
        self.most = most
        """Bytes."""


class ReadTimeoutOfWhole(HTTPError):
    """The server was never silent for long, and has not come to an end."""


def read_body(response: BaseHTTPResponse, most: int, until: float) -> bytes:
    """The whole body, unpacked, of at most so many bytes; `until` by the monotonic clock.

    Raises AnswerTooLarge and urllib3's HTTPError; of a failure the beginning is enough.
    """
    failed = response.status >= HTTPStatus.MULTIPLE_CHOICES
    body, most = BytesIO(), min(most, LARGEST_FAILURE) if failed else most
    # read1 hands on what is there: a server that drips cannot outlast the deadline.
    while chunk := response.read1(_CHUNK, decode_content=True):
        if body.tell() + len(chunk) > most:
            if failed:
                break
            raise AnswerTooLarge(_came(response, most), most)
        if monotonic() > until:
            raise ReadTimeoutOfWhole
        body.write(chunk)
    return body.getvalue()


def size_of(number: int) -> str:
    """As people say it: `4 MiB`, `64 KiB`."""
    return f"{number >> 20} MiB" if number >= 1 << 20 else f"{max(number >> 10, 1)} KiB"


def _came(response: BaseHTTPResponse, most: int) -> str:
    """What was announced, where that is the size of what would have been kept."""
    announced = response.headers.get("content-length", "")
    plain = "content-encoding" not in response.headers and re.fullmatch("[0-9]{1,15}", announced)
    if plain and size_of(int(announced)) != size_of(most):
        return size_of(int(announced))
    return f"more than {size_of(most)}"
