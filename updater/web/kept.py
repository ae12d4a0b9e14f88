"""To make an answer once for all who ask while the same is known: asking often stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Known = TypeVar("Known")
Made = TypeVar("Made")


class Kept(Generic[Known, Made]):
    """Requests come from many threads; what is kept is replaced, never changed."""

    def __init__(self, make: Callable[[Known], Made]) -> None:
        self._make = make
        self._last: tuple[Known, Made] | None = None

    def of(self, known: Known) -> Made:
        """What is made of that: the same as long as it is the same object."""
        last = self._last
        if last is None or last[0] is not known:
            last = self._last = (known, self._make(known))
        return last[1]
