"""To remember what Applications showed once: Argo CD cuts its history, often down to one entry. I/O: files.

It may vanish at any time: then less is known of the past, and that is said. A small file an Application.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from updater.model import Application, Deployment, Revision, Source
from updater.value_class import value_class

_VERSION = 1
_KEPT = 500
"""Syncs of one Application: one of a whole environment has hundreds a day."""
_APART = timedelta(minutes=10)
"""Who looks more seldom than this may have missed that it was well in between."""
_NOTED = timedelta(minutes=1)
"""What lasts is not written down more often than this."""
_SICK = frozenset({"Degraded", "Missing"})
_LARGEST = 1024 * 1024
_FORGOTTEN = 400 * 86_400
"""Seconds, after which a file that nothing was added to is thrown away."""


@value_class
class _Known:
    history: tuple[Deployment, ...] = ()
    unwell: tuple[datetime, datetime] | None = None
    """Since when it was not well, and when that was seen last."""


class Memory:
    """For any number of threads; without a folder, for the life of the process."""

    def __init__(self, folder: Path | None, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = folder, clock
        self._known: dict[str, _Known] = {}
        self._lock = Lock()
        if folder is not None:
            _tidy(folder)

    def with_past(self, identity: str, shown: Application) -> Application:
        """What is shown now, with what was seen before; the identity is that of no other Application."""
        with self._lock:
            before = self._known.get(identity) or self._read(identity)
            after = _Known(_merged(before.history, shown.history), _unwell(before, shown, self._clock()))
            self._known[identity] = after
            if _is_news(before, after):
                self._write(identity, after)
        return replace(shown, history=after.history, unwell_since=after.unwell[0] if after.unwell else None)

    # --- files ------------------------------------------------------------------------------------------

    def _path(self, folder: Path, identity: str) -> Path:
        return folder / f"{sha256(identity.encode(errors='surrogatepass')).hexdigest()[:40]}.json"

    def _read(self, identity: str) -> _Known:
        if self._folder is None:
            return _Known()
        try:
            with self._path(self._folder, identity).open("rb") as file:
                return _from_document(json.loads(file.read(_LARGEST)))
        except (OSError, ValueError, RecursionError, AttributeError, LookupError, TypeError, ArithmeticError):
            return _Known()  # whatever somebody may have put there

    def _write(self, identity: str, known: _Known) -> None:
        """The whole file or nothing of it; without a word where the disk does not want it."""
        if self._folder is None:
            return
        path = self._path(self._folder, identity)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                "w", encoding="ascii", dir=path.parent, suffix=".new", delete=False
            ) as file:
                json.dump(_document(known), file, separators=(",", ":"))
            Path(file.name).replace(path)


def _tidy(folder: Path) -> None:
    oldest = time.time() - _FORGOTTEN
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink(missing_ok=True)


# --- what is known --------------------------------------------------------------------------------------


def _merged(before: Sequence[Deployment], shown: Sequence[Deployment]) -> tuple[Deployment, ...]:
    """Whatever of both is the same is there once; oldest first."""
    entries = {(entry.at, _shas(entry)): entry for entry in (*before, *shown)}
    return tuple(sorted(entries.values(), key=lambda entry: (entry.at, entry.number or 0))[-_KEPT:])


def _shas(entry: Deployment) -> tuple[str, ...]:
    return tuple(revision.sha for revision in entry.revisions)


def _unwell(before: _Known, shown: Application, now: datetime) -> tuple[datetime, datetime] | None:
    """Progressing is no recovery: a sync makes every Application so for a while."""
    if shown.health == "Healthy":
        return None
    lately = before.unwell if before.unwell and now - before.unwell[1] <= _APART else None
    if lately is not None:
        return lately[0], now
    since = shown.health_since or shown.finished or now
    return (since, now) if shown.health in _SICK else None


def _is_news(before: _Known, after: _Known) -> bool:
    if before.history != after.history or (before.unwell is None) != (after.unwell is None):
        return True
    if before.unwell is None or after.unwell is None:
        return False
    return before.unwell[0] != after.unwell[0] or after.unwell[1] - before.unwell[1] >= _NOTED


# --- as JSON --------------------------------------------------------------------------------------------


def _document(known: _Known) -> dict[str, Any]:
    """Its sources hardly ever change, so that each stands there once."""
    sources = dict.fromkeys(revision.source for entry in known.history for revision in entry.revisions)
    numbers = {source: number for number, source in enumerate(sources)}
    syncs = [
        [entry.number, entry.at.timestamp(), [[each.sha, numbers[each.source]] for each in entry.revisions]]
        for entry in known.history
    ]
    unwell = [at.timestamp() for at in known.unwell] if known.unwell else None
    return {"v": _VERSION, "sources": [asdict(each) for each in sources], "syncs": syncs, "unwell": unwell}


def _from_document(told: Mapping[str, Any]) -> _Known:
    if told["v"] != _VERSION:
        return _Known()
    sources = [_source(each) for each in told["sources"]]
    history = tuple(
        Deployment(
            tuple(Revision(str(sha), sources[place]) for sha, place in revisions), _instant(at), number
        )
        for number, at, revisions in told["syncs"]
    )
    unwell = told["unwell"]
    return _Known(history, (_instant(unwell[0]), _instant(unwell[1])) if unwell else None)


def _source(told: Mapping[str, Any]) -> Source:
    """JSON knows no tuples."""
    lists = {name: tuple(each) for name, each in told.items() if isinstance(each, list)}
    fields: Any = {**told, **lists}
    return Source(**fields)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
