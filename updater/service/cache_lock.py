"""That no two services keep their caches in one folder. I/O.

Clones are locked for each pass, so a command may go on beside a service; two services would wait for each
other all the time, tell probes each other's address and count each other's lists.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import structlog

from updater.errors import ConfigError

PATIENCE = 12.0
"""Seconds: a service that was told to end is away by then."""
_POLL = 0.1

log = structlog.get_logger()


def take(cache: Path, patience: float = PATIENCE) -> int | None:
    """Held until the process ends, whoever ends it; the descriptor that holds it.

    Raises ConfigError where another service has the folder. None: nothing can be locked there; passes say
    what is wrong with it.
    """
    try:
        descriptor = os.open(cache / "service.lock", os.O_RDWR | os.O_CREAT, 0o600)
        if _taken(descriptor, 0) or _awaited(descriptor, cache, patience):
            return descriptor
    except OSError as error:
        log.warning("cache_not_locked", why=error.strerror)
        return None
    os.close(descriptor)
    raise ConfigError(
        f"--cache-dir {cache}: another `updater run` or `updater worker` keeps its cache there: "
        "give each a folder of its own"
    )


def _awaited(descriptor: int, cache: Path, patience: float) -> bool:
    log.info(
        "cache_awaited",
        why=f"another service keeps its cache in {cache}",
        then=f"waits up to {patience:g} s for it to end",
    )
    return _taken(descriptor, patience)


def _taken(descriptor: int, patience: float) -> bool:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_POLL)
        else:
            return True
