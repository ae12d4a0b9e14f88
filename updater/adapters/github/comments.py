"""To keep one comment per thing to say on a pull request. I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from updater.adapters.github.gateway import Gateway
from updater.adapters.github.lists import Lists
from updater.adapters.github.shapes import same_text


@dataclass(frozen=True, slots=True)
class _Comment:
    id: int
    login: str | None
    bot: bool
    body: str


class Comments:
    def __init__(self, gateway: Gateway, root: str, login: str | None) -> None:
        self._gateway = gateway
        self._root = root
        self._login = login
        self._lists = Lists(gateway, _comment)

    def say(self, number: int, key: str, text: str) -> None:
        mark = f"<!-- updater-comment {key} -->"
        body = f"{text.rstrip()}\n\n{mark}"
        said = next((each for each in self._of(number) if self._ours(each) and mark in each.body), None)
        if said is None:
            self._write(number, body)
        elif not same_text(said.body, body):
            self._edit(said.id, body)

    def _of(self, number: int) -> list[_Comment]:
        return list(self._lists.whole(f"{self._root}/issues/{number}/comments", {}))

    def _ours(self, comment: _Comment) -> bool:
        """Anybody can write our mark. An App does not learn its own name, only that it is a bot."""
        return comment.login == self._login if self._login else comment.bot

    def _write(self, number: int, body: str) -> None:
        places = {"issue_url": f"{self._root}/issues/{number}"}
        with self._gateway.sense():
            PullRequest(self._gateway, {}, places, completed=True).create_issue_comment(body)

    def _edit(self, comment: int, body: str) -> None:
        places = {"url": f"{self._root}/issues/comments/{comment}"}
        with self._gateway.sense():
            IssueComment(self._gateway, {}, places, completed=True).edit(body)


def _comment(content: Mapping[str, Any]) -> _Comment:
    user = content["user"] or {}
    return _Comment(int(content["id"]), user.get("login"), user.get("type") == "Bot", content["body"] or "")
