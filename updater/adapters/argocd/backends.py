"""The two APIs that Applications are found behind: what is asked there, and how. Pure."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from updater.adapters.argocd.http_client import Ask

REFRESH = "argocd.argoproj.io/refresh"
_BRIEFLY = 2.0
"""Seconds: a refresh is answered when it is done, which nobody needs to wait for."""
_PAGE = "500"
_FIELDS = ",".join(
    f"items.{path}"
    for path in (
        "metadata.name",
        "metadata.namespace",
        "status.sync.status",
        "status.sync.revision",
        "status.sync.revisions",
        "status.operationState.phase",
        "status.operationState.finishedAt",
        "status.reconciledAt",
        "status.health",
        "status.history",
    )
)
"""Without the resources, which are most of an Application. Who does not know this sends all."""


class Backend(Protocol):
    def one(self, name: str, namespace: str | None) -> Ask: ...

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask: ...

    def refresh(self, name: str, namespace: str | None) -> Ask: ...

    def page(self, name: str, namespace: str | None) -> str | None:
        """Where people look at it, behind the server's address."""


class ServerBackend:
    """Argo CD's own API."""

    def one(self, name: str, namespace: str | None) -> Ask:
        return Ask("GET", self._path(name), f"the Application {name}", _in(namespace))

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask:  # noqa: ARG002 - it has no pages
        query = {"fields": _FIELDS, **_in(namespace), **({"selector": selector} if selector else {})}
        return Ask("GET", "/api/v1/applications", _wanted(selector), query)

    def refresh(self, name: str, namespace: str | None) -> Ask:
        query = {"refresh": "normal", **_in(namespace)}
        about = f"a refresh of the Application {name}"
        return Ask("GET", self._path(name), about, query, patience=_BRIEFLY)

    def page(self, name: str, namespace: str | None) -> str | None:
        where = f"{quote(namespace, safe='')}/" if namespace else ""
        return f"/applications/{where}{quote(name, safe='')}"

    def _path(self, name: str) -> str:
        return f"/api/v1/applications/{quote(name, safe='')}"


class ClusterBackend:
    """The API of the Kubernetes cluster that Argo CD runs in."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def one(self, name: str, namespace: str | None) -> Ask:
        return Ask("GET", self._path(namespace, name), f"the Application {name}")

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask:
        query = {"limit": _PAGE, **({"labelSelector": selector} if selector else {})}
        query |= {"continue": after} if after else {}
        return Ask("GET", self._path(namespace), _wanted(selector), query)

    def refresh(self, name: str, namespace: str | None) -> Ask:
        return Ask(
            "PATCH",
            self._path(namespace, name),
            f"a refresh of the Application {name}",
            body={"metadata": {"annotations": {REFRESH: "normal"}}},
            media_type="application/merge-patch+json",
        )

    def page(self, name: str, namespace: str | None) -> str | None:  # noqa: ARG002 - it has none
        return None

    def _path(self, namespace: str | None, name: str | None = None) -> str:
        where = quote(namespace or self._namespace, safe="")
        one = f"/{quote(name, safe='')}" if name else ""
        return f"/apis/argoproj.io/v1alpha1/namespaces/{where}/applications{one}"


def _in(namespace: str | None) -> dict[str, str]:
    return {"appNamespace": namespace} if namespace else {}


def _wanted(selector: str | None) -> str:
    return f"the Applications with {selector}" if selector else "its Applications"
