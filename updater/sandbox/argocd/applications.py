"""To keep an Application as Argo CD does: what it compared, synced, and how that is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HISTORY = 10
"""Entries that are kept where an Application does not say otherwise."""
NAMESPACE = "argocd"
URL = "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True)
class Source:
    url: str
    path: str = ""
    """Of a folder; empty for a chart, and for a source that only others refer to."""
    target: str = "main"
    """The branch or commit; of a chart, its version."""
    chart: str = ""
    ref: str = ""
    """By which other sources name files of this one: `$ref/…`."""
    value_files: tuple[str, ...] = ()
    recurse: bool = False
    images: tuple[str, ...] = ()
    """That the Application sets itself, as kustomize writes them."""
    helm: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What else it sets for Helm: `parameters`, `values`, `valuesObject`, `fileParameters`."""
    patches: tuple[str, ...] = ()
    """For kustomize."""

    def shown(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"repoURL": self.url, "targetRevision": self.target}
        fields |= {
            name: text
            for name, text in (("path", self.path), ("chart", self.chart), ("ref", self.ref))
            if text
        }
        if self.value_files or self.helm:
            files = {"valueFiles": list(self.value_files)} if self.value_files else {}
            fields["helm"] = {**files, **self.helm}
        if self.images or self.patches:
            patches = {"patches": [{"patch": patch} for patch in self.patches]} if self.patches else {}
            fields["kustomize"] = {"images": list(self.images), **patches}
        return {**fields, "directory": {"recurse": True}} if self.recurse else fields


@dataclass(frozen=True, slots=True)
class Synced:
    number: int
    revisions: tuple[str, ...]
    sources: tuple[Source, ...]
    started: datetime
    at: datetime


@dataclass(slots=True)
class Operation:
    phase: str
    revisions: tuple[str, ...]
    sources: tuple[Source, ...]
    started: datetime
    finished: datetime | None
    partial: bool


@dataclass(slots=True)
class Application:
    name: str
    sources: tuple[Source, ...]
    several: bool = False
    """`spec.sources`, in place of `spec.source`."""
    namespace: str = NAMESPACE
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    auto: bool = True
    """Syncs by itself when it sees something new."""
    limit: int = HISTORY
    """`spec.revisionHistoryLimit`."""
    uid: str = ""
    sync: str = "Unknown"
    revisions: tuple[str, ...] = ()
    """What it was last compared with: by comparing alone, whatever was synced."""
    deployed: tuple[str, ...] = ()
    """The revisions whose manifests run."""
    health: str = "Missing"
    health_since: datetime | None = None
    reconciled: datetime | None = None
    operation: Operation | None = None
    history: list[Synced] = field(default_factory=list)
    refreshes: int = 0

    @property
    def live(self) -> str | None:
        """The commit whose manifests run."""
        return self.deployed[0] if self.deployed else None

    def turn(self, health: str, now: datetime) -> None:
        if health != self.health:
            self.health, self.health_since = health, now

    def deploy(
        self, revisions: tuple[str, ...], now: datetime, phase: str = "Succeeded", *, partial: bool = False
    ) -> None:
        """A sync that ends at once; only one that succeeds, and of all resources, is put into the history."""
        finished = None if phase == "Running" else now
        self.operation = Operation(phase, revisions, self.sources, now, finished, partial)
        if phase == "Succeeded" and not partial:
            number = self.history[-1].number + 1 if self.history else 0
            entry = Synced(number, revisions, self.sources, now, now)
            self.history = [*self.history, entry][-self.limit :] if self.limit else []
            self.deployed = revisions

    # --- as JSON ----------------------------------------------------------------------------------------

    def shown(self, *, tells_health_since: bool) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "name": self.name,
            "namespace": self.namespace,
            "uid": self.uid,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }
        return {"metadata": metadata, "spec": self._spec(), "status": self._status(tells_health_since)}

    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {
            "project": "default",
            **self._of(self.sources),
            "destination": {"server": URL, "namespace": "acme"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}} if self.auto else {},
        }
        return spec if self.limit == HISTORY else {**spec, "revisionHistoryLimit": self.limit}

    def _status(self, tells_health_since: bool) -> dict[str, Any]:
        compared: dict[str, Any] = {"status": self.sync, "comparedTo": self._of(self.sources)}
        health = {"status": self.health}
        if self.health_since and tells_health_since:
            health["lastTransitionTime"] = _stamp(self.health_since)
        status: dict[str, Any] = {
            "sync": {**compared, **self._at(self.revisions)},
            "health": health,
            "summary": {"images": []},
        }
        if self.history:
            status["history"] = [self._entry(each) for each in self.history]
        if self.reconciled:
            status["reconciledAt"] = _stamp(self.reconciled)
        if self.operation:
            status["operationState"] = self._operation(self.operation)
        return status

    def _operation(self, operation: Operation) -> dict[str, Any]:
        ordered: dict[str, Any] = self._at(operation.revisions)
        if operation.partial:
            ordered["resources"] = [{"group": "apps", "kind": "Deployment", "name": "other"}]
        told: dict[str, Any] = {
            "operation": {"sync": ordered},
            "phase": operation.phase,
            "message": operation.phase.lower(),
            "startedAt": _stamp(operation.started),
            "syncResult": {
                "revision": "",
                **self._at(operation.revisions),
                **self._of(operation.sources),
                "resources": [],
            },
        }
        return {**told, "finishedAt": _stamp(operation.finished)} if operation.finished else told

    def _entry(self, synced: Synced) -> dict[str, Any]:
        return {
            "id": synced.number,
            "deployStartedAt": _stamp(synced.started),
            "deployedAt": _stamp(synced.at),
            **self._at(synced.revisions),
            **self._of(synced.sources),
        }

    def _of(self, sources: tuple[Source, ...]) -> dict[str, Any]:
        shown = [source.shown() for source in sources]
        return {"sources": shown} if self.several else {"source": shown[0]}

    def _at(self, revisions: tuple[str, ...]) -> dict[str, Any]:
        if not revisions:
            return {}
        return {"revisions": list(revisions)} if self.several else {"revision": revisions[0]}


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
