"""`updater probe`: is the service that runs beside it alive? For a container's health check.

It reads no config and imports no more than it needs: it is run every half a minute.
"""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from updater.errors import Unavailable
from updater.service import probe_address
from updater.terminal import say

_PATIENCE = 4.0
"""Seconds; who runs the health check gives up at five."""
_LONGEST = 1000
"""Bytes of an answer that are read: it is one line."""


def probe(cache: Path, *, ready: bool) -> None:
    """Say what it answers. Raises Unavailable where it does not, or says that something is wrong."""
    address = probe_address.find(cache)
    if address is None:
        raise Unavailable(
            f"no service has told in {cache} where it listens: name the --cache-dir of `updater run`"
        )
    url = f"{address}/{'readyz' if ready else 'livez'}"
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_PATIENCE) as answer:
            say(_first_line(answer.read(_LONGEST)))
    except HTTPError as error:
        raise Unavailable(f"{url}: {error.code}, {_first_line(error.read(_LONGEST))}") from None
    except (OSError, HTTPException, URLError) as error:
        raise Unavailable(f"{url} does not answer ({_why(error)})") from None


def _first_line(body: bytes) -> str:
    return body.decode("utf-8", "replace").partition("\n")[0]


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__
