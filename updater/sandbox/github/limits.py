"""To count what each user and each App asks and writes within an hour, as GitHub does. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

REQUESTS = 5000
"""What GitHub allows within an hour."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Excess:
    """Why something is not answered, and the headers that go with it."""

    message: str
    headers: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Limits:
    """Each login has its own. Without numbers all is counted and nothing refused."""

    requests: int | None = None
    writes: int | None = None
    """Calls that create or change something."""
    _asked: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _written: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def excess(self, login: str, now: datetime, *, writes: bool) -> Excess | None:
        """None: it may go on, and is counted where it writes."""
        _forget(self._asked[login], now)
        _forget(self._written[login], now)
        if self.requests is not None and len(self._asked[login]) >= self.requests:
            return Excess(f"API rate limit exceeded for {login}.", {"X-RateLimit-Remaining": "0"})
        if writes and self.writes is not None and len(self._written[login]) >= self.writes:
            wait = ceil((self._written[login][0] + _HOUR - now).total_seconds())
            return Excess("You have exceeded a secondary rate limit.", {"Retry-After": str(max(wait, 1))})
        if writes:
            self._written[login].append(now)
        return None

    def count(self, login: str, now: datetime) -> None:
        self._asked[login].append(now)

    def written(self, login: str) -> int:
        return len(self._written[login])

    def headers(self, login: str, now: datetime) -> dict[str, str]:
        """What each answer says of it."""
        most, asked = self.requests or REQUESTS, self._asked[login]
        used = len(asked) if self.requests is not None else len(asked) % REQUESTS
        reset = asked[0] + _HOUR if asked and self.requests is not None else now + _HOUR
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(most - used, 0)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(ceil(reset.timestamp())),
            "X-RateLimit-Resource": "core",
            "X-GitHub-Request-Id": "0000:0000",
        }


def _forget(times: deque[datetime], now: datetime) -> None:
    while times and not now < times[0] + _HOUR <= now + _HOUR:
        times.popleft()
