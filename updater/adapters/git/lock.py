"""To let one process at a time use a clone, and to clear what a killed one left in it. I/O."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from updater.errors import Unavailable
from updater.reasons import failure_reasons

_POLL = 0.05
DRAFTS = "refs/drafts"


class FolderLock:
    """Held by the process, not by a thread: a pass may read its repository from several threads."""

    def __init__(self, folder: Path, patience: float) -> None:
        self._folder = folder
        self._file = folder.with_name(f"{folder.name}.lock")
        self._patience = patience
        self._counting = Lock()
        self._held = 0
        self._descriptor = -1

    def descriptors(self) -> tuple[int, ...]:
        return (self._descriptor,) if self._held else ()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises Unavailable where another process does not let go in time."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._counting:
            if self._held == 0:
                self._descriptor = self._acquire()
            self._held += 1

    def _leave(self) -> None:
        with self._counting:
            self._held -= 1
            if self._held == 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def _acquire(self) -> int:
        try:
            descriptor = self._opened()
        except OSError as error:
            raise Unavailable(
                f"The clone {self._folder.name} cannot be locked in {self._folder.parent}: {error.strerror}; "
                "it needs a disk with room, and a cache folder whose files the updater may write to.",
                reason=failure_reasons.CLONE_UNUSABLE,
            ) from error
        end = time.monotonic() + self._patience
        while not _try(descriptor):
            if time.monotonic() >= end:
                os.close(descriptor)
                raise Unavailable(
                    f"Another updater has been using the clone {self._folder.name} for {self._patience:g} s; "
                    "try again when it is done.",
                    reason=failure_reasons.REPOSITORY_BUSY,
                )
            time.sleep(_POLL)
        _clear(self._folder)
        return descriptor

    def _opened(self) -> int:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear(folder: Path) -> None:
    """Nobody else is at work while the lock is held, so whatever git has locked is left behind."""
    stale = [*folder.glob("*.lock"), *folder.glob("refs/**/*.lock"), *folder.glob("objects/info/**/*.lock")]
    for left in [
        *stale,
        *folder.glob("objects/*.lock"),
        *folder.glob("objects/pack/*tmp_*"),
        folder / "gc.pid",
    ]:
        with suppress(OSError):  # git will say so if it is in the way
            left.unlink()
    shutil.rmtree(folder / DRAFTS, ignore_errors=True)
