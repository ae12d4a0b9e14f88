"""To read and write the small files of a cache that may vanish or be damaged at any time. I/O."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

LARGEST = 8 * 1024 * 1024
"""Bytes; more was not written by us."""
_DRAFT = ".new"
_ABANDONED = 3600
"""Seconds; nobody writes one file for so long."""


def read(path: Path) -> Any:  # noqa: ANN401 - whatever somebody may have put there
    """None where there is nothing that can be read."""
    try:
        with path.open("rb") as file:
            return json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return None


def write(path: Path, content: object) -> None:
    """As `write_bytes`, of JSON."""
    write_bytes(path, json.dumps(content).encode("ascii"))


def write_bytes(path: Path, content: bytes) -> bool:
    """The whole file or nothing of it, whoever else writes it; False where the disk does not want it."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("wb", dir=path.parent, suffix=_DRAFT, delete=False) as file:
            fresh = Path(file.name)
            try:
                file.write(content)
                file.flush()
                fresh.replace(path)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise
        return True
    return False


def tidy(folder: Path) -> None:
    """Take away what killed processes have left half written there."""
    forget(folder, _ABANDONED, _DRAFT)


def forget(folder: Path, age: float, ending: str = "") -> None:
    """Take away the files there that end so and were written longer ago than so many seconds."""
    oldest = time.time() - age
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith(ending) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink(missing_ok=True)
