"""`updater run`: passes on a schedule, probes and metrics over HTTP, a clean end on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

import structlog
import uvicorn
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from updater.commands.passing import failed, run
from updater.commands.transcript import titles
from updater.config import Service as ServiceSettings
from updater.errors import ConfigError
from updater.metrics import Metrics
from updater.model import Hold, Report
from updater.web.probes import app
from updater.wiring import Wired

GRACE = 8.0
"""Seconds a running pass has to end after SIGTERM; Kubernetes kills at ten or more."""

log = structlog.get_logger()


def serve(wired: Wired, metrics: Metrics | None = None) -> int:
    """Run until SIGTERM or SIGINT. Raises ConfigError where it cannot listen: then no pass begins."""
    service = Service(wired, metrics or Metrics())
    listening = _listening(wired.config.service)
    settings = uvicorn.Config(
        app(service, service.metrics.registry),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(settings)
    _end_on_signals(server)
    service.start()
    log.info("service_started", listen=wired.config.service.listen, mode=wired.config.mode)
    server.run(sockets=[listening])
    service.stop()
    return 0


def _listening(service: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    try:
        return socket.create_server((service.host, service.port), family=family)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such port"
        raise ConfigError(f"service.listen: cannot listen on {service.listen} ({why})") from None


def warn(sentence: str) -> None:
    """For what failed beside a step that was done all the same."""
    log.warning("pull_request_incomplete", why=sentence)


def _end_on_signals(server: uvicorn.Server) -> None:
    """Uvicorn raises the signal that ended it once more, for the handlers before its own: these."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


@dataclass
class Service:
    """One job a deploy repository; a repository never has two passes at once."""

    wired: Wired
    metrics: Metrics = field(default_factory=Metrics)
    _scheduler: BackgroundScheduler = field(init=False)
    _ready: set[str] = field(default_factory=set)
    _why: dict[tuple[str, str], str] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _ending: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        repositories = list(self.wired.config.repositories)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(4, len(repositories)))},
            # A pass that comes late is still worth running; two that pile up are one.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        every = self.wired.config.poll.every.total_seconds()
        for name in repositories:
            self._scheduler.add_job(
                self._pass, "interval", args=[name], id=name, seconds=every, next_run_time=datetime.now(UTC)
            )
        self.metrics.config(valid=True)
        self._scheduler.start()

    def stop(self) -> None:
        """Let running passes end, for a while; what is cut off then, the next start finishes."""
        self._ending.set()
        self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + GRACE
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.05)
        log.info("service_stopped", cut_off=sorted(self._busy))
        if self._busy:
            os._exit(0)  # its threads would keep the process alive

    def alive(self) -> str | None:
        return None if self._scheduler.running else "the scheduler does not run"

    def ready(self) -> str | None:
        missing = self.wired.config.repositories.keys() - self._ready
        return f"no pass yet over {', '.join(sorted(missing))}" if missing else None

    def _pass(self, name: str) -> None:
        if self._ending.is_set():
            return
        self._busy.add(name)
        try:
            report = run(self.wired, name, act=self.wired.config.mode == "act")
            self.metrics.record(report)
            self._tell(report)
            self._ready.add(name)
        except (
            Exception
        ):  # the one place a bug is caught: the other repositories go on, and this one tries again
            log.exception("pass_broke", repository=name)
        finally:
            self._busy.discard(name)

    def _tell(self, report: Report) -> None:
        for reading in report.unreadable:
            log.warning("reading_failed", repository=report.repository, code=reading.code, why=reading.why)
        for outcome in report.outcomes:
            event, level = ("step_failed", log.error) if outcome.error else ("step_done", log.info)
            for title in titles(outcome.step):
                level(
                    event,
                    repository=report.repository,
                    step=title,
                    code=outcome.code,
                    error=outcome.error,
                    url=outcome.url,
                )
        self._tell_holds(
            [decision for decision in report.decisions if isinstance(decision, Hold)], report.repository
        )
        holds = sum(isinstance(decision, Hold) for decision in report.decisions)
        log.info(
            "pass_finished",
            repository=report.repository,
            result="failed" if failed(report) else "ok",
            base=report.base,
            to_promote=len(report.decisions) - holds,
            held=holds,
            steps=len(report.steps),
            unreadable=len(report.unreadable),
            seconds=round((report.finished - report.started).total_seconds(), 3),
        )

    def _tell_holds(self, holds: Sequence[Hold], repository: str) -> None:
        """Only when the reason changes."""
        for hold in holds:
            reason = hold.reasons[0]
            if self._why.get(hold.placement) != reason.code:
                self._why[hold.placement] = reason.code
                environment, app_name = hold.placement
                log.info(
                    "app_held",
                    repository=repository,
                    environment=environment,
                    app=app_name,
                    code=reason.code,
                    why=reason.sentence,
                )
