"""To read how long a registry wants to be left alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_AMOUNT = r"\d{1,12}(?:\.\d{1,12})?"
_UNIT = r"(?:ms|h|m|s|[uµμ]s|ns)"
_IN_BODY = re.compile(rf"retry-after:\s*(?P<wait>(?:{_AMOUNT}{_UNIT})+)", re.IGNORECASE)
_SHORTEST, _UNSAID, _LONGEST = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def requested_wait(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> timedelta | None:
    """How long we are asked to wait, within sensible bounds; None where nobody asks.

    From Retry-After (seconds, or a date by the server's clock) or GHCR's Go duration in the body. A 429 asks
    even if it says no time.
    """
    if status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    waits = [_from_header(headers.get("retry-after"), now), _from_body(body)]
    said = [wait for wait in waits if wait is not None]
    if not said:
        return _UNSAID if status == HTTPStatus.TOO_MANY_REQUESTS else None
    return min(max([_SHORTEST, *said]), _LONGEST)


def remaining(headers: Mapping[str, str]) -> int | None:
    """How many requests are left in the server's window: `ratelimit-remaining: 76;w=21600`, and its kin."""
    for name in ("ratelimit-remaining", "x-ratelimit-remaining"):
        number = headers.get(name, "").partition(";")[0].strip()
        if re.fullmatch(r"[0-9]{1,9}", number):
            return int(number)
    return None


def _from_header(header: str | None, now: datetime) -> timedelta | None:
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return timedelta(seconds=int(text))
    instant = parse_date(text)
    return None if instant is None else instant - now


def _from_body(body: bytes) -> timedelta | None:
    match = _IN_BODY.search(body.decode(errors="replace"))
    if match is None:
        return None
    parts = re.findall(rf"({_AMOUNT})({_UNIT})", match["wait"])
    seconds = sum(float(amount) * _SECONDS[unit.lower()] for amount, unit in parts)
    return timedelta(seconds=min(seconds, _LONGEST.total_seconds()))


def parse_date(text: str | None) -> datetime | None:
    """An HTTP date, with its zone; None where it is none."""
    try:
        date = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
