"""To read the commits of one repository of Gitea that images were built from. I/O."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from updater.adapters.api_connection import ApiConnection
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.gitea.errors import GITEA_WORDS
from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.statuses import STATES
from updater.adapters.limits import RateLimits
from updater.adapters.source_commits import SHOWN, SourceCommits
from updater.model import CommitRange

_SHORT = {"verification": "false", "files": "false"}
"""Without what is not read; servers that do not know the words send it all the same."""


class GiteaSourceCommits(SourceCommits):
    def __init__(
        self,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
    ) -> None:
        api = api.rstrip("/")

        def connect(repository: str) -> _GiteaSource:
            place = ForgeTarget.of(GITEA_WORDS, api, repository)
            gateway = GiteaGateway(place, api, token, limits=limits, connection=connection)
            return _GiteaSource(gateway, f"/repos/{quote(repository)}")

        super().__init__(connect, "Gitea")


class _GiteaSource:
    """Checks are statuses here: those of its Actions are, too."""

    def __init__(self, gateway: GiteaGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root

    def close(self) -> None:
        self._gateway.close()

    def checks(self, sha: str) -> Iterator[tuple[str, str]]:
        """Of each context the last one set; they come newest first, to the second."""
        latest: dict[str, tuple[int, str]] = {}
        with self._gateway.sense():
            for each in self._gateway.pages(f"{self._root}/commits/{sha}/statuses", {}):
                said = int(each["id"]), STATES[each["status"]]
                context = str(each["context"])
                latest[context] = max(said, latest.get(context, said))
        return ((context, state) for context, (_, state) in latest.items())

    def comparison(self, base: str, head: str) -> str:
        """Gitea tells what one has and the other has not, so both ways are asked."""
        ahead = self._between(base, head).total
        behind = self._between(head, base).total
        if ahead and behind:
            return "diverged"
        return "ahead" if ahead else "behind" if behind else "identical"

    def commits(self, base: str, head: str) -> CommitRange:
        return self._between(base, head)

    def message(self, sha: str) -> str:
        found = self._gateway.read(f"{self._root}/git/commits/{sha}", _SHORT)
        with self._gateway.sense():
            return _message(found)

    def _between(self, base: str, head: str) -> CommitRange:
        """They come newest first, and all of them."""
        found = self._gateway.read(f"{self._root}/compare/{base}...{head}", _SHORT)
        with self._gateway.sense():
            shown = [(str(each["sha"]), _message(each)) for each in (found["commits"] or ())[:SHOWN]]
            lines = tuple((sha, text.partition("\n")[0]) for sha, text in shown)
            return CommitRange(int(found["total_commits"]), lines)


def _message(content: Mapping[str, Any]) -> str:
    return str(content["commit"]["message"])
