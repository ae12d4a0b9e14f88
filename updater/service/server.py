"""`updater run`: passes on a schedule and on a knock, pages over HTTP, a clean end on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
from types import FrameType

import structlog
import uvicorn

from updater.config import Service as Settings
from updater.errors import ConfigError
from updater.service.worker import Worker
from updater.web.application import WebDependencies, web_application
from updater.web.live_updates import Broadcast

log = structlog.get_logger()


def serve(worker: Worker) -> int:
    """Run until SIGTERM or SIGINT. Raises ConfigError where it cannot listen: then no pass begins."""
    settings = worker.config.service
    listening, broadcast = _listening(settings), Broadcast(worker.reports)
    config = uvicorn.Config(
        web_application(_dependencies(worker, broadcast)),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, broadcast)
    _end_on_signals(server)
    worker.start()
    log.info("service_started", listen=_heard_at(settings, listening), mode=worker.config.mode)
    server.run(sockets=[listening])
    _end(worker.stop())
    return 0


class _Server(uvicorn.Server):
    """Lets go of the pages that listen, which it would wait for otherwise."""

    def __init__(self, config: uvicorn.Config, broadcast: Broadcast) -> None:
        super().__init__(config)
        self._broadcast = broadcast

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._broadcast.end()
        await super().shutdown(sockets)


def _dependencies(worker: Worker, broadcast: Broadcast) -> WebDependencies:
    registry, reports = worker.metrics.registry, worker.reports
    return WebDependencies(worker, registry, reports, broadcast, worker.poll, worker.token, worker.door())


def _end(cut_off: list[str]) -> None:
    log.info("service_stopped", cut_off=cut_off)
    if cut_off:
        os._exit(0)  # its threads would keep the process alive; the next start finishes what was cut off


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except (OSError, OverflowError) as error:
        why = _why(error) if isinstance(error, OSError) else "no such port"
        raise ConfigError(f"service.listen: cannot listen on {settings.listen} ({why})") from None


def _why(error: OSError) -> str:
    """Python puts the address behind what the system says; the sentence names it already."""
    said = (error.strerror or "it is refused").partition(" (while attempting")[0]
    return said[:1].lower() + said[1:]


def _heard_at(settings: Settings, listening: socket.socket) -> str:
    """With the port that was found free, where config leaves that to the system by 0."""
    return f"{settings.listen.rpartition(':')[0]}:{listening.getsockname()[1]}"


def warn(sentence: str) -> None:
    """For what failed beside a step that was done all the same."""
    log.warning("pull_request_incomplete", why=sentence)


def _end_on_signals(server: uvicorn.Server) -> None:
    """Uvicorn raises the signal that ended it once more, for the handlers before its own: these."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
