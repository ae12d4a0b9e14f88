"""To leave out of a list what Argo CD leaves out: all but a fixed list of fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_FIELDS = {
    f"items.{path}": path
    for path in (
        "metadata.name",
        "metadata.namespace",
        "metadata.annotations",
        "metadata.labels",
        "metadata.creationTimestamp",
        "metadata.deletionTimestamp",
        "spec",
        "status.sourceHydrator",
        "status.sync.status",
        "status.health",
        "status.summary",
        "status.resources",
        "status.operationState.startedAt",
        "status.operationState.finishedAt",
        "status.operationState.phase",
        "operation.sync",
    )
}
"""As `appFields` of Argo CD 3.5 has them: neither history nor revisions nor what a sync brought."""


def selected(application: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """What is left of an Application where these fields were asked for; with `-` in front, all others."""
    asked = fields.removeprefix("-").split(",")
    kept = [path for name, path in _FIELDS.items() if (name in asked) != fields.startswith("-")]
    return _only(application, [path.split(".") for path in kept])


def _only(value: Mapping[str, Any], paths: Iterable[list[str]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for first, *rest in paths:
        found = value.get(first)
        if found is None:
            continue
        part = _only(found, [rest]) if rest else found
        kept[first] = {**kept.get(first, {}), **part} if rest else part
    return kept
