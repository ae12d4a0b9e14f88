"""To read and write our comments on a pull request. I/O."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.bitbucket.shapes import account


class BitbucketComments:
    def __init__(self, gateway: BitbucketGateway, root: str, ours: Callable[[int], str]) -> None:
        """`ours` tells by whose name we write on a pull request."""
        self._gateway = gateway
        self._root = root
        self._ours = ours

    def read(self, number: int) -> Iterator[tuple[int, str]]:
        with self._gateway.sense():
            found = self._gateway.listed(self._path(number))
            for each in sorted(found, key=lambda each: int(each["id"])):
                if not each.get("deleted") and account(each["user"]) == self._ours(number):
                    yield int(each["id"]), str(each["content"]["raw"] or "")

    def write(self, number: int, text: str) -> int:
        with self._gateway.sense():
            return int(self._gateway.send("POST", self._path(number), _fields(text))["id"])

    def edit(self, number: int, comment: int, text: str) -> None:
        self._gateway.send("PUT", f"{self._path(number)}/{comment}", _fields(text))

    def _path(self, number: int) -> str:
        return f"{self._root}/pullrequests/{number}/comments"


def _fields(text: str) -> Mapping[str, Any]:
    return {"type": "pullrequest_comment", "content": {"raw": text}}
