"""To read and write our comments on a pull request. I/O."""

from collections.abc import Callable, Iterator

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.shapes import Myself

_FIRST = 1
"""A thread's comments are numbered from one."""


class AzureComments:
    """Each begins a thread, whose number it goes by."""

    def __init__(self, gateway: AzureGateway, root: str, myself: Callable[[], Myself]) -> None:
        self._gateway = gateway
        self._root = root
        self._myself = myself

    def read(self, number: int) -> Iterator[tuple[int, str]]:
        with self._gateway.sense():
            for thread in self._gateway.whole(self._threads(number)):
                first = next((each for each in thread["comments"] if each["id"] == _FIRST), None)
                if first is None or first.get("isDeleted") or first.get("commentType") == "system":
                    continue
                if str(first["author"]["id"]).lower() == self._myself().id:
                    yield int(thread["id"]), str(first.get("content") or "")

    def write(self, number: int, text: str) -> int:
        """As a thread that is closed: an open one would keep a pull request from being completed."""
        comment = {"parentCommentId": 0, "content": text, "commentType": "text"}
        with self._gateway.sense():
            made = self._gateway.send(
                "POST", self._threads(number), {"comments": [comment], "status": "closed"}
            )
            return int(made["id"])

    def edit(self, number: int, comment: int, text: str) -> None:
        self._gateway.send("PATCH", f"{self._threads(number)}/{comment}/comments/{_FIRST}", {"content": text})

    def _threads(self, number: int) -> str:
        return f"{self._root}/pullrequests/{number}/threads"
