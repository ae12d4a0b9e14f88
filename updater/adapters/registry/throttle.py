"""To keep to what one host bears: how many requests at a time, how many a second, pauses. I/O: it waits.

A line is shared by all images of a host. It never makes anybody wait for a pause: what cannot be sent soon is
answered Unavailable at once, with the instant, so that other hosts go on and the next pass has its turn.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from updater.adapters.registry.endpoint import Endpoint
from updater.adapters.registry.errors import busy, rate_limited
from updater.errors import Unavailable
from updater.times import lasts
from updater.value_class import value_class

AT_ONCE = 8
"""Requests at a time; more do not help (measured)."""
FAILURES = 3
"""So many requests in a row without any answer, and the rest of a pass is spared the wait for it."""
SILENCE = timedelta(seconds=5)
_SPREAD = 0.1
"""How much longer than asked a pause may be, as a share: those who were refused together come back apart."""


@value_class
class ThrottleSettings:
    """What all lines keep to. `patience`: for how many seconds requests are spaced out, not left."""

    clock: Callable[[], datetime]
    patience: float = 30.0
    jitter: Callable[[], float] = random.random
    """Between 0 and 1."""


class Throttle:
    """What is remembered of the way to one host."""

    def __init__(self, pacing: ThrottleSettings, per_second: float | None) -> None:
        self._pacing = pacing
        self._interval = 1 / per_second if per_second else 0.0
        self._turns = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._pause: tuple[datetime, datetime] | None = None
        """From when until when nothing is sent."""
        self._status = 0
        self._failures = 0
        self._silent_since: datetime | None = None
        self._silence: Unavailable | None = None
        self._next_slot = self._spell = 0.0
        self.clock_offset: float | None = None
        """Seconds the server's clock is ahead of ours; whole seconds at best."""

    @contextmanager
    def turn(self, place: Endpoint) -> Iterator[None]:
        """Wait for a turn of this host's. Raises Unavailable where it does not come soon."""
        with self._turns:
            self._check_pauses(place)
            self._wait_for_slot(place)
            yield

    def pause(self, place: Endpoint, status: int, wait: timedelta) -> None:
        """Until then nothing is sent there; raises Unavailable that says so."""
        now = self._pacing.clock()
        until = now + wait * (1 + _SPREAD * self._pacing.jitter())
        with self._lock:
            if self._pause is not None and lasts(*self._pause, now):
                until = max(until, self._pause[1])
            self._pause, self._status = (now, until), status
        raise rate_limited(place, status, until)

    def answered(self) -> None:
        with self._lock:
            self._failures, self._silent_since = 0, None

    def unanswered(self, error: Unavailable) -> None:
        """Who is not asked meanwhile hears the same: one outage is told in one way."""
        with self._lock:
            self._failures += 1
            self._silence = error
            if self._failures >= FAILURES:
                self._silent_since = self._pacing.clock()

    def _check_pauses(self, place: Endpoint) -> None:
        with self._lock:
            now = self._pacing.clock()
            if self._pause is not None and lasts(*self._pause, now):
                raise rate_limited(place, self._status, self._pause[1])
            since = self._silent_since
            silent = since is not None and lasts(since, since + SILENCE, now)
            if silent and self._silence is not None:
                raise Unavailable(self._silence.sentence, reason=self._silence.reason)

    def _wait_for_slot(self, place: Endpoint) -> None:
        """Space requests out, but not for longer than patience lasts."""
        if not self._interval:
            return
        with self._lock:
            now = time.monotonic()
            if self._next_slot <= now:
                self._spell = self._next_slot = now
            slot = self._next_slot
            if slot - self._spell > self._pacing.patience:
                raise busy(place, self._interval)
            self._next_slot = slot + self._interval
        time.sleep(slot - now)
