"""To set the status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from github.Commit import Commit
from github.GithubObject import NotSet

from updater.adapters.github.gateway import Gateway
from updater.adapters.github.lists import Lists

State: TypeAlias = Literal["error", "failure", "pending", "success"]
_LONGEST = 140


class _Status(NamedTuple):
    context: str
    state: str
    description: str
    url: str | None


class Statuses:
    def __init__(self, gateway: Gateway, root: str) -> None:
        self._gateway = gateway
        self._root = root
        self._lists = Lists(gateway, _status)

    def set(self, sha: str, context: str, state: State, description: str, url: str | None) -> None:
        """GitHub keeps a thousand per commit and context: one that stands already is not repeated."""
        wanted = _Status(context, state, _cut(description), url)
        if self._latest(sha, context) != wanted:
            self._write(sha, wanted)

    def _latest(self, sha: str, context: str) -> _Status | None:
        newest_first = self._lists.first(f"{self._root}/commits/{sha}/statuses", {})
        return next((each for each in newest_first if each.context == context), None)

    def _write(self, sha: str, status: _Status) -> None:
        places = {"url": f"{self._root}/commits/{sha}", "sha": sha}
        with self._gateway.sense():
            Commit(self._gateway, {}, places, completed=True).create_status(
                status.state, status.url or NotSet, status.description, status.context
            )


def _status(content: Mapping[str, Any]) -> _Status:
    return _Status(
        content["context"], content["state"], content["description"] or "", content["target_url"] or None
    )


def _cut(description: str) -> str:
    return description if len(description) <= _LONGEST else f"{description[: _LONGEST - 1]}…"
