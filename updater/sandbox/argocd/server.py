"""To serve Applications over Argo CD's API and over that of its cluster. I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from threading import RLock
from typing import Any

from updater.sandbox.argocd.applications import NAMESPACE, Application, matches
from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github import GitHub
from updater.sandbox.server import Clock, Server, utc_now

_REFRESH = "argocd.argoproj.io/refresh"
_ONE = re.compile(r"/api/v1/applications/(?P<name>[^/]+)")
_OF_CLUSTER = re.compile(
    r"/apis/argoproj\.io/v1alpha1/namespaces/(?P<namespace>[^/]+)/applications(?:/(?P<name>[^/]+))?"
)
_CODES = {401: 16, 403: 7, 404: 5, 405: 12}


class ArgoCD(Server):
    """Verbs are what Argo CD and the people before its page do."""

    def __init__(self, github: GitHub, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.token = "argocd-sandbox-token"  # noqa: S105 - of the sandbox
        self.tells_health_since = True
        self.hidden: set[str] = set()
        """Applications that the token's role may not get."""
        self._github = github
        self._applications: dict[str, Application] = {}
        self._repositories: dict[str, str] = {}
        self._lock = RLock()

    # --- verbs ------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        repository: str,
        path: str,
        *,
        labels: Mapping[str, str] | None = None,
        auto: bool = True,
        namespace: str = NAMESPACE,
    ) -> Application:
        """An Application of one file of a repository's main, already synced and healthy."""
        with self._lock:
            url = self._github.clone_url(repository)
            made = Application(name, url, path, namespace, dict(labels or {}), auto=auto)
            self._applications[name], self._repositories[name] = made, repository
            self.sync(name)
            return made

    def application(self, name: str) -> Application:
        return self._applications[name]

    def poll(self) -> None:
        """Look at the repository, as it does every three minutes."""
        for name in list(self._applications):
            self.look(name)

    def look(self, name: str) -> None:
        """Compare; and sync what is new, if it does that by itself."""
        with self._lock:
            one = self._applications[name]
            self._compare(one)
            if one.sync == "OutOfSync" and one.auto:
                self.sync(name)

    def sync(
        self, name: str, revision: str | None = None, *, health: str = "Healthy", phase: str = "Succeeded"
    ) -> None:
        """Deploy a revision, else the newest; what then becomes of its health is told."""
        with self._lock:
            one = self._applications[name]
            one.deploy(revision or self._head(one), self.clock(), phase)
            one.turn(health, self.clock())
            self._compare(one)

    def finish(self, name: str) -> None:
        """End a sync, and not look since: health is still that of before."""
        with self._lock:
            one = self._applications[name]
            reconciled = one.reconciled
            one.deploy(self._head(one), self.clock())
            self._compare(one)
            one.reconciled = reconciled

    def turn(self, name: str, health: str) -> None:
        with self._lock:
            self._applications[name].turn(health, self.clock())

    def degrade(self, name: str) -> None:
        self.turn(name, "Degraded")

    def rollback(self, name: str, number: int | None = None) -> None:
        """Go back to an entry of its history, else to the last but one; it then no longer syncs by itself."""
        with self._lock:
            one = self._applications[name]
            entries = {entry.number: entry.revision for entry in one.history}
            one.auto = False
            self.sync(name, entries[number] if number is not None else one.history[-2].revision)

    def _compare(self, one: Application) -> None:
        head = self._head(one)
        one.revision, one.reconciled = head, self.clock()
        same = one.live is not None and self._text(one, one.live) == self._text(one, head)
        one.sync = "Synced" if same else "OutOfSync"

    def _head(self, one: Application) -> str:
        return self._github.head(self._repositories[one.name], "main")

    def _text(self, one: Application, revision: str) -> bytes:
        return self._github.read(self._repositories[one.name], revision, one.path)

    # --- HTTP -------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        if request.bearer() != self.token:
            return _error(401, "invalid session: token is malformed")
        with self._lock:
            if request.path == "/api/v1/applications" and request.method == "GET":
                return answer_json(self._list(request.query))
            if (match := _ONE.fullmatch(request.path)) and request.method == "GET":
                return self._one(match["name"], request.query)
            if match := _OF_CLUSTER.fullmatch(request.path):
                return self._of_cluster(request, match["namespace"], match["name"])
        return _error(404, "Not Found")

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        selector, namespace = query.get("selector", ""), query.get("appNamespace")
        found = [one for one in self._seen(namespace) if matches(one.labels, selector)]
        items = [self._shown(one) for one in found]
        # As the real one: no items are null.
        return {"metadata": {"resourceVersion": "1"}, "items": items or None}

    def _one(self, name: str, query: Mapping[str, str]) -> Answer:
        one = next((each for each in self._seen(query.get("appNamespace")) if each.name == name), None)
        if one is None:
            # Absent and forbidden look alike, unless the project is named.
            return _error(403, "permission denied") if "project" not in query else _error(404, "not found")
        if query.get("refresh"):
            self._refresh(one)
        return answer_json(self._shown(one))

    def _refresh(self, one: Application) -> None:
        one.refreshes += 1
        self.look(one.name)

    def _seen(self, namespace: str | None) -> list[Application]:
        every = self._applications.values()
        visible = [one for one in every if one.name not in self.hidden]
        return [one for one in visible if one.namespace == (namespace or NAMESPACE)]

    def _shown(self, one: Application) -> dict[str, Any]:
        return one.shown(tells_health_since=self.tells_health_since)

    def _of_cluster(self, request: Request, namespace: str, name: str | None) -> Answer:
        seen = {one.name: one for one in self._seen(namespace)}
        if name is None:
            selector = request.query.get("labelSelector", "")
            items = [self._kind(one) for one in seen.values() if matches(one.labels, selector)]
            return answer_json({**_KIND, "kind": "ApplicationList", "metadata": {}, "items": items})
        if name not in seen:
            return _status(404, f'applications.argoproj.io "{name}" not found')
        if request.method == "PATCH":
            return self._patch(request, seen[name])
        return answer_json(self._kind(seen[name]))

    def _patch(self, request: Request, one: Application) -> Answer:
        if request.headers.get("content-type") != "application/merge-patch+json":
            return _status(415, "the body of the request was in an unknown format")
        if request.json() != {"metadata": {"annotations": {_REFRESH: "normal"}}}:
            return _status(403, "only annotations may be changed here")
        self._refresh(one)
        return answer_json(self._kind(one))

    def _kind(self, one: Application) -> dict[str, Any]:
        return {**_KIND, "kind": "Application", **self._shown(one)}


_KIND = {"apiVersion": "argoproj.io/v1alpha1"}


def _error(status: int, message: str) -> Answer:
    return answer_json({"error": message, "code": _CODES.get(status, 2), "message": message}, status)


def _status(status: int, message: str) -> Answer:
    told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status}
    return answer_json(told, status)
