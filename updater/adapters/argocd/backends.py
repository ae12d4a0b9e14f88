"""The two APIs that Applications are found behind: what is asked there, and how. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from urllib.parse import quote

from updater.adapters.argocd.errors import Remedies
from updater.adapters.argocd.http_client import Ask

REFRESH = "argocd.argoproj.io/refresh"
_BRIEFLY = 2.0
"""Seconds: a refresh is answered when it is done, which nobody needs to wait for."""
_PAGE = "500"
_NAMES = "items.metadata.name,items.metadata.namespace"
"""All that a list is asked for: Argo CD drops what is not on its own list of fields without a word, and the
history and the revisions are not. Who does not know this sends all."""
_OF_ARGOCD = Remedies(
    who="Argo CD",
    unauthorized="its token is wrong or has run out; make a new one and put it where config looks for it",
    forbidden="there is none of that name in that namespace, or the token may not see it; check `argocd` of "
    "the environment, and that its role may `get` it: p, ROLE, applications, get, PROJECT/NAME, allow",
    missing="there is none of that name, or the token may not see it; check `argocd` of the environment, and "
    "what its role may get",
)
_OF_KUBERNETES = Remedies(
    who="the cluster of Argo CD",
    unauthorized="it does not take the account's token, which is wrong or has run out; a pod's own is "
    "renewed by itself, one that config names has to be made anew",
    forbidden="the account may not read Applications there; give it a Role with get and list on "
    "applications.argoproj.io in that namespace",
    missing="there is none of that name in that namespace; check `argocd` of the environment",
)
_OF_A_PATCH = replace(
    _OF_KUBERNETES,
    forbidden="the account may read Applications and not refresh them; give its Role patch on "
    "applications.argoproj.io, or Argo CD looks when it does by itself, every three minutes",
)


class Backend(Protocol):
    lists_whole: bool
    """A list has all of each Application, and not just its name."""

    def one(self, name: str, namespace: str | None) -> Ask: ...

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask: ...

    def refresh(self, name: str, namespace: str | None) -> Ask: ...

    def trial(self, name: str, namespace: str | None) -> Ask | None:
        """A refresh that changes nothing; None where whoever may read may refresh."""

    def page(self, name: str, namespace: str | None) -> str | None:
        """Where people look at it, behind the server's address."""


class ServerBackend:
    """Argo CD's own API."""

    lists_whole = False

    def one(self, name: str, namespace: str | None) -> Ask:
        return Ask("GET", self._path(name), _named(name, namespace), _OF_ARGOCD, _in(namespace))

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask:  # noqa: ARG002 - it has no pages
        query = {"fields": _NAMES, **_in(namespace), **({"selector": selector} if selector else {})}
        return Ask("GET", "/api/v1/applications", _wanted(selector), _OF_ARGOCD, query)

    def refresh(self, name: str, namespace: str | None) -> Ask:
        query = {"refresh": "normal", **_in(namespace)}
        about = f"a refresh of {_named(name, namespace)}"
        return Ask("GET", self._path(name), about, _OF_ARGOCD, query, patience=_BRIEFLY)

    def trial(self, name: str, namespace: str | None) -> Ask | None:  # noqa: ARG002 - it asks for `get` alone
        return None

    def page(self, name: str, namespace: str | None) -> str | None:
        where = f"{quote(namespace, safe='')}/" if namespace else ""
        return f"/applications/{where}{quote(name, safe='')}"

    def _path(self, name: str) -> str:
        return f"/api/v1/applications/{quote(name, safe='')}"


class ClusterBackend:
    """The API of the Kubernetes cluster that Argo CD runs in."""

    lists_whole = True

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def one(self, name: str, namespace: str | None) -> Ask:
        return Ask("GET", self._path(namespace, name), self._named(name, namespace), _OF_KUBERNETES)

    def many(self, selector: str | None, namespace: str | None, after: str | None) -> Ask:
        query = {"limit": _PAGE, **({"labelSelector": selector} if selector else {})}
        query |= {"continue": after} if after else {}
        about = f"{_wanted(selector)} in the namespace {namespace or self._namespace}"
        return Ask("GET", self._path(namespace), about, _OF_KUBERNETES, query)

    def refresh(self, name: str, namespace: str | None) -> Ask:
        return self._patch(name, namespace, {})

    def trial(self, name: str, namespace: str | None) -> Ask | None:
        return self._patch(name, namespace, {"dryRun": "All"})

    def page(self, name: str, namespace: str | None) -> str | None:  # noqa: ARG002 - it has none
        return None

    def _patch(self, name: str, namespace: str | None, query: dict[str, str]) -> Ask:
        return Ask(
            "PATCH",
            self._path(namespace, name),
            f"a refresh of {self._named(name, namespace)}",
            _OF_A_PATCH,
            query,
            body={"metadata": {"annotations": {REFRESH: "normal"}}},
            media_type="application/merge-patch+json",
        )

    def _named(self, name: str, namespace: str | None) -> str:
        return _named(name, namespace or self._namespace)

    def _path(self, namespace: str | None, name: str | None = None) -> str:
        where = quote(namespace or self._namespace, safe="")
        one = f"/{quote(name, safe='')}" if name else ""
        return f"/apis/argoproj.io/v1alpha1/namespaces/{where}/applications{one}"


def _in(namespace: str | None) -> dict[str, str]:
    return {"appNamespace": namespace} if namespace else {}


def _named(name: str, namespace: str | None) -> str:
    return f"the Application {name}" + (f" in the namespace {namespace}" if namespace else "")


def _wanted(selector: str | None) -> str:
    return f"the Applications with {selector}" if selector else "its Applications"
