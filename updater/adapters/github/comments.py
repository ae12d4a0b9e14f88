"""To keep one comment per thing to say on a pull request. I/O."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from updater.adapters.github.gateway import Gateway
from updater.adapters.github.lists import Lists
from updater.adapters.github.shapes import same_text
from updater.adapters.memory import Memory

_MARK = re.compile(r"\s*<!-- updater-comment (?P<key>\S+) -->\s*\Z")


@dataclass(frozen=True, slots=True)
class _Comment:
    id: int
    login: str | None
    bot: bool
    body: str


@dataclass(frozen=True, slots=True)
class _Said:
    id: int
    text: str


class Comments:
    """What was seen or said once is not asked for again: nobody else writes by our name and key."""

    def __init__(self, gateway: Gateway, root: str, login: Callable[[], str | None]) -> None:
        self._gateway = gateway
        self._root = root
        self._login = login
        self._lists = Lists(gateway, _comment)
        self._known: Memory[int, Mapping[str, _Said]] = Memory()

    def of(self, number: int) -> Mapping[str, str]:
        return {key: said.text for key, said in self._said(number).items()}

    def say(self, number: int, key: str, text: str) -> None:
        """Edit what was said by this key, unless it says so already."""
        known = self._said(number)
        said = known.get(key)
        if said is not None and same_text(said.text, text):
            return
        # An answer that is lost leaves open what stands there: it is read again.
        self._known.drop(number)
        body = f"{text.rstrip()}\n\n<!-- updater-comment {key} -->"
        written = self._edit(said.id, body) if said else self._write(number, body)
        self._known.put(number, {**known, key: _Said(written, text)})

    def _said(self, number: int) -> Mapping[str, _Said]:
        return self._known.get(number, lambda: self._read(number))

    def _read(self, number: int) -> Mapping[str, _Said]:
        found: dict[str, _Said] = {}
        for each in self._lists.whole(f"{self._root}/issues/{number}/comments", {}):
            mark = _MARK.search(each.body)
            if mark and self._ours(each):
                found.setdefault(mark["key"], _Said(each.id, each.body[: mark.start()]))
        return found

    def _ours(self, comment: _Comment) -> bool:
        """Anybody can write our mark. Who cannot learn its own name may know that it is a bot."""
        login = self._login()
        return comment.login == login if login else comment.bot

    def _write(self, number: int, body: str) -> int:
        places = {"issue_url": f"{self._root}/issues/{number}"}
        with self._gateway.sense():
            return PullRequest(self._gateway, {}, places, completed=True).create_issue_comment(body).id

    def _edit(self, comment: int, body: str) -> int:
        places = {"url": f"{self._root}/issues/comments/{comment}"}
        with self._gateway.sense():
            IssueComment(self._gateway, {}, places, completed=True).edit(body)
        return comment


def _comment(content: Mapping[str, Any]) -> _Comment:
    user = content["user"] or {}
    return _Comment(int(content["id"]), user.get("login"), user.get("type") == "Bot", content["body"] or "")
