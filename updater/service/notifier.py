"""To tell people the news of a pass, beside the passes: a message that is not taken holds nobody up."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from updater.config import Config
from updater.config.notifications import Route
from updater.config.secrets import notification_url
from updater.engine import Engine
from updater.errors import ConfigError, UpdaterError
from updater.model import Placement, Report
from updater.service.notices import EndedCondition, Notice, NotifierState, Thresholds, new_notices

Send = Callable[[str, str, str], None]
"""URL, title and text; raises Refused or Unavailable."""

WAITING = 500
"""Messages kept while nobody takes them; older ones are dropped then."""
TRIES = 3
PAUSE = 5.0
"""Seconds, times the tries so far, before a message is tried again."""

log = structlog.get_logger()


class Notifier:
    """Knows what was told; one thread sends."""

    def __init__(self, config: Config, cache: Path, send: Send, *, pause: float = PAUSE) -> None:
        self._config, self._send, self._pause = config, send, pause
        self._folder = cache / "news"
        self._known: dict[str, NotifierState] = {}
        self._engine: Engine | None = None
        self._waiting: deque[tuple[Route, Notice, int]] = deque(maxlen=WAITING)
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="notifier", daemon=True)
        if config.notifications.routes:
            self._thread.start()

    def share(self, engine: Engine) -> None:
        """What was told is remembered there, too: who shares the passes shares the telling."""
        self._engine = engine

    def tell(self, report: Report) -> None:
        """Take the news of a pass; returns at once."""
        settings = self._config.notifications
        if not settings.routes:
            return
        patience = Thresholds(settings.held_longer, settings.failing_passes)
        before = self._before(report.repository)
        notices, after = new_notices(report, self._config, patience, before)
        if after != before:
            self._known[report.repository] = after
            self._keep(report.repository, after)
        with self._changed:
            self._waiting += ((route, each, 1) for each in notices for route in _of(each, settings.routes))
            self._changed.notify()

    def complete(self, config: Config) -> None:
        """The same config, with what a pass has read of it since."""
        self._config = config

    def close(self, within: float = 5.0) -> None:
        """Send what waits, for so many seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(within)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                route, notice, tried = self._waiting.popleft()
            if not self._deliver(route, notice, tried):
                self._put_back(route, notice, tried)

    def _deliver(self, route: Route, notice: Notice, tried: int) -> bool:
        """False where it is worth another try."""
        try:
            self._send(notification_url(route, os.environ), notice.title, notice.text)
        except UpdaterError as error:
            log.warning("notification_failed", notice=notice.event, tried=tried, why=error.sentence)
            return tried >= TRIES or isinstance(error, ConfigError)
        except Exception:  # noqa: BLE001 - a library of a hundred services: whatever it trips over must not end the telling
            log.warning("notification_failed", notice=notice.event, tried=tried, why="the message broke it")
        return True

    def _put_back(self, route: Route, notice: Notice, tried: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ending, self._pause * tried)
            self._waiting.append((route, notice, tried + 1))

    # --- what was told; it may vanish -------------------------------------------------------------------

    def _before(self, repository: str) -> NotifierState | None:
        """What all have told; where nobody says so, what this process has."""
        shared = self._engine.recall(repository) if self._engine is not None else None
        said = _recalled(shared) if shared is not None else None
        return said or self._known.get(repository) or self._recall(repository)

    def _recall(self, repository: str) -> NotifierState | None:
        try:
            return _recalled(self._file(repository).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _keep(self, repository: str, known: NotifierState) -> None:
        text = json.dumps(_written(known))
        if self._engine is not None:
            self._engine.keep(repository, text)
        file = self._file(repository)
        fresh = file.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(file)
        except OSError as error:
            log.warning("news_not_kept", why=error.strerror)

    def _file(self, repository: str) -> Path:
        return self._folder / f"{repository}.json"


def _of(notice: Notice, routes: tuple[Route, ...]) -> Iterator[Route]:
    return (route for route in routes if route.takes(notice.event, notice.environment))


def _written(known: NotifierState) -> dict[str, Any]:
    held = {key: since.isoformat() for key, since in known.held.items()}
    conditions = {key: [*was.placement, was.code, was.tag, was.why] for key, was in known.conditions.items()}
    kept = {"keys": sorted(known.keys), "held": held, "failed": known.failed, "conditions": conditions}
    return {**kept, "line": known.line}


def _recalled(text: str) -> NotifierState | None:
    """None where it is nothing that we have written."""
    try:
        return _read(json.loads(text))
    except (ValueError, OverflowError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _read(told: dict[str, Any]) -> NotifierState:
    held = {str(key): _instant(since) for key, since in told["held"].items()}
    conditions = {str(key): _as_it_was(*was) for key, was in told.get("conditions", {}).items()}
    line = told.get("line")
    why = str(line) if line is not None else None
    return NotifierState(frozenset(map(str, told["keys"])), held, int(told["failed"]), conditions, why)


def _as_it_was(environment: str, app: str, code: str, tag: str, why: str) -> EndedCondition:
    return EndedCondition(Placement(environment, app), code, tag, why)


def _instant(text: str) -> datetime:
    """Raise ValueError for one that is of no zone: none such was written."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("of no zone")
    return moment
