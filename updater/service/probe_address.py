"""Where a running service is asked whether it is alive, told in its cache folder for whoever asks beside it.

The config may say another address by now, or leave the port to the system: only the service itself knows.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

_FILE = "probe-address"


def keep(cache: Path, host: str, port: int) -> None:
    """Write down what it listens on. Raises OSError."""
    (cache / _FILE).write_text(f"http://{_reached_at(host)}:{port}\n", encoding="utf-8")


def find(cache: Path) -> str | None:
    """`http://HOST:PORT`; None where no service has told it."""
    try:
        told = (cache / _FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return told if told.startswith("http://") else None


def _reached_at(host: str) -> str:
    """Who listens everywhere is reached at loopback, in the same family."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004 - IPv4
    return f"[{host}]" if address.version == 6 else host  # noqa: PLR2004 - IPv6
