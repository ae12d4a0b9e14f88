"""How long work says how far it is, to whoever waits for it. It changes nothing, and names no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeAlias

Done: TypeAlias = Callable[[], None]
"""To be called after each part, from any thread."""


class Progress(Protocol):
    def __call__(self, what: str, parts: int, /) -> Done:
        """Work of so many parts begins, in our words and names of the config; of one: nobody knows how far.

        It is over when all its parts are done.
        """


def no_progress(_what: str, _parts: int, /) -> Done:
    """Nobody waits: a service, a pipe."""
    return lambda: None


@contextmanager
def in_progress(progress: Progress, what: str) -> Iterator[None]:
    """Work of one part, which is over however it ends."""
    done = progress(what, 1)
    try:
        yield
    finally:
        done()
