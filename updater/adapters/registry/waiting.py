"""To read how long a registry wants to be left alone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_AMOUNT = r"\d{1,12}(?:\.\d{1,12})?"
_UNIT = r"(?:ms|h|m|s|[uµμ]s|ns)"
_IN_BODY = re.compile(rf"retry-after:\s*(?P<wait>(?:{_AMOUNT}{_UNIT})+)", re.IGNORECASE)
_SHORTEST, _UNSAID, _LONGEST = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def asked_wait(header: str | None, body: bytes, now: datetime) -> timedelta:
    """From Retry-After (seconds or a date) or GHCR's Go duration in the body; within sensible bounds."""
    waits = [wait for wait in (_from_header(header, now), _from_body(body)) if wait is not None]
    return min(max([_SHORTEST, *waits]), _LONGEST) if waits else _UNSAID


def _from_header(header: str | None, now: datetime) -> timedelta | None:
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,9}", text):
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
