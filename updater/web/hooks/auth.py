"""Who may knock: signatures and shared secrets, compared in constant time; no delivery is heard twice."""

from __future__ import annotations

import base64
import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from updater.web.hooks.payloads import WebhookTarget

REMEMBERED = 10_000
"""Ids and signatures of deliveries; GitHub redelivers those of the last three days, and only when somebody
asks it to."""
_LONGEST_MARK = 200
"""Characters: whoever is let in may still send an id of any length."""

IN_HAND = 20 * 2**20
"""Bytes of all bodies together that are being delivered: who sends them slowly must not fill the memory."""


class Trigger(Protocol):
    def wake(self, named: WebhookTarget) -> int:
        """Have the passes come now that this concerns; how many there are. Cheap at any rate."""


@dataclass
class WebhookReceiver:
    """What all hooks of one service share."""

    waker: Trigger
    secret: Callable[[], str | None]
    """Read anew each time, for mounted secrets are renewed; None: nobody is let in."""
    count: Callable[[str, str], None] = lambda _source, _result: None
    """Told the source and the result of each delivery."""
    _heard: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _in_hand: int = 0

    @contextmanager
    def hand(self) -> Iterator[Hand]:
        """For one delivery: what is taken of the memory for all, until it is over. For one thread only."""
        hand = Hand(self)
        try:
            yield hand
        finally:
            self._in_hand -= hand.taken

    def take(self, size: int) -> bool:
        """False where so many bytes more would be too much."""
        if self._in_hand + size > IN_HAND:
            return False
        self._in_hand += size
        return True

    def is_new(self, *marks: str | None) -> bool:
        """False where one of these was heard before; a delivery without any is always new."""
        given = [mark[:_LONGEST_MARK] for mark in marks if mark]
        with self._lock:
            known = [mark for mark in given if mark in self._heard]
            for mark in known or given:  # what comes again brings nothing else that would be remembered
                self._heard[mark] = None
                self._heard.move_to_end(mark)
            while len(self._heard) > REMEMBERED:
                self._heard.popitem(last=False)
        return not known


@dataclass
class Hand:
    """What one delivery has taken."""

    _door: WebhookReceiver
    taken: int = 0

    def take(self, size: int) -> bool:
        if not self._door.take(size):
            return False
        self.taken += size
        return True


def is_signed(secret: str, body: bytes, signature: str | None, *, begins: str = "sha256=") -> bool:
    """HMAC-SHA256 of the raw body, as GitHub and Bitbucket write it; Gitea writes nothing before."""
    expected = begins + hmac.new(secret.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), (signature or "").encode("utf-8", "replace"))


def bears(secret: str, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """`Authorization: Bearer …` (or the bare secret); Docker Hub and Quay can only put it into the URL.

    Azure DevOps shows it as the password of anybody.
    """
    word = headers.get("authorization", "")
    kind, _, rest = word.partition(" ")
    bearer = rest if kind.lower() == "bearer" else ""
    given = (word, bearer, _password(rest) if kind.lower() == "basic" else "", query.get("token", ""))
    return any(hmac.compare_digest(secret.encode(), each.encode("utf-8", "replace")) for each in given)


def _password(encoded: str) -> str:
    """Of `user:password`; nothing where it is none."""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
