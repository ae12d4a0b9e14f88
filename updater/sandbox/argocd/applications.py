"""To keep an Application as Argo CD does: what it compared, synced, and how that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HISTORY = 10
NAMESPACE = "argocd"
URL = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True)
class Synced:
    number: int
    revision: str
    started: datetime
    at: datetime


@dataclass(slots=True)
class Operation:
    phase: str
    revision: str
    started: datetime
    finished: datetime | None


@dataclass(slots=True)
class Application:
    name: str
    repository: str
    """The URL of its source."""
    path: str
    namespace: str = NAMESPACE
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    auto: bool = True
    """Syncs by itself when it sees something new."""
    sync: str = "Unknown"
    revision: str | None = None
    """What it was last compared with."""
    live: str | None = None
    """The revision whose manifests run."""
    health: str = "Missing"
    health_since: datetime | None = None
    reconciled: datetime | None = None
    operation: Operation | None = None
    history: list[Synced] = field(default_factory=list)
    refreshes: int = 0

    def turn(self, health: str, now: datetime) -> None:
        if health != self.health:
            self.health, self.health_since = health, now

    def deploy(self, revision: str, now: datetime, phase: str = "Succeeded") -> None:
        """A sync that ends at once; only one that succeeds leaves a trace in the history."""
        finished = None if phase == "Running" else now
        self.operation = Operation(phase, revision, now, finished)
        if phase == "Succeeded":
            number = self.history[-1].number + 1 if self.history else 0
            self.history = [*self.history, Synced(number, revision, now, now)][-HISTORY:]
            self.live = revision

    # --- as JSON ----------------------------------------------------------------------------------------

    def shown(self, *, tells_health_since: bool) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "name": self.name,
            "namespace": self.namespace,
            "uid": f"uid-{self.name}",
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }
        return {"metadata": metadata, "spec": self._spec(), "status": self._status(tells_health_since)}

    def _spec(self) -> dict[str, Any]:
        return {
            "project": "default",
            "source": self._source(),
            "destination": {"server": URL, "namespace": "acme"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}} if self.auto else {},
        }

    def _status(self, tells_health_since: bool) -> dict[str, Any]:
        compared: dict[str, Any] = {"status": self.sync, "comparedTo": {"source": self._source()}}
        health = {"status": self.health}
        if self.health_since and tells_health_since:
            health["lastTransitionTime"] = _stamp(self.health_since)
        status: dict[str, Any] = {
            "sync": {**compared, **({"revision": self.revision} if self.revision else {})},
            "health": health,
            "history": [self._entry(each) for each in self.history],
            "summary": {"images": []},
        }
        if self.reconciled:
            status["reconciledAt"] = _stamp(self.reconciled)
        if self.operation:
            status["operationState"] = self._operation(self.operation)
        return status

    def _operation(self, operation: Operation) -> dict[str, Any]:
        told: dict[str, Any] = {
            "operation": {"sync": {"revision": operation.revision}},
            "phase": operation.phase,
            "message": operation.phase.lower(),
            "startedAt": _stamp(operation.started),
            "syncResult": {"revision": operation.revision, "source": self._source(), "resources": []},
        }
        return {**told, "finishedAt": _stamp(operation.finished)} if operation.finished else told

    def _entry(self, synced: Synced) -> dict[str, Any]:
        return {
            "id": synced.number,
            "revision": synced.revision,
            "deployStartedAt": _stamp(synced.started),
            "deployedAt": _stamp(synced.at),
            "source": self._source(),
        }

    def _source(self) -> dict[str, str]:
        return {"repoURL": self.repository, "path": self.path, "targetRevision": "main"}


def matches(labels: Mapping[str, str], selector: str) -> bool:
    """Equality only: `a=b,c!=d`."""
    return all(_holds(labels, term.strip()) for term in selector.split(",") if term.strip())


def _holds(labels: Mapping[str, str], term: str) -> bool:
    if "!=" in term:
        key, _, value = term.partition("!=")
        return labels.get(key) != value
    key, _, value = term.replace("==", "=").partition("=")
    return labels.get(key) == value


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
