"""To read and write our comments on a pull request. I/O."""

from collections.abc import Callable, Iterator

from updater.adapters.gitea.gateway import GiteaGateway
from updater.adapters.gitea.shapes import login


class GiteaComments:
    def __init__(self, gateway: GiteaGateway, root: str, ours: Callable[[], str]) -> None:
        self._gateway = gateway
        self._root = root
        self._ours = ours

    def read(self, number: int) -> Iterator[tuple[int, str]]:
        with self._gateway.sense():
            for each in self._gateway.whole(f"{self._root}/issues/{number}/comments"):
                if login(each["user"]) == self._ours():
                    yield int(each["id"]), str(each["body"] or "")

    def write(self, number: int, text: str) -> int:
        with self._gateway.sense():
            made = self._gateway.send("POST", f"{self._root}/issues/{number}/comments", {"body": text})
            return int(made["id"])

    def edit(self, _number: int, comment: int, text: str) -> None:
        self._gateway.send("PATCH", f"{self._root}/issues/comments/{comment}", {"body": text})
