"""To complete a pull request, now or once nothing is missing. I/O."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.shapes import Myself, head_of
from updater.adapters.cache import BoundedCache
from updater.errors import Refused

_STRATEGIES = {"merge": "noFastForward", "squash": "squash", "rebase": "rebase"}
_NOBODY = "00000000-0000-0000-0000-000000000000"


class AzureCompletion:
    """What Azure DevOps refuses to do later is told once for a head, and not asked for again."""

    def __init__(
        self,
        gateway: AzureGateway,
        root: str,
        myself: Callable[[], Myself],
        warn: Callable[[str], None],
    ) -> None:
        self._gateway = gateway
        self._root = root
        self._myself = myself
        self._warn = warn
        self._refused: BoundedCache[tuple[int, str], bool] = BoundedCache()
        self._told: BoundedCache[tuple[int, str], bool] = BoundedCache()

    def now(self, number: int, sha: str, method: str) -> bool:
        """False where it was begun and is not done yet. That head only: another one is refused."""
        fields = {
            "status": "completed",
            "lastMergeSourceCommit": {"commitId": sha},
            "completionOptions": self._options(number, method),
        }
        return self._send(number, fields).get("status") == "completed"

    def later(self, number: int, sha: str, method: Literal["merge", "squash", "rebase"] | None) -> None:
        """None: not any more, also where nobody wanted it."""
        if method is None:
            self._send(number, {"autoCompleteSetBy": {"id": _NOBODY}})
        elif not self._refused.known((number, sha)):
            self._switch_on(number, sha, method)

    def _switch_on(self, number: int, sha: str, method: str) -> None:
        """It takes no head for that: it is looked at just before."""
        if not self._is_head(number, sha):
            self._tell(number, sha, "its head has moved, or Azure DevOps has not seen it yet")
            return
        try:
            options = self._options(number, method)
            self._send(number, {"autoCompleteSetBy": {"id": self._myself().id}, "completionOptions": options})
        except Refused as refused:
            self._tell(number, sha, refused.sentence)
            self._refused.put((number, sha), True)

    def _tell(self, number: int, sha: str, why: str) -> None:
        if not self._told.known((number, sha)):
            self._told.put((number, sha), True)
            self._warn(f"#{number} is not merged by Azure DevOps itself: {why}")

    def _is_head(self, number: int, sha: str) -> bool:
        """As it is known since merging was tried last, which is a little after a push."""
        with self._gateway.sense():
            return head_of(self._gateway.read(self._path(number))) == sha

    def _options(self, number: int, method: str) -> Mapping[str, object]:
        """We delete the branch ourselves; work items are people's."""
        options = {
            "mergeStrategy": _STRATEGIES[method],
            "deleteSourceBranch": False,
            "transitionWorkItems": False,
        }
        return options | ({"mergeCommitMessage": self._words(number)} if method == "squash" else {})

    def _words(self, number: int) -> str:
        """What the commits say. Its own message has the title alone, and the trailers would be lost."""
        messages = [*self._messages(number)]
        if len(messages) != 1:
            return "\n\n".join(messages)
        title, _, text = messages[0].partition("\n")
        return f"{title} (#{number})\n{text}".strip()

    def _messages(self, number: int) -> Iterator[str]:
        """Oldest first; a list shortens long ones."""
        with self._gateway.sense():
            for each in reversed(self._gateway.whole(f"{self._path(number)}/commits")):
                if each.get("commentTruncated"):
                    each = self._gateway.read(f"{self._root}/commits/{each['commitId']}")  # noqa: PLW2901 - the same, whole
                yield str(each["comment"]).strip()

    def _send(self, number: int, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._gateway.send("PATCH", self._path(number), fields)

    def _path(self, number: int) -> str:
        return f"{self._root}/pullrequests/{number}"
