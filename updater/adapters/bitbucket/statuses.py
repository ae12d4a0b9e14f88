"""To read and set our build status of a commit. I/O."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.model import CommitStatus

STATES: Mapping[str, Literal["success", "pending", "failure"]] = {
    "SUCCESSFUL": "success",
    "INPROGRESS": "pending",
    "FAILED": "failure",
    "STOPPED": "failure",
}
_WORDS = {"success": "SUCCESSFUL", "pending": "INPROGRESS", "failure": "FAILED"}
_LONGEST_KEY = 40


class BitbucketStatuses:
    """One context's: its name is that of the status, and its key, by which Bitbucket overwrites."""

    def __init__(self, gateway: BitbucketGateway, root: str, context: str, page: str) -> None:
        """`page` is an address people get to by clicking: Bitbucket takes no status without."""
        self._gateway = gateway
        self._root = root
        self._context, self._key = context, key_of(context)
        self._page = page

    def read(self, sha: str) -> CommitStatus | None:
        """The key has a slash in it, so it is no part of a path."""
        with self._gateway.sense():
            for each in self._gateway.listed(f"{self._root}/commit/{sha}/statuses"):
                if each["key"] == self._key:
                    return _said(each)
            return None

    def write(self, sha: str, status: CommitStatus) -> None:
        fields = {
            "type": "build",
            "key": self._key,
            "name": self._context,
            "state": _WORDS[status.state],
            "description": status.description,
            "url": f"{self._page}/{sha}",
        }
        self._gateway.send("POST", f"{self._root}/commit/{sha}/statuses/build", fields)


def key_of(context: str) -> str:
    """Of forty characters at most."""
    if len(context) <= _LONGEST_KEY:
        return context
    digest = hashlib.sha256(context.encode()).hexdigest()[:8]
    return f"{context[: _LONGEST_KEY - len(digest) - 1]}-{digest}"


def _said(content: Mapping[str, Any]) -> CommitStatus:
    return CommitStatus(STATES[content["state"]], str(content.get("description") or ""))
