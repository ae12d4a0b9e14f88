"""To find Applications by name, pattern or label, and to have them refreshed. I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

from updater.adapters.argocd.backends import Backend
from updater.adapters.argocd.errors import odd
from updater.adapters.argocd.http_client import HttpClient
from updater.adapters.argocd.memory import Memory
from updater.adapters.argocd.shapes import ODD, application, identity_of, name_of
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


class _Listed(NamedTuple):
    namespace: str | None
    name: str
    whole: Application | None
    """None where lists have names only."""


class ArgoCDClient:
    """One for the life of the process, for any number of threads."""

    def __init__(
        self, door: HttpClient, way: Backend, *, clock: Callable[[], datetime], memory: Memory | None = None
    ) -> None:
        self._door, self._way, self._clock = door, way, clock
        self._memory = memory or Memory(None, clock)
        self._lists: dict[_Query, tuple[datetime, tuple[_Listed, ...]]] = {}
        self._locks: dict[_Query, Lock] = {}
        self._lock = Lock()

    def close(self) -> None:
        self._door.close()

    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        """One name in two namespaces is two Applications."""
        found = [each.whole or self._one(each.name, each.namespace) for each in self._named(wanted)]
        by_name = {(one.namespace, one.name): one for one in found}
        often = Counter(name for _, name in by_name)
        ordered = sorted(by_name.values(), key=lambda one: (one.name, one.namespace))
        return tuple(
            replace(one, label=f"{one.namespace}/{one.name}") if often[one.name] > 1 else one
            for one in ordered
        )

    def refresh(self, wanted: Iterable[Applications]) -> None:
        """All that can be; then raise what the first that could not be said."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            failures = [error for error in pool.map(self._refresh, wanted) if error is not None]
        if failures:
            raise failures[0]

    def try_refresh(self, wanted: Applications) -> None:
        """Whether we may refresh them; refreshes none. Raises Refused or Unavailable."""
        for each in self._named(wanted):
            ask = self._way.trial(each.name, each.namespace)
            if ask is not None:
                self._door.ask(ask)

    def _refresh(self, wanted: Applications) -> UpdaterError | None:
        failures = list[UpdaterError]()
        try:
            for each in self._named(wanted):
                failures += self._refresh_one(each)
        except UpdaterError as error:
            failures.append(error)
        return failures[0] if failures else None

    def _refresh_one(self, one: _Listed) -> list[UpdaterError]:
        try:
            self._door.tell(self._way.refresh(one.name, one.namespace))
        except UpdaterError as error:
            return [error]
        return []

    def _named(self, wanted: Applications) -> list[_Listed]:
        """Plain names are taken for true; patterns and labels are looked for in a list."""
        plain = [name for name in wanted.names if not _PATTERN.search(name)]
        found = [_Listed(wanted.namespace, name, None) for name in plain]
        if wanted.selector is not None or len(plain) < len(wanted.names):
            listed = self._listed((wanted.selector, wanted.namespace))
            found += (each for each in listed if _is_wanted(each.name, wanted))
        return found

    def _one(self, name: str, namespace: str | None) -> Application:
        ask = self._way.one(name, namespace)
        return self._read(self._door.ask(ask), namespace, ask.about)

    # --- lists ------------------------------------------------------------------------------------------

    def _listed(self, query: _Query) -> tuple[_Listed, ...]:
        with self._lock:
            lock = self._locks.setdefault(query, Lock())
        with lock:
            at, listed = self._lists.get(query, (None, ()))
            if at is None or not at <= self._clock() < at + _KEPT:
                at, listed = self._clock(), tuple(self._walk(*query))
                self._lists[query] = (at, listed)
            return listed

    def _walk(self, selector: str | None, namespace: str | None) -> Iterator[_Listed]:
        after = None
        for _ in range(_PAGES):
            ask = self._way.many(selector, namespace, after)
            content = self._door.ask(ask)
            yield from (self._entry(each, namespace, ask.about) for each in self._items(content, ask.about))
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

    def _entry(self, content: Mapping[str, Any], namespace: str | None, about: str) -> _Listed:
        """Where no namespace was asked for, each says its own."""
        try:
            own, name = name_of(content)
        except ODD:
            raise odd(self._door.host, about) from None
        where = namespace or own or None
        whole = self._read(content, where, about) if self._way.lists_whole else None
        return _Listed(where, name, whole)

    def _read(self, content: Mapping[str, Any], namespace: str | None, about: str) -> Application:
        try:
            page = self._way.page(content["metadata"]["name"], namespace)
            found = application(content, self._door.server + page if page else None)
            identity = f"{self._door.server} {identity_of(content)}"
        except ODD:
            raise odd(self._door.host, about) from None
        return self._memory.with_past(identity, found)


def _is_wanted(name: str, wanted: Applications) -> bool:
    return wanted.selector is not None or any(fnmatchcase(name, pattern) for pattern in wanted.names)
