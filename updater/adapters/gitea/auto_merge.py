"""To let Gitea merge a pull request by itself once its checks have passed, or not. I/O."""

from collections.abc import Callable
from typing import Literal

from updater.adapters.cache import BoundedCache
from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.squash_words import SquashWords
from updater.errors import Refused
from updater.reasons import failure_reasons


class GiteaAutoMerging:
    """What Gitea refuses is told once for a head: it is a setting of the repository, or ready already."""

    def __init__(
        self, gateway: GiteaGateway, root: str, words: SquashWords, warn: Callable[[str], None]
    ) -> None:
        self._gateway = gateway
        self._root = root
        self._words = words
        self._warn = warn
        self._refused: BoundedCache[tuple[int, str], bool] = BoundedCache()

    def set(self, number: int, sha: str, method: Literal["merge", "squash", "rebase"] | None) -> None:
        """None: off, also where it is off already."""
        if method is None:
            self._switch_off(number)
        elif not self._refused.known((number, sha)):
            self._switch_on(number, sha, method)

    def _switch_off(self, number: int) -> None:
        try:
            self._gateway.send("DELETE", f"{self._root}/pulls/{number}/merge", {})
        except Refused as refused:
            if refused.reason != failure_reasons.FORGE_NOT_FOUND:
                raise

    def _switch_on(self, number: int, sha: str, method: str) -> None:
        """Gitea takes no lease for it: the head is looked at just before."""
        path = f"{self._root}/pulls/{number}"
        fields = {"do": method, "head_commit_id": sha, "merge_when_checks_succeed": True}
        try:
            self._check_head(path, sha)
            fields |= self._words.of(path, method)
            self._gateway.send("POST", f"{path}/merge", fields)
        except Refused as refused:
            self._refused.put((number, sha), True)
            self._warn(f"#{number} is not merged by Gitea itself: {refused.sentence}")

    def _check_head(self, path: str, sha: str) -> None:
        with self._gateway.sense():
            there = str(self._gateway.read(path)["head"]["sha"])
        if there != sha:
            raise Refused("its head has moved", reason=failure_reasons.AUTO_MERGE_REFUSED)
