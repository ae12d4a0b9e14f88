"""To read an Application from JSON; the same shape at Argo CD and at Kubernetes. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from updater.adapters.argocd.overrides import images_of, values_of, word
from updater.model import Application, Deployment, Revision, Source

_CREDENTIALS = re.compile(r"^([a-z+]+://)[^/]*@")
"""Somebody may have written them into the address; no sentence and no file of ours is to show them."""
ODD = (AttributeError, KeyError, TypeError, ValueError)
"""What reading JSON of another shape raises."""


def name_of(content: Mapping[str, Any]) -> tuple[str, str]:
    """Its namespace, which may be empty, and its name. Raises one of ODD."""
    metadata = content["metadata"]
    return word(metadata.get("namespace")), word(metadata["name"])


def application(content: Mapping[str, Any], url: str | None) -> Application:
    """Raises one of ODD."""
    status = content.get("status") or {}
    health, operation = status.get("health") or {}, status.get("operationState") or {}
    namespace, name = name_of(content)
    return Application(
        name=name,
        namespace=namespace,
        label=name,
        sources=_sources(content.get("spec") or {}),
        sync=word((status.get("sync") or {}).get("status")),
        phase=word(operation.get("phase")),
        finished=_instant(operation.get("finishedAt")),
        reconciled=_instant(status.get("reconciledAt")),
        health=word(health.get("status")),
        health_since=_instant(health.get("lastTransitionTime")),
        history=_history(status.get("history"), operation),
        url=url,
    )


def identity_of(content: Mapping[str, Any]) -> str:
    """What no other Application ever has, also not one of the same name later. Raises one of ODD."""
    return word(content["metadata"].get("uid")) or "/".join(name_of(content))


# --- what it synced -------------------------------------------------------------------------------------


def _history(
    entries: Sequence[Mapping[str, Any]] | None, operation: Mapping[str, Any]
) -> tuple[Deployment, ...]:
    """Oldest first. Where no history is kept (`revisionHistoryLimit: 0`), the last sync is all there is."""
    found = [
        Deployment(_revisions(entry), at, int(entry.get("id") or 0))
        for entry in entries or []
        if (at := _instant(entry.get("deployedAt"))) is not None
    ]
    if found or (last := _last_sync(operation)) is None:
        return tuple(sorted(found, key=lambda entry: entry.at))
    return (last,)


def _last_sync(operation: Mapping[str, Any]) -> Deployment | None:
    """None where it did not succeed, or was of some resources only, or of nothing that Git has."""
    ordered = (operation.get("operation") or {}).get("sync") or {}
    at, result = _instant(operation.get("finishedAt")), operation.get("syncResult")
    if operation.get("phase") != "Succeeded" or at is None or not result:
        return None
    partial = ordered.get("resources") or ordered.get("dryRun") or ordered.get("manifests")
    return None if partial else Deployment(_revisions(result), at)


def _revisions(told: Mapping[str, Any]) -> tuple[Revision, ...]:
    """`revisions` where there are several sources, else `revision`; what lacks its source is left out."""
    several = told.get("revisions") or [told.get("revision")]
    pairs = zip([word(each) for each in several], _sources(told), strict=False)
    return tuple(Revision(sha, source) for sha, source in pairs if sha)


# --- where it comes from --------------------------------------------------------------------------------


def _sources(told: Mapping[str, Any]) -> tuple[Source, ...]:
    several = [each for each in told.get("sources") or [told.get("source")] if each]
    return tuple(_source(each, several) for each in several)


def _source(told: Mapping[str, Any], beside: Sequence[Mapping[str, Any]]) -> Source:
    """Whoever renders its files with values of its own has the last word on what they say."""
    path, reference = word(told.get("path")), word(told.get("ref"))
    rendered = not told.get("chart") and bool(path or not reference)
    folder = posixpath.normpath(path.strip("/") or ".")
    files = (_from_root(file, folder) for file in _value_files(told) if not file.startswith("$"))
    borrowers = [each for each in beside if any(_borrowed(each, reference))]
    borrowed = [file for each in borrowers for file in _borrowed(each, reference)]
    return Source(
        repository=_CREDENTIALS.sub(r"\1", word(told.get("repoURL"))),
        path=folder if rendered else None,
        target=word(told.get("targetRevision")),
        files=(*(files if rendered else ()), *borrowed),
        recurses=bool((told.get("directory") or {}).get("recurse")),
        images=images_of(told),
        values=tuple(dict.fromkeys(path for each in (told, *borrowers) for path in values_of(each))),
    )


def _borrowed(told: Mapping[str, Any], reference: str) -> Iterator[str]:
    """The files that it takes of the source that is called so, from the root of that one's repository."""
    start = f"${reference}/"
    yield from (
        file.removeprefix(start) for file in _value_files(told) if reference and file.startswith(start)
    )


def _value_files(told: Mapping[str, Any]) -> Iterator[str]:
    yield from (word(file) for file in (told.get("helm") or {}).get("valueFiles") or [])


def _from_root(file: str, folder: str) -> str:
    """A file of values is named from the chart's folder, or with `/` from the root of the repository."""
    return posixpath.normpath(file.lstrip("/") if file.startswith("/") else posixpath.join(folder, file))


def _instant(value: str | None) -> datetime | None:
    if not value:
        return None
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError
    return found
