"""To tell a forge each thing once, and again where it changed: statuses by commit, comments by key.

And never over what people did in between.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from updater.adapters.cache import BoundedCache
from updater.errors import LostRace
from updater.model import CommitStatus, PullRequest
from updater.reasons import failure_reasons

LONGEST = 140
"""Characters of a status: GitHub refuses more. GitLab would take 255, and both shall say the same."""
_MARK = re.compile(r"<!-- updater-comment (?P<key>[^\s<]+) -->\Z")
"""At the end of a comment. Nothing is looked at twice, for whoever may edit it may fill it with blanks."""


class StatusHost(Protocol):
    """A forge's statuses by our name. Raises `Unavailable` and `Refused`."""

    def read(self, sha: str) -> CommitStatus | None: ...

    def write(self, sha: str, status: CommitStatus) -> None: ...


class CommentHost(Protocol):
    """A forge's comments. Raises `Unavailable` and `Refused`."""

    def read(self, number: int) -> Iterable[tuple[int, str]]:
        """Those we wrote, oldest first, as id and text."""

    def write(self, number: int, text: str) -> int:
        """Its id."""

    def edit(self, number: int, comment: int, text: str) -> None: ...


class StatusUpserts:
    """What was seen or set once is not asked for again: nobody else sets it."""

    def __init__(self, host: StatusHost) -> None:
        self._host = host
        self._known: BoundedCache[str, CommitStatus | None] = BoundedCache()

    def of(self, sha: str) -> CommitStatus | None:
        return self._known.get(sha, lambda: self._host.read(sha))

    def forget(self, sha: str) -> None:
        """It has to be told once more, whatever was said."""
        self._known.drop(sha)

    def set(self, sha: str, status: CommitStatus) -> None:
        """GitHub keeps a thousand per commit and name: one that stands already is not repeated."""
        known = self._known.known(sha)
        if known is None or _cut(known) != _cut(status):
            self._known.drop(sha)
            self._host.write(sha, _cut(status))
        # The words as we were given them, so that who compares finds no difference.
        self._known.put(sha, status)


class _StatusNote(NamedTuple):
    id: int
    text: str


class CommentUpserts:
    """What was seen or said once is not asked for again: nobody else should write by our name and key."""

    def __init__(self, host: CommentHost) -> None:
        self._host = host
        self._known: BoundedCache[int, Mapping[str, _StatusNote]] = BoundedCache()

    def of(self, number: int) -> Mapping[str, str]:
        return {key: said.text for key, said in self._said(number).items()}

    def say(self, number: int, key: str, text: str) -> None:
        """Edit what was said by this key, unless it says so already.

        Before it says something for the first time it reads again: another process may have said it.
        """
        if key not in self._said(number):
            self._known.drop(number)
        known = self._said(number)
        said = known.get(key)
        if said is not None and same_text(said.text, text):
            return
        # An answer that is lost leaves open what stands there: it is read again.
        self._known.drop(number)
        written = self._write(number, said, f"{text.rstrip()}\n\n<!-- updater-comment {key} -->")
        self._known.put(number, {**known, key: _StatusNote(written, text)})

    def _write(self, number: int, said: _StatusNote | None, text: str) -> int:
        if said is None:
            return self._host.write(number, text)
        self._host.edit(number, said.id, text)
        return said.id

    def _said(self, number: int) -> Mapping[str, _StatusNote]:
        return self._known.get(number, lambda: self._read(number))

    def _read(self, number: int) -> Mapping[str, _StatusNote]:
        found: dict[str, _StatusNote] = {}
        for comment, text in self._host.read(number):
            mark = _MARK.search(text := text.rstrip())
            if mark:
                found.setdefault(mark["key"], _StatusNote(comment, text[: mark.start()].rstrip()))
        return found


def is_marked(text: str) -> bool:
    """As a comment of ours is."""
    return _MARK.search(text.rstrip()) is not None


def check_unchanged(read: PullRequest | None, now: PullRequest) -> None:
    """Raise LostRace where somebody decided about a pull request, or edited it, after it was read."""
    if now.state != "open":
        what = f"{'merged' if now.state == 'merged' else 'closed'} {now.url}"
    elif read is not None and not (same_text(read.title, now.title) and same_text(read.body, now.body)):
        what = f"edited {now.url}"
    else:
        return
    raise LostRace(f"Somebody has {what} after it was read.", reason=failure_reasons.LOST_RACE)


def same_text(one: str, other: str) -> bool:
    """A forge's page may save other line ends, and trims the ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _cut(status: CommitStatus) -> CommitStatus:
    text = status.description
    return status if len(text) <= LONGEST else CommitStatus(status.state, f"{text[: LONGEST - 1]}…")
