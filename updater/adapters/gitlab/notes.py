"""To keep one note per thing to say on a merge request. I/O."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gitlab.v4.objects import Project

from updater.adapters.gitlab.gateway import Gateway
from updater.adapters.gitlab.shapes import meant, plain, same_text
from updater.adapters.memory import Memory

_MARK = re.compile(r"\s*<!-- updater-comment (?P<key>\S+) -->\s*\Z")


class _Said(NamedTuple):
    id: int
    text: str


class Notes:
    """What was seen or said once is not asked for again: nobody else writes by our name and key."""

    def __init__(self, gateway: Gateway, project: Project, root: str, login: Callable[[], str]) -> None:
        self._gateway = gateway
        self._project = project
        self._root = root
        self._login = login
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
        written = self._write(number, said, f"{plain(text).rstrip()}\n\n<!-- updater-comment {key} -->")
        self._known.put(number, {**known, key: _Said(written, text)})

    def _said(self, number: int) -> Mapping[str, _Said]:
        return self._known.get(number, lambda: self._read(number))

    def _read(self, number: int) -> Mapping[str, _Said]:
        found: dict[str, _Said] = {}
        path = f"{self._root}/merge_requests/{number}/notes"
        with self._gateway.sense():
            for each in self._gateway.pages(path, {"order_by": "created_at", "sort": "asc"}):
                mark = _MARK.search(each["body"] or "")
                if mark and not each.get("system") and each["author"]["username"] == self._login():
                    found.setdefault(mark["key"], _Said(int(each["id"]), meant(each["body"][: mark.start()])))
        return found

    def _write(self, number: int, said: _Said | None, body: str) -> int:
        notes = self._project.mergerequests.get(number, lazy=True).notes
        with self._gateway.sense():
            if said is None:
                return int(notes.create({"body": body}).get_id() or 0)
            notes.update(said.id, {"body": body})
            return said.id
