"""To read the commits that images were built from, in whichever repository they are. I/O."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from updater.adapters.cache import BoundedCache
from updater.adapters.github.errors import ApiTarget
from updater.adapters.github.gateway import GitHubGateway, Observer
from updater.adapters.github.lists import Lists
from updater.adapters.limits import RateLimits
from updater.errors import Refused
from updater.model import CommitRange
from updater.reasons import failure_reasons

T = TypeVar("T")
_MOST = 256
"""Repositories whose connections are kept."""
_SHOWN = 20
"""Commits that people are shown."""
_LONGEST = 64 * 1024
"""Characters of a commit's message; who writes more says nothing with it."""
_PASSED = frozenset({"success", "neutral", "skipped"})
"""Conclusions of check runs that GitHub, too, takes for a required check that passed."""
_STATES = {"success": "success", "pending": "pending"}
_STANDINGS = {each: each for each in ("ahead", "behind", "identical", "diverged")}
_WORST = ("failure", "pending", "success")


class _Check(NamedTuple):
    name: str
    state: str


class _SourceRepository:
    """One repository."""

    def __init__(self, gateway: GitHubGateway, repository: str) -> None:
        self.gateway = gateway
        self.root = f"/repos/{repository}"
        self.runs = Lists(gateway, _run, inside="check_runs")
        self.statuses = Lists(gateway, _status, inside="statuses")


class GitHubSourceCommits:
    """The repositories one token may read. What cannot change is asked once; what can, conditionally."""

    def __init__(
        self,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        timeout: int = 15,
        observer: Observer = lambda _host, _status: None,
        ca_file: str | None = None,
    ) -> None:
        self._ca_file = ca_file
        self._api = api.rstrip("/")
        self._token = token
        self._limits = limits
        self._timeout = timeout
        self._observer = observer
        self._open: OrderedDict[str, _SourceRepository] = OrderedDict()
        self._lock = Lock()
        self._compared: BoundedCache[tuple[str, str, str], str] = BoundedCache()
        self._between: BoundedCache[tuple[str, str, str], CommitRange] = BoundedCache(_MOST)
        self._messages: BoundedCache[tuple[str, str], str] = BoundedCache()

    def disconnect(self) -> None:
        with self._lock:
            for origin in self._open.values():
                origin.gateway.close()
            self._open.clear()

    def checks(self, repository: str, sha: str) -> Mapping[str, str]:
        """Of several with one name the worst counts."""
        with self._readable(repository) as origin:
            path = f"{origin.root}/commits/{sha}"
            found = [*origin.runs.whole(f"{path}/check-runs", {}, keep=True)]
            found += origin.statuses.whole(f"{path}/status", {}, keep=True)
        states: dict[str, str] = {}
        for check in found:
            states[check.name] = min(check.state, states.get(check.name, check.state), key=_WORST.index)
        return states

    def comparison(self, repository: str, base: str, head: str) -> str:
        return self._compared.get((repository, base, head), lambda: self._compare(repository, base, head))

    def commits(self, repository: str, base: str, head: str) -> CommitRange:
        return self._between.get((repository, base, head), lambda: self._read_commits(repository, base, head))

    def message(self, repository: str, sha: str) -> str:
        return self._messages.get((repository, sha), lambda: self._read_message(repository, sha))

    def _compare(self, repository: str, base: str, head: str) -> str:
        return self._get(
            repository, f"compare/{base}...{head}", lambda content: _STANDINGS[content["status"]]
        )

    def _read_commits(self, repository: str, base: str, head: str) -> CommitRange:
        """The newest come last, so of many the last page is read, too."""
        path = f"compare/{base}...{head}"
        total, found = self._get(repository, path, _commits, {"per_page": _SHOWN})
        pages = -(-total // _SHOWN)
        if pages > 1:
            found = self._get(repository, path, _commits, {"per_page": _SHOWN, "page": pages})[1]
        return CommitRange(total, tuple(reversed(found)))

    def _read_message(self, repository: str, sha: str) -> str:
        path = f"commits/{sha}"
        return self._get(repository, path, lambda content: str(content["commit"]["message"])[:_LONGEST])

    def _get(
        self,
        repository: str,
        path: str,
        shape: Callable[[dict[str, Any]], T],
        query: dict[str, Any] | None = None,
    ) -> T:
        with self._readable(repository) as origin:
            asked = query or {"per_page": 1}
            _, _, body = origin.gateway.requestJson("GET", f"{origin.root}/{path}", asked)
            with origin.gateway.sense():
                return shape(json.loads(body))

    @contextmanager
    def _readable(self, repository: str) -> Iterator[_SourceRepository]:
        """Say of what GitHub refuses here what would help here."""
        try:
            yield self._origin(repository)
        except Refused as refused:
            if refused.reason not in {failure_reasons.FORGE_FORBIDDEN, failure_reasons.FORGE_NOT_FOUND}:
                raise
            raise Refused(
                f"GitHub finds nothing in {repository}, which an image says it was built from: there is no "
                "such commit, or the token may not read contents, checks and commit statuses there",
                reason=refused.reason,
            ) from refused

    def _origin(self, repository: str) -> _SourceRepository:
        with self._lock:
            if repository not in self._open:
                self._open[repository] = _SourceRepository(self._gateway(repository), repository)
            self._open.move_to_end(repository)
            while len(self._open) > _MOST:
                self._open.popitem(last=False)[1].gateway.close()
            return self._open[repository]

    def _gateway(self, repository: str) -> GitHubGateway:
        return GitHubGateway(
            ApiTarget.of(self._api, repository),
            self._api,
            self._token,
            timeout=self._timeout,
            observer=self._observer,
            limits=self._limits,
            ca_file=self._ca_file,
        )


def _commits(content: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    lines = ((str(each["sha"]), str(each["commit"]["message"])) for each in content["commits"])
    return int(content["total_commits"]), [(sha, text.partition("\n")[0]) for sha, text in lines]


def _run(content: Mapping[str, Any]) -> _Check:
    if content["status"] != "completed":
        return _Check(str(content["name"]), "pending")
    return _Check(str(content["name"]), "success" if content["conclusion"] in _PASSED else "failure")


def _status(content: Mapping[str, Any]) -> _Check:
    return _Check(str(content["context"]), _STATES.get(content["state"], "failure"))
