"""To find Applications by name, pattern or label, and to have them refreshed. I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, TypeAlias

from updater.adapters.argocd.backends import Backend
from updater.adapters.argocd.errors import odd
from updater.adapters.argocd.http_client import HttpClient
from updater.adapters.argocd.shapes import ODD, application
from updater.errors import Refused, UpdaterError
from updater.model import Application, Applications
from updater.reasons import failure_reasons

_AT_ONCE = 8
_KEPT = timedelta(seconds=3)
"""So long a list serves all the apps of a pass: their patterns are found in one."""
_PATTERN = re.compile(r"[*?\[]")
_PAGES = 200

_Query: TypeAlias = tuple[str | None, str | None]
"""Selector and namespace."""


class ArgoCDClient:
    """One for the life of the process, for any number of threads."""

    def __init__(self, door: HttpClient, way: Backend, *, clock: Callable[[], datetime]) -> None:
        self._door, self._way, self._clock = door, way, clock
        self._lists: dict[_Query, tuple[datetime, tuple[Application, ...]]] = {}
        self._locks: dict[_Query, Lock] = {}
        self._lock = Lock()

    def close(self) -> None:
        self._door.close()

    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        plain = [name for name in wanted.names if not _PATTERN.search(name)]
        found = {name: self._one(name, wanted.namespace) for name in plain}
        if wanted.selector is not None or len(plain) < len(wanted.names):
            listed = self._listed((wanted.selector, wanted.namespace))
            found |= {each.name: each for each in listed if _is_wanted(each.name, wanted)}
        return tuple(found[name] for name in sorted(found))

    def refresh(self, wanted: Iterable[Applications]) -> None:
        """All that can be; then raise what the first that could not be said."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            failures = [error for error in pool.map(self._refresh, wanted) if error is not None]
        if failures:
            raise failures[0]

    def _refresh(self, wanted: Applications) -> UpdaterError | None:
        try:
            for name in self._names(wanted):
                self._door.tell(self._way.refresh(name, wanted.namespace))
        except UpdaterError as error:
            return error
        return None

    def _names(self, wanted: Applications) -> Iterable[str]:
        if wanted.selector is None and not any(map(_PATTERN.search, wanted.names)):
            return wanted.names
        return [each.name for each in self.applications(wanted)]

    def _one(self, name: str, namespace: str | None) -> Application:
        ask = self._way.one(name, namespace)
        return self._read(self._door.ask(ask), namespace, ask.about)

    # --- lists ------------------------------------------------------------------------------------------

    def _listed(self, query: _Query) -> tuple[Application, ...]:
        with self._lock:
            lock = self._locks.setdefault(query, Lock())
        with lock:
            at, listed = self._lists.get(query, (None, ()))
            if at is None or not at <= self._clock() < at + _KEPT:
                at, listed = self._clock(), tuple(self._walk(*query))
                self._lists[query] = (at, listed)
            return listed

    def _walk(self, selector: str | None, namespace: str | None) -> Iterator[Application]:
        after = None
        for _ in range(_PAGES):
            ask = self._way.many(selector, namespace, after)
            content = self._door.ask(ask)
            yield from (self._read(each, namespace, ask.about) for each in self._items(content, ask.about))
            after = (content.get("metadata") or {}).get("continue")
            if not after:
                return
        raise Refused(
            f"Argo CD at {self._door.host} sends its list in circles", reason=failure_reasons.ARGOCD_NONSENSE
        )

    def _items(self, content: object, about: str) -> list[Any]:
        """A list without any has none, or null, where the items are."""
        items = content.get("items", []) if isinstance(content, dict) else ""
        if items is None:
            return []
        if not isinstance(items, list):
            raise odd(self._door.host, about)
        return items

    def _read(self, content: Mapping[str, Any], namespace: str | None, about: str) -> Application:
        try:
            page = self._way.page(content["metadata"]["name"], namespace)
            return application(content, self._door.server + page if page else None)
        except ODD:
            raise odd(self._door.host, about) from None


def _is_wanted(name: str, wanted: Applications) -> bool:
    return wanted.selector is not None or any(fnmatchcase(name, pattern) for pattern in wanted.names)
