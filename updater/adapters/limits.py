"""To remember until when a forge wants to be left alone. Pure but for the clock it is given."""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Lock

from updater.errors import Unavailable
from updater.reasons import failure_reasons
from updater.times import lasts
from updater.value_class import value_class

_LIMIT = re.compile(
    r"rate limit|abuse detection|retry your request again later|wait a few minutes", re.IGNORECASE
)
_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(hours=1)
"""GitHub's windows are an hour; whoever says more is not believed, but asked again then."""
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_UNSAID = timedelta(minutes=1)
"""What GitHub asks to wait where it names no time; doubled each time it says so again."""


class RateLimits:
    """A forge's rate limits, and our own on writing. Never sleeps: until they end, nothing is sent.

    One for all who use the same token: forges count by whom a token stands for, not by repository.
    """

    def __init__(
        self,
        host: str,
        clock: Callable[[], datetime],
        *,
        writes_a_minute: int = 60,
        writes_an_hour: int = 500,
        forge: str = "GitHub",
        app_id: str = "",
        budget: Callable[[str, int], None] = lambda _host, _left: None,
    ) -> None:
        """`app_id` says which of several Apps they are of.

        `budget` is told how many requests the host still allows, whenever it says so.
        """
        self.host, self.app_id = host, app_id
        self._where = f"{host} for app {app_id}" if app_id else host
        self._forge = forge
        self._clock = clock
        self._budget = budget
        self._lock = Lock()
        self._pause: tuple[datetime, datetime] | None = None
        """From when until when nothing is sent."""
        self._unsaid = _UNSAID
        self._untold: deque[datetime] = deque(maxlen=writes_an_hour)
        self._windows = (
            _Window(_MINUTE, "minute", deque(maxlen=writes_a_minute)),
            _Window(_HOUR, "hour", deque(maxlen=writes_an_hour)),
        )

    def check(self, *, writes: bool) -> None:
        """Raise Unavailable while a limit lasts; else a write is counted as sent."""
        with self._lock:
            now = self._clock()
            if self._pause is not None and lasts(*self._pause, now):
                raise self._limited(self._pause[1])
            if writes:
                self._count(now)

    def heed(self, status: int, headers: Mapping[str, str], message: str) -> None:
        """Raise Unavailable where this answer is a limit's; `headers` by lower-case names."""
        if (left := _left(headers)) is not None:
            self._budget(self.host, left)
        with self._lock:
            if not _is_limit(status, headers, message):
                self._unsaid = _UNSAID if status < HTTPStatus.BAD_REQUEST else self._unsaid
                return
            now = self._clock()
            pause = _said(headers, now) or self._double()
            self._pause = now, now + min(max(pause, _SHORTEST), _LONGEST)
            raise self._limited(self._pause[1])

    def writes(self) -> list[datetime]:
        """When we have written since this was asked last: for others who use the same token."""
        with self._lock:
            told = list(self._untold)
            self._untold.clear()
            return told

    def hear(self, writes: Sequence[datetime]) -> None:
        """Others who use the same token have written then: it counts as ours does."""
        with self._lock:
            for window in self._windows:
                merged = sorted((*window.writes, *writes))
                window.writes.clear()
                window.writes.extend(merged)

    def free(self, *, writes: bool) -> datetime:
        """When something can be sent again; now, where nothing is in the way."""
        with self._lock:
            now = self._clock()
            ends = [self._pause[1]] if self._pause is not None and lasts(*self._pause, now) else []
            rooms = [window.room(now) for window in self._windows] if writes else []
            return max((now, *ends, *filter(None, rooms)))

    def writes_left(self) -> int:
        """How many writes we may still send within the hour."""
        with self._lock:
            return self._windows[-1].left(self._clock())

    def _count(self, now: datetime) -> None:
        for window in self._windows:
            if (room := window.room(now)) is not None:
                raise self._busy(window, room)
        for window in self._windows:
            window.writes.append(now)
        self._untold.append(now)

    def _double(self) -> timedelta:
        pause, self._unsaid = self._unsaid, min(self._unsaid * 2, _LONGEST)
        return pause

    def _limited(self, until: datetime) -> Unavailable:
        return Unavailable(
            f"{self._forge}'s rate limit at {self._where} is used up until {_instant(until)}; "
            "what is left waits for a later pass",
            reason=failure_reasons.RATE_LIMITED,
        )

    def _busy(self, window: "_Window", until: datetime) -> Unavailable:
        article = "an" if window.name == "hour" else "a"
        return Unavailable(
            f"{window.writes.maxlen} writes within {article} {window.name} are the most we send to "
            f"{self._where}: the next can go out at {_instant(until)}; what is left waits for a later pass",
            reason=failure_reasons.RATE_LIMITED,
        )


@value_class
class _Window:
    """Only as many writes as fit are remembered: the oldest of them tells when there is room again."""

    length: timedelta
    name: str
    writes: deque[datetime]

    def room(self, now: datetime) -> datetime | None:
        """When there is room; None: now. A clock that was set back does not stop us for long."""
        if len(self.writes) != self.writes.maxlen:
            return None
        room = self.writes[0] + self.length
        return room if now < room <= now + self.length else None

    def left(self, now: datetime) -> int:
        counted = sum(now < write + self.length <= now + self.length for write in self.writes)
        return (self.writes.maxlen or 0) - counted


def _instant(until: datetime) -> str:
    return f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _left(headers: Mapping[str, str]) -> int | None:
    """GitHub's name for it, or GitLab's."""
    for name in ("x-ratelimit-remaining", "ratelimit-remaining"):
        if re.fullmatch(r"[0-9]{1,9}", headers.get(name, "")):
            return int(headers[name])
    return None


def _is_limit(status: int, headers: Mapping[str, str], message: str) -> bool:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return status == HTTPStatus.FORBIDDEN and (
        "retry-after" in headers or _spent(headers) or _LIMIT.search(message) is not None
    )


def _spent(headers: Mapping[str, str]) -> bool:
    """As GitHub and GitLab spell it."""
    return "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining"))


def _said(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the answer asks us to wait. The server's clock decides, where it tells it."""
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return timedelta(seconds=min(int(after[:9]), _LONGEST.total_seconds()))
    theirs = header_date(headers) or now
    if until := _date(after):
        return until - theirs
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset", "")
    if _spent(headers) and reset.isdecimal():
        return datetime.fromtimestamp(int(reset[:11]), UTC) - theirs + _SHORTEST
    return None


def header_date(headers: Mapping[str, str]) -> datetime | None:
    """The server's clock, where an answer tells it."""
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
