"""The way out that the environment names, read anew at each call. I/O."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlsplit

from updater.clear_text import is_loopback


def proxies_for(address: str) -> dict[str, str]:
    """Proxies by scheme, as requests takes them; none for loopback and for what NO_PROXY names."""
    parts, proxies = urlsplit(address), urllib.request.getproxies_environment()
    bypasses = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined] # typeshed lacks it
    return {} if is_loopback(parts.hostname) or bypasses(parts.netloc, proxies) else dict(proxies)
