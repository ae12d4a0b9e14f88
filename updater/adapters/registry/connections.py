"""To keep connections to registries: whom we believe over TLS, and the way out that config names. I/O.

Each request goes where its URL says, once: redirects, retries and credentials are for the caller.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import certifi
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import ProxySchemeUnknown
from urllib3.util.ssl_ import create_urllib3_context

from updater.adapters.timed_connections import timed

_HOSTS = 64
_PACKED = "gzip, deflate"
"""What every registry knows, and we unpack within bounds."""


class WayOut(NamedTuple):
    """How a host is reached."""

    believed: str | None
    """The file or folder of the authorities that may vouch for it; None where nobody has to."""
    proxy: str | None


class Connections:
    """For any number of threads. Files of authorities are read anew when they have changed."""

    def __init__(self, at_once: int) -> None:
        """`at_once` connections to one host are kept; more are made where more are needed."""
        self._at_once = at_once
        self._managers: dict[WayOut, tuple[object, PoolManager]] = {}
        self._lock = Lock()

    def close(self) -> None:
        with self._lock:
            for _, manager in self._managers.values():
                manager.clear()

    def send(
        self,
        way: WayOut,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: str | None,
        timeout: tuple[float, float],
    ) -> BaseHTTPResponse:
        """The beginning of the answer; whoever has read it closes and releases it.

        `timeout`: seconds to connect, and of silence. Raises urllib3's HTTPError, and OSError.
        """
        return self._manager(way).urlopen(
            method,
            url,
            headers={"User-Agent": "updater", "Accept-Encoding": _PACKED, **headers},
            body=body,
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=Timeout(connect=timeout[0], read=timeout[1]),
        )

    def _manager(self, way: WayOut) -> PoolManager:
        now = _version(way.believed)
        with self._lock:
            known = self._managers.get(way)
            if known is None or known[0] != now:
                known = self._managers[way] = now, timed(self._made(way))
            return known[1]

    def _made(self, way: WayOut) -> PoolManager:
        context = _context(way.believed)
        if way.proxy is None:
            return PoolManager(_HOSTS, maxsize=self._at_once, ssl_context=context)
        proxy = way.proxy if "://" in way.proxy else f"http://{way.proxy}"
        if proxy.lower().startswith("socks"):
            return self._socks(proxy, context)
        return ProxyManager(
            proxy,
            _HOSTS,
            maxsize=self._at_once,
            proxy_headers=_proxy_login(proxy),
            proxy_ssl_context=context,
            ssl_context=context,
        )

    def _socks(self, proxy: str, context: ssl.SSLContext | None) -> PoolManager:
        try:
            from urllib3.contrib.socks import SOCKSProxyManager  # noqa: PLC0415 - it takes a library of its own
        except ImportError as error:
            raise ProxySchemeUnknown(None) from error
        return SOCKSProxyManager(proxy, num_pools=_HOSTS, maxsize=self._at_once, ssl_context=context)


def authorities() -> str:
    """Whom everybody believes where nobody says whom."""
    return certifi.where()


def _version(believed: str | None) -> object:
    """Raises OSError where nothing is there."""
    if believed is None:
        return None
    found = Path(believed).stat()
    return found.st_mtime_ns, found.st_size


def _context(believed: str | None) -> ssl.SSLContext | None:
    """One for all connections: to read a hundred authorities for each takes longer than a request."""
    if believed is None:
        return None
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    folder = Path(believed).is_dir()
    context.load_verify_locations(capath=believed) if folder else context.load_verify_locations(believed)
    return context


def _proxy_login(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    return make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
