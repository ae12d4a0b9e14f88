"""To read the commits of one repository of Bitbucket that images were built from. I/O."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

from updater.adapters.api_connection import ApiConnection
from updater.adapters.bitbucket.errors import BITBUCKET_WORDS
from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.statuses import STATES
from updater.adapters.forge_errors import ForgeTarget
from updater.adapters.limits import RateLimits
from updater.adapters.source_commits import SHOWN, SourceCommits
from updater.model import CommitRange


class BitbucketSourceCommits(SourceCommits):
    def __init__(
        self,
        api: str,
        token: Callable[[], str],
        *,
        limits: RateLimits,
        mail: str | None = None,
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
    ) -> None:
        api = api.rstrip("/")

        def connect(repository: str) -> _BitbucketSource:
            gateway = BitbucketGateway(
                ForgeTarget.of(BITBUCKET_WORDS, api, repository),
                api,
                token,
                mail=mail,
                limits=limits,
                connection=connection,
            )
            return _BitbucketSource(gateway, f"/repositories/{quote(repository)}")

        super().__init__(connect, "Bitbucket")


class _BitbucketSource:
    """Checks are build statuses here: those of its Pipelines are, too."""

    def __init__(self, gateway: BitbucketGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root

    def close(self) -> None:
        self._gateway.close()

    def checks(self, sha: str) -> Iterator[tuple[str, str]]:
        """By key and by name: people know the one or the other."""
        with self._gateway.sense():
            for each in self._gateway.listed(f"{self._root}/commit/{sha}/statuses"):
                names = {str(each["key"]), str(each.get("name") or each["key"])}
                yield from ((name, STATES[each["state"]]) for name in sorted(names))

    def comparison(self, base: str, head: str) -> str:
        """Bitbucket tells what one has and the other has not, so both ways are asked."""
        ahead, behind = bool(self._between(base, head, 1)), bool(self._between(head, base, 1))
        if ahead and behind:
            return "diverged"
        return "ahead" if ahead else "behind" if behind else "identical"

    def commits(self, base: str, head: str) -> CommitRange:
        """They come newest first."""
        found = self._between(base, head, None)
        lines = tuple((sha, message.partition("\n")[0]) for sha, message in found[:SHOWN])
        return CommitRange(len(found), lines)

    def message(self, sha: str) -> str:
        with self._gateway.sense():
            return str(self._gateway.read(f"{self._root}/commit/{sha}")["message"])

    def _between(self, base: str, head: str, most: int | None) -> list[tuple[str, str]]:
        with self._gateway.sense():
            found = self._gateway.listed(f"{self._root}/commits/{head}", [("exclude", base)], most)
            return [(str(each["hash"]), str(each["message"])) for each in found]
