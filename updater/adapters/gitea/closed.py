"""To find the closed pull requests of a branch, which Gitea lists only all together. I/O."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from updater.adapters.gitea.gateway import GiteaGateway, Page
from updater.adapters.gitea.shapes import pull_request
from updater.model import PullRequest
from updater.times import from_iso

_RECENT = 2
"""Pages that are read in any case: a hundred pull requests."""
_MOST = 200
"""Pages. What is older than the ten thousand that changed last is forgotten."""


class ClosedPullRequests:
    """All are read once; after that, of those that changed last, as many as have changed since."""

    def __init__(self, gateway: GiteaGateway, path: str, prefixes: tuple[str, ...]) -> None:
        """Keep those whose head branch begins with one of the prefixes, and of this repository."""
        self._gateway = gateway
        self._path = path
        self._prefixes = prefixes
        self._kept: dict[int, PullRequest] = {}
        self._whole_until: datetime | None = None
        """All that changed before are kept."""

    def recent(self) -> tuple[PullRequest, ...]:
        """The hundred that changed last."""
        return tuple(self._read(_RECENT, _RECENT))

    def of(self, branch: str) -> tuple[PullRequest, ...]:
        """With this head branch, newest first."""
        self._read(1, _MOST)
        found = (each for each in self._kept.values() if each.branch == branch)
        return tuple(sorted(found, key=lambda each: each.number, reverse=True))

    def forget(self, reopened: Iterable[int]) -> None:
        for number in reopened:
            self._kept.pop(number, None)

    def _read(self, least: int, most: int) -> list[PullRequest]:
        """So many pages: more than the least only while they tell something new."""
        found: list[PullRequest] = []
        newest: datetime | None = None
        for number in range(1, most + 1):
            page = self._gateway.page(self._path, {"state": "closed", "sort": "recentupdate"}, number)
            with self._gateway.sense():
                found += [pull_request(each) for each in page.items]
                newest = newest or _changed(page.items[:1])
                known = self._reaches_back(page)
            if known or not page.more or number == _MOST:
                self._whole_until = newest or self._whole_until
            if not page.more or (known and number >= least):
                break
        mine = (each for each in found if each.same_repository and each.branch.startswith(self._prefixes))
        self._kept.update((each.number, each) for each in mine)
        return found

    def _reaches_back(self, page: Page) -> bool:
        """To what is kept. What changed in the very second of the last reading is looked at again."""
        oldest = _changed(page.items[-1:])
        return self._whole_until is not None and oldest is not None and oldest < self._whole_until


def _changed(items: list[Mapping[str, Any]]) -> datetime | None:
    return from_iso(items[0]["updated_at"]) if items else None
