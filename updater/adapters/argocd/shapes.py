"""To read an Application from JSON; the same shape at Argo CD and at Kubernetes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from updater.model import Application, Deployment

ODD = (AttributeError, KeyError, TypeError, ValueError)
"""What reading JSON of another shape raises."""


def application(content: Mapping[str, Any], url: str | None) -> Application:
    """Raises one of ODD."""
    status = content.get("status") or {}
    sync, health = status.get("sync") or {}, status.get("health") or {}
    operation = status.get("operationState") or {}
    return Application(
        name=_word(content["metadata"]["name"]),
        sync=_word(sync.get("status")),
        revisions=_revisions(sync),
        phase=_word(operation.get("phase")),
        finished=_instant(operation.get("finishedAt")),
        reconciled=_instant(status.get("reconciledAt")),
        health=_word(health.get("status")),
        health_since=_instant(health.get("lastTransitionTime")),
        history=_history(status.get("history")),
        url=url,
    )


def _history(entries: list[Mapping[str, Any]] | None) -> tuple[Deployment, ...]:
    told = [(_revisions(entry), _instant(entry.get("deployedAt"))) for entry in entries or []]
    found = [Deployment(revisions, at) for revisions, at in told if at is not None]
    return tuple(sorted(found, key=lambda entry: entry.at))


def _revisions(told: Mapping[str, Any]) -> tuple[str, ...]:
    """`revisions` where there are several sources, else `revision`."""
    several = told.get("revisions") or [told.get("revision")]
    return tuple(_word(each) for each in several if each)


def _word(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value or ""


def _instant(value: str | None) -> datetime | None:
    if not value:
        return None
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError
    return found
