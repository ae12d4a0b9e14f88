"""To read the commits of one repository of GitHub that images were built from. I/O."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from updater.adapters.api_connection import ApiConnection
from updater.adapters.github.actors import Actor, gateway_of
from updater.adapters.github.errors import ApiTarget
from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.adapters.limits import RateLimits
from updater.adapters.source_commits import SHOWN, SourceCommits
from updater.model import CommitRange

T = TypeVar("T")
_PASSED = frozenset({"success", "neutral", "skipped"})
"""Conclusions of check runs that GitHub, too, takes for a required check that passed."""
_STATES = {"success": "success", "pending": "pending"}
_STANDINGS = {each: each for each in ("ahead", "behind", "identical", "diverged")}


class _Check(NamedTuple):
    name: str
    state: str


class GitHubSourceCommits(SourceCommits):
    """What can change is asked for conditionally."""

    def __init__(
        self,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
        others: Sequence[Actor] = (),
    ) -> None:
        """`others` are further Apps, who are asked where a limit stops the one before."""
        api = api.rstrip("/")
        actors = (Actor(token, limits, lambda: None), *others)

        def connect(repository: str) -> _GitHubSource:
            place = ApiTarget.of(api, repository)
            gateway = gateway_of(place, api, actors, connection=connection)
            return _GitHubSource(gateway, repository)

        super().__init__(connect, "GitHub")


class _GitHubSource:
    def __init__(self, gateway: GitHubGateway, repository: str) -> None:
        self._gateway = gateway
        self._root = f"/repos/{repository}"
        self._runs = Lists(gateway, _run, inside="check_runs")
        self._statuses = Lists(gateway, _status, inside="statuses")

    def close(self) -> None:
        self._gateway.close()

    def checks(self, sha: str) -> Iterator[tuple[str, str]]:
        path = f"{self._root}/commits/{sha}"
        yield from self._runs.whole(f"{path}/check-runs", {}, keep=True)
        yield from self._statuses.whole(f"{path}/status", {}, keep=True)

    def comparison(self, base: str, head: str) -> str:
        return self._get(f"compare/{base}...{head}", lambda content: _STANDINGS[content["status"]])

    def commits(self, base: str, head: str) -> CommitRange:
        """The newest come last, so of many the last page is read, too."""
        path = f"compare/{base}...{head}"
        total, found = self._get(path, _commits, {"per_page": SHOWN})
        pages = -(-total // SHOWN)
        if pages > 1:
            found = self._get(path, _commits, {"per_page": SHOWN, "page": pages})[1]
        return CommitRange(total, tuple(reversed(found)))

    def message(self, sha: str) -> str:
        return self._get(f"commits/{sha}", lambda content: str(content["commit"]["message"]))

    def _get(self, path: str, shape: Callable[[dict[str, Any]], T], query: dict[str, Any] | None = None) -> T:
        asked = query or {"per_page": 1}
        _, _, body = self._gateway.requestJson("GET", f"{self._root}/{path}", asked)
        with self._gateway.sense():
            return shape(json.loads(body))


def _commits(content: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    lines = ((str(each["sha"]), str(each["commit"]["message"])) for each in content["commits"])
    return int(content["total_commits"]), [(sha, text.partition("\n")[0]) for sha, text in lines]


def _run(content: Mapping[str, Any]) -> _Check:
    if content["status"] != "completed":
        return _Check(str(content["name"]), "pending")
    return _Check(str(content["name"]), "success" if content["conclusion"] in _PASSED else "failure")


def _status(content: Mapping[str, Any]) -> _Check:
    return _Check(str(content["context"]), _STATES.get(content["state"], "failure"))
