"""What Argo CD is asked of an app in an environment, and what it answers. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Applications:
    """Which Applications run an app in an environment."""

    names: tuple[str, ...] = ()
    """Plain names, or patterns with `*`, `?` or `[…]` in them."""
    selector: str | None = None
    """A label selector, as Kubernetes writes it."""
    namespace: str | None = None
    """Of the Applications; None: Argo CD's own."""
    cluster: str | None = None
    """The one whose own Argo CD is asked; None: the one for all the others."""

    def __str__(self) -> str:
        return self.selector or ", ".join(self.names)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of an Application's sync history."""

    revisions: tuple[str, ...]
    """One a source, mostly a commit each."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """An Application as Argo CD last saw it; the words are Argo CD's own, empty where it has none."""

    name: str
    sync: str = ""
    """Synced, OutOfSync or Unknown."""
    revisions: tuple[str, ...] = ()
    """What its live state was last compared with, one a source."""
    phase: str = ""
    """Of its last sync: Running, Succeeded, Failed, Error or Terminating."""
    finished: datetime | None = None
    """When that sync ended."""
    reconciled: datetime | None = None
    """When Argo CD last looked at it."""
    health: str = ""
    """Healthy, Progressing, Degraded, Missing, Suspended or Unknown."""
    health_since: datetime | None = None
    """Not every version of Argo CD tells."""
    history: tuple[Deployment, ...] = ()
    """Oldest first; Argo CD keeps the last ten, unless told otherwise."""
    url: str | None = None
    """Its page, for people."""
