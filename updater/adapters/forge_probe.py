"""To ask a server what kind of forge it is, by what it answers anybody. I/O: nothing secret is sent."""

import json
from collections.abc import Iterable
from typing import Protocol, TypeVar

import requests
import urllib3

from updater.adapters.timed_adapter import TimedAdapter
from updater.adapters.trust import surrounding_bundle

_SECONDS = 10
_MOST = 10_000
"""Bytes of an answer."""


class Sign(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def header(self) -> str | None: ...

    @property
    def key(self) -> str | None: ...


Known = TypeVar("Known", bound=Sign)


def recognized(server: str, signs: Iterable[Known], ca_file: str | None = None) -> Known | None:
    """Whose sign the server shows, by its address (`https://git.example.org`); None: nobody's.

    `ca_file` has all who are believed; without one that is for the environment to say.
    """
    believed = ca_file or surrounding_bundle() or True
    with requests.Session() as session:
        session.auth = _no_credentials
        for scheme in ("https://", "http://"):
            session.mount(scheme, TimedAdapter())
        return next((sign for sign in signs if _shows(session, server, sign, believed)), None)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Nor those of a .netrc."""
    return request


def _shows(session: requests.Session, server: str, sign: Sign, believed: str | bool) -> bool:
    try:
        with session.get(
            f"{server}{sign.path}", timeout=_SECONDS, allow_redirects=False, stream=True, verify=believed
        ) as answer:
            if sign.header is not None:
                return sign.header in answer.headers
            content = answer.raw.read(_MOST, decode_content=True) if answer.ok else b""
            return sign.key is not None and sign.key in _object(content)
    except (OSError, ValueError, RecursionError, urllib3.exceptions.HTTPError):
        return False  # whoever answers there may answer anything


def _object(content: bytes) -> dict[str, object]:
    said = json.loads(content or b"null")
    return said if isinstance(said, dict) else {}
