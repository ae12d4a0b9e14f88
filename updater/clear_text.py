"""Where a secret may go unencrypted: to this very machine, and where config says so. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """Of a name or an address, without brackets and port."""
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sends_in_the_clear(url: str) -> bool:
    """Over plain HTTP, and not only to this very machine. Raises ValueError for what is no URL."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname)
