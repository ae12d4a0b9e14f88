"""To read and set our status of a commit. I/O."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from github.Commit import Commit

from updater.adapters.github.gateway import Gateway
from updater.adapters.github.lists import Lists
from updater.adapters.memory import Memory
from updater.model import Status

_LONGEST = 140
_STATES: Mapping[str, Literal["success", "pending", "failure"]] = {
    "success": "success",
    "pending": "pending",
    "failure": "failure",
    "error": "failure",
}


class _Said(NamedTuple):
    context: str
    status: Status


class Statuses:
    """One context's. What was seen or set once is not asked for again: nobody else sets it."""

    def __init__(self, gateway: Gateway, root: str, context: str) -> None:
        self._gateway = gateway
        self._root = root
        self._context = context
        self._lists = Lists(gateway, _said)
        self._known: Memory[str, Status | None] = Memory()

    def of(self, sha: str) -> Status | None:
        return self._known.get(sha, lambda: self._read(sha))

    def set(self, sha: str, status: Status) -> None:
        """GitHub keeps a thousand per commit and context: one that stands already is not repeated."""
        known = self._known.known(sha)
        if known is None or _cut(known) != _cut(status):
            self._known.drop(sha)
            self._write(sha, _cut(status))
        # The words as we were given them, so that who compares finds no difference.
        self._known.put(sha, status)

    def _read(self, sha: str) -> Status | None:
        newest_first = self._lists.first(f"{self._root}/commits/{sha}/statuses", {})
        return next((each.status for each in newest_first if each.context == self._context), None)

    def _write(self, sha: str, status: Status) -> None:
        places = {"url": f"{self._root}/commits/{sha}", "sha": sha}
        with self._gateway.sense():
            Commit(self._gateway, {}, places, completed=True).create_status(
                status.state, description=status.description, context=self._context
            )


def _said(content: Mapping[str, Any]) -> _Said:
    return _Said(content["context"], Status(_STATES[content["state"]], content["description"] or ""))


def _cut(status: Status) -> Status:
    """GitHub refuses more than 140 characters."""
    text = status.description
    return status if len(text) <= _LONGEST else Status(status.state, f"{text[: _LONGEST - 1]}…")
