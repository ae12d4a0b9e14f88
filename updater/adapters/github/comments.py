"""To read and write our comments on a pull request. I/O."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from updater.adapters.cache import BoundedCache
from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.github.lists import Lists
from updater.adapters.upserts import is_marked
from updater.errors import Unavailable
from updater.reasons import failure_reasons
from updater.value_class import value_class


@value_class
class _Comment:
    id: int
    login: str | None
    bot: bool
    body: str


class Us(Protocol):
    """Whom we act as (see ports)."""

    def logins(self) -> Collection[str]: ...

    def unnamed(self) -> bool: ...


class GitHubComments:
    def __init__(self, gateway: GitHubGateway, root: str, us: Us) -> None:
        self._gateway = gateway
        self._root = root
        self._us = us
        self._writers: BoundedCache[int, str | None] = BoundedCache()
        """By comment: only who has written it may edit it."""
        self._lists = Lists(gateway, _comment)

    def read(self, number: int) -> Iterator[tuple[int, str]]:
        """Raise Unavailable where one may be of an App of ours that has not told its name."""
        logins = self._us.logins()
        for each in self._lists.whole(f"{self._root}/issues/{number}/comments", {}):
            if self._ours(each, logins):
                self._writers.put(each.id, each.login)
                yield each.id, each.body

    def write(self, number: int, text: str) -> int:
        places = {"issue_url": f"{self._root}/issues/{number}"}
        with self._gateway.sense():
            made = PullRequest(self._gateway, {}, places, completed=True).create_issue_comment(text)
            self._writers.put(made.id, made.user.login)
            return made.id

    def edit(self, _number: int, comment: int, text: str) -> None:
        places = {"url": f"{self._root}/issues/comments/{comment}"}
        gateway = self._gateway.by(self._writers.known(comment))
        with gateway.sense():
            IssueComment(gateway, {}, places, completed=True).edit(text)

    def _ours(self, comment: _Comment, logins: Collection[str]) -> bool:
        """Anybody can write our mark. Who cannot learn its own name may know that it is a bot."""
        if not logins:
            return comment.bot
        if comment.login not in logins and comment.bot and self._us.unnamed() and is_marked(comment.body):
            raise Unavailable(
                f"{comment.login} has written a comment with the updater's mark, and an App of `apps` has "
                "not told its name, so nobody knows whether that is the updater: `updater doctor` tries each",
                reason=failure_reasons.FORGE_UNAVAILABLE,
            )
        return comment.login in logins


def _comment(content: Mapping[str, Any]) -> _Comment:
    user = content["user"] or {}
    return _Comment(int(content["id"]), user.get("login"), user.get("type") == "Bot", content["body"] or "")
