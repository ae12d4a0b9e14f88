"""Where a pass reads, and what becomes of a reading that fails. Through ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from updater.config import Config
from updater.errors import Unavailable, UpdaterError
from updater.model import HeadFiles, Reading, Unreadable
from updater.ports import (
    ApplicationReader,
    Clock,
    ForgeReader,
    MonitoringReader,
    RegistryReader,
    RepositoryReader,
    Signatures,
    SourceCommitReader,
)
from updater.progress import Progress, no_progress
from updater.value_class import value_class

AT_ONCE = 8
"""Requests at a time; more do not help (measured)."""

T = TypeVar("T")


@value_class
class Sources:
    """Where one deploy repository's pass reads."""

    registry: RegistryReader
    repository: RepositoryReader
    forge: ForgeReader | None
    """None where no environment delivers by pull request."""
    clock: Clock
    origins: Callable[[str], SourceCommitReader | None] = lambda _host: None
    """Where images are built from, by the forge's host; None where config names no such forge."""
    deployments: ApplicationReader | None = None
    """None where config names no Argo CD."""
    signatures: Signatures | None = None
    """None where no gate asks for any."""
    progress: Progress = no_progress
    complete: Callable[[str, HeadFiles | None], Config] | None = None
    """The config with what was read of a repository's head, or with what is known. None: it needs nothing."""
    monitoring: MonitoringReader | None = None
    """None where config names no Prometheus."""


def attempt(read: Callable[[], T]) -> Reading[T]:
    try:
        return read()
    except Unavailable as error:
        return Unreadable.of(error, transient=True)
    except UpdaterError as error:
        return Unreadable.of(error, transient=False)
