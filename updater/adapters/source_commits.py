"""To read the commits that images were built from, in whichever repository of a forge they are. I/O.

What cannot change is asked once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from updater.adapters.cache import BoundedCache
from updater.errors import Refused
from updater.model import CommitRange
from updater.reasons import failure_reasons

SHOWN = 20
"""Commits that people are shown."""
LONGEST = 64 * 1024
"""Characters of a commit's message; who writes more says nothing with it."""
_MOST = 256
"""Repositories whose connections are kept."""
_WORST = ("failure", "pending", "success")


class SourceRepository(Protocol):
    """One repository. Raises `Unavailable` and `Refused`."""

    def checks(self, sha: str) -> Iterable[tuple[str, str]]:
        """Names and states (`success`, `pending`, `failure`); a name may come again."""

    def comparison(self, base: str, head: str) -> str: ...

    def commits(self, base: str, head: str) -> CommitRange: ...

    def message(self, sha: str) -> str: ...

    def close(self) -> None: ...


class SourceCommits:
    """The repositories one token may read (see ports)."""

    def __init__(self, connect: Callable[[str], SourceRepository], forge: str) -> None:
        """Take what connects to a repository by its name, and what people call the forge."""
        self._connect, self._forge = connect, forge
        self._open: OrderedDict[str, SourceRepository] = OrderedDict()
        self._lock = Lock()
        self._compared: BoundedCache[tuple[str, str, str], str] = BoundedCache()
        self._between: BoundedCache[tuple[str, str, str], CommitRange] = BoundedCache(_MOST)
        self._messages: BoundedCache[tuple[str, str], str] = BoundedCache()

    def disconnect(self) -> None:
        with self._lock:
            for repository in self._open.values():
                repository.close()
            self._open.clear()

    def checks(self, repository: str, sha: str) -> Mapping[str, str]:
        """Of several with one name the worst counts."""
        states: dict[str, str] = {}
        with self._readable(repository) as source:
            for name, state in source.checks(sha):
                states[name] = min(state, states.get(name, state), key=_WORST.index)
        return states

    def comparison(self, repository: str, base: str, head: str) -> str:
        def compare() -> str:
            with self._readable(repository) as source:
                return source.comparison(base, head)

        return self._compared.get((repository, base, head), compare)

    def commits(self, repository: str, base: str, head: str) -> CommitRange:
        def read() -> CommitRange:
            with self._readable(repository) as source:
                return source.commits(base, head)

        return self._between.get((repository, base, head), read)

    def message(self, repository: str, sha: str) -> str:
        def read() -> str:
            with self._readable(repository) as source:
                return source.message(sha)[:LONGEST]

        return self._messages.get((repository, sha), read)

    @contextmanager
    def _readable(self, repository: str) -> Iterator[SourceRepository]:
        """Say of what a forge refuses here what would help here."""
        try:
            yield self._source(repository)
        except Refused as refused:
            if refused.reason not in {failure_reasons.FORGE_FORBIDDEN, failure_reasons.FORGE_NOT_FOUND}:
                raise
            raise Refused(
                f"{self._forge} finds nothing in {repository}, which an image says it was built from: there "
                "is no such commit, or the token may not read contents, checks and commit statuses there",
                reason=refused.reason,
            ) from refused

    def _source(self, repository: str) -> SourceRepository:
        with self._lock:
            if repository not in self._open:
                self._open[repository] = self._connect(repository)
            self._open.move_to_end(repository)
            while len(self._open) > _MOST:
                self._open.popitem(last=False)[1].close()
            return self._open[repository]
