"""To serve Applications over Argo CD's API and over that of its cluster. I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

from updater.sandbox.argocd.applications import HISTORY, NAMESPACE, Application, Source, matches
from updater.sandbox.argocd.fields import selected
from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.github import GitHub
from updater.sandbox.github.git import GitFailed
from updater.sandbox.server import Clock, Server, utc_now

_REFRESH = "argocd.argoproj.io/refresh"
_ONE = re.compile(r"/api/v1/applications/(?P<name>[^/]+)")
_OF_CLUSTER = re.compile(
    r"/apis/argoproj\.io/v1alpha1/namespaces/(?P<namespace>[^/]+)/applications(?:/(?P<name>[^/]+))?"
)
_CODES = {401: 16, 403: 7, 404: 5, 405: 12}


class ArgoCD(Server):
    """Verbs are what Argo CD and the people before its page do.

    An Application is known by its name; one that is not in Argo CD's own namespace, by `namespace/name`.
    """

    def __init__(self, github: GitHub, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.token = "argocd-sandbox-token"  # noqa: S105 - of the sandbox
        self.tells_health_since = True
        self.hidden: set[str] = set()
        """Applications that the token's role may not get."""
        self.read_only = False
        """The account may get and list Applications at the cluster, and change none."""
        self.closed: set[str] = set()
        """Namespaces that the account has no role in."""
        self._github = github
        self._applications: dict[str, Application] = {}
        self._made = 0
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
        limit: int = HISTORY,
        target: str = "main",
        recurse: bool = False,
    ) -> Application:
        """An Application of a folder of a repository, already synced and healthy."""
        source = Source(self._github.clone_url(repository), path, target, recurse=recurse)
        made = Application(name, (source,), False, namespace, dict(labels or {}), auto=auto, limit=limit)
        return self._add(made)

    def add_several(self, name: str, sources: Sequence[Source], *, auto: bool = True) -> Application:
        """One of several sources, already synced and healthy."""
        return self._add(Application(name, tuple(sources), True, auto=auto))

    def _add(self, made: Application) -> Application:
        with self._lock:
            self._made += 1
            made.uid = f"uid-{self._made}"
            self._applications[_key(made)] = made
            self.sync(_key(made))
            return made

    def adopt(self, name: str) -> None:
        """Forget that it was ever synced: what runs was there before, and is just what Git says."""
        with self._lock:
            one = self._applications[name]
            one.history, one.operation = [], None
            self._compare(one)

    def remove(self, name: str) -> None:
        del self._applications[name]

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
        self,
        name: str,
        revision: str | None = None,
        *,
        health: str = "Healthy",
        phase: str = "Succeeded",
        partial: bool = False,
    ) -> None:
        """Deploy a revision, else the newest; what then becomes of its health is told."""
        with self._lock:
            one = self._applications[name]
            wanted = (revision,) if revision else self._heads(one)
            one.deploy(wanted, self.clock(), phase, partial=partial)
            one.turn(health, self.clock())
            self._compare(one)

    def finish(self, name: str) -> None:
        """End a sync, and not look since: health is still that of before."""
        with self._lock:
            one = self._applications[name]
            reconciled = one.reconciled
            one.deploy(self._heads(one), self.clock())
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
            entries = {entry.number: entry.revisions for entry in one.history}
            one.auto = False
            wanted = entries[number] if number is not None else one.history[-2].revisions
            one.deploy(wanted, self.clock())
            one.turn("Healthy", self.clock())
            self._compare(one)

    def _compare(self, one: Application) -> None:
        """Moves the revision to the newest commit, for every Application of the repository."""
        one.revisions, one.reconciled = self._heads(one), self.clock()
        same = bool(one.deployed) and self._rendered(one, one.deployed) == self._rendered(one, one.revisions)
        one.sync = "Synced" if same else "OutOfSync"

    def _heads(self, one: Application) -> tuple[str, ...]:
        return tuple(self._head(source) for source in one.sources)

    def _head(self, source: Source) -> str:
        if source.chart:
            return source.target
        branches = self._github.branches(self._repository(source))
        return branches.get("main" if source.target == "HEAD" else source.target, source.target)

    def _rendered(self, one: Application, revisions: tuple[str, ...]) -> list[str]:
        """Stands for the manifests: what lies in each folder, and the files that a source lends to others."""
        lent = [file for source in one.sources for file in source.value_files if file.startswith("$")]
        said = list[str]()
        for source, revision in zip(one.sources, revisions, strict=True):
            files = [file.partition("/")[2] for file in lent if file.startswith(f"${source.ref}/")]
            paths = files if source.ref and not source.path else [source.path]
            said += [revision if source.chart else self._content(source, revision, path) for path in paths]
        return said

    def _content(self, source: Source, revision: str, path: str) -> str:
        git = self._github.find(self._repository(source)).git
        try:
            return git.text("rev-parse", "--verify", f"{revision}:{'' if path == '.' else path}")
        except GitFailed:  # as a path that is not there (any more)
            return ""

    def _repository(self, source: Source) -> str:
        return "/".join(source.url.removesuffix(".git").split("/")[-2:])

    # --- HTTP -------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        cluster = _OF_CLUSTER.fullmatch(request.path)
        if request.bearer() != self.token:
            told = "invalid session: token is malformed"
            return _status(401, "Unauthorized") if cluster else _error(401, told)
        with self._lock:
            if request.path == "/api/v1/applications" and request.method == "GET":
                return answer_json(self._list(request.query))
            if (match := _ONE.fullmatch(request.path)) and request.method == "GET":
                return self._one(match["name"], request.query)
            if cluster:
                return self._of_cluster(request, cluster["namespace"], cluster["name"])
        return _error(404, "Not Found")

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        selector, namespace = query.get("selector", ""), query.get("appNamespace")
        found = [one for one in self._seen(namespace) if matches(one.labels, selector)]
        items = [self._shown(one) for one in found]
        if fields := query.get("fields"):
            items = [selected(item, fields) for item in items]
        # As the real one: no items are null.
        return {"metadata": {"resourceVersion": "1"}, "items": items or None}

    def _one(self, name: str, query: Mapping[str, str]) -> Answer:
        """In Argo CD's own namespace, unless another is named."""
        namespace = query.get("appNamespace") or NAMESPACE
        one = next((each for each in self._seen(namespace) if each.name == name), None)
        if one is None:
            # Absent and forbidden look alike, unless the project is named.
            return _error(403, "permission denied") if "project" not in query else _error(404, "not found")
        if query.get("refresh"):
            self._refresh(one)
        return answer_json(self._shown(one))

    def _refresh(self, one: Application) -> None:
        one.refreshes += 1
        self.look(_key(one))

    def _seen(self, namespace: str | None) -> list[Application]:
        """In that namespace; None: in all."""
        every = self._applications.values()
        visible = [one for one in every if _key(one) not in self.hidden]
        return [one for one in visible if namespace in {None, one.namespace}]

    def _shown(self, one: Application) -> dict[str, Any]:
        return one.shown(tells_health_since=self.tells_health_since)

    def _of_cluster(self, request: Request, namespace: str, name: str | None) -> Answer:
        if namespace in self.closed:
            return _status(403, f'applications.argoproj.io is forbidden in the namespace "{namespace}"')
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
        if self.read_only:
            return _status(403, f'applications.argoproj.io "{one.name}" is forbidden: cannot patch resource')
        if request.headers.get("content-type") != "application/merge-patch+json":
            return _status(415, "the body of the request was in an unknown format")
        if request.json() != {"metadata": {"annotations": {_REFRESH: "normal"}}}:
            return _status(403, "only annotations may be changed here")
        if request.query.get("dryRun") != "All":
            self._refresh(one)
        return answer_json(self._kind(one))

    def _kind(self, one: Application) -> dict[str, Any]:
        return {**_KIND, "kind": "Application", **self._shown(one)}


_KIND = {"apiVersion": "argoproj.io/v1alpha1"}


def _key(one: Application) -> str:
    return one.name if one.namespace == NAMESPACE else f"{one.namespace}/{one.name}"


def _error(status: int, message: str) -> Answer:
    return answer_json({"error": message, "code": _CODES.get(status, 2), "message": message}, status)


def _status(status: int, message: str) -> Answer:
    told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status}
    return answer_json(told, status)
