"""To read pull requests whole: listed, they say no more than their first 400 characters. I/O."""

from collections.abc import Mapping
from typing import Any

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.shapes import HEADS
from updater.adapters.cache import BoundedCache

_LISTED = 400
"""As .NET counts them: an emoji is two. It may end one earlier, so as not to cut one in half."""


class PullRequestBodies:
    """Of branches that may be ours. One that is open is read each time: nothing tells that it was edited."""

    def __init__(self, gateway: AzureGateway, path: str, prefixes: tuple[str, ...]) -> None:
        self._gateway = gateway
        self._path = path
        self._prefixes = tuple(f"{HEADS}{prefix}" for prefix in prefixes)
        self._closed: BoundedCache[tuple[int, str], str] = BoundedCache()
        """By number, and by when it was closed."""

    def whole(self, listed: Mapping[str, Any]) -> Mapping[str, Any]:
        said, branch = str(listed.get("description") or ""), str(listed["sourceRefName"])
        ours = branch.startswith(self._prefixes) and listed.get("forkSource") is None
        if _length(said) < _LISTED - 1 or not ours:
            return listed
        if listed["status"] == "active":
            return self._read(listed)
        when = int(listed["pullRequestId"]), str(listed.get("closedDate"))
        body = self._closed.get(when, lambda: str(self._read(listed).get("description") or ""))
        return {**listed, "description": body}

    def _read(self, listed: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._gateway.read(f"{self._path}/{int(listed['pullRequestId'])}")


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
