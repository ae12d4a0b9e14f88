"""`updater run`: passes on a schedule and on a knock, pages over HTTP, a clean end on SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType

import structlog

from updater.config import Service as Settings
from updater.config import listening_address
from updater.errors import ConfigError
from updater.service import cache_lock, probe_address
from updater.service.guarded_server import GuardedServer
from updater.service.worker import Worker
from updater.web.application import WebDependencies, probe_application, web_application
from updater.web.live_updates import Broadcast

BACKLOG = 1024
"""Connections that wait in the kernel, as far as it allows; who finds no place tries again a second later."""

log = structlog.get_logger()

_LATEST = 9.5
"""Seconds after a signal at which all is cut off, whatever holds the end up: the next start finishes it."""


def serve(worker: Worker, cache: Path | None = None) -> int:
    """Run until SIGTERM or SIGINT.

    Raises ConfigError where it cannot listen, or another service has the cache: then no pass begins.
    `cache`: where it tells who asks for its health whom to ask.
    """
    if cache is not None:
        cache_lock.take(cache)
    settings = worker.config.service
    listening = _listening("listen", settings.listen)
    probed = _listening("metrics_listen", settings.metrics_listen) if settings.metrics_listen else None
    if cache is not None:
        _tell_probes(cache, probed or listening)
    broadcast = Broadcast(worker.reports)
    web = _dependencies(worker, broadcast)
    server, told = GuardedServer(web_application(web), broadcast.end), Event()
    _end_on_signals(server, told)
    threading.Thread(target=_end_in_time, args=(told,), name="end", daemon=True).start()
    worker.start()
    with _probes(web, probed):
        _tell_started(settings, listening, probed, worker.config.mode)
        server.run(sockets=[listening])
        cut_off = worker.stop()
    _end(cut_off)
    return 0


def _end_in_time(told: Event) -> None:
    """Beside the loop and the passes: neither can hold it up. A process that ends in time ends this, too."""
    told.wait()
    time.sleep(_LATEST)
    log.warning("service_stopped", cut_off=["the end itself"])
    os._exit(0)


def _tell_probes(cache: Path, asked: socket.socket) -> None:
    """It goes on where it cannot: who asks finds no answer, and passes say what is wrong with the cache."""
    try:
        probe_address.keep(cache, *asked.getsockname()[:2])
    except OSError as error:
        log.warning("probe_address_not_kept", why=error.strerror)


def _dependencies(worker: Worker, broadcast: Broadcast) -> WebDependencies:
    settings = worker.config.service
    return WebDependencies(
        worker,
        worker.metrics.registry,
        worker.reports,
        broadcast,
        worker.poll,
        worker.token,
        worker.door(),
        hosts=frozenset(settings.hosts),
        probes_elsewhere=settings.metrics_listen is not None,
        workers=worker.workers,
    )


@contextmanager
def _probes(web: WebDependencies, listening: socket.socket | None) -> Iterator[None]:
    """Served by a thread of their own until all has ended: whoever keeps the page busy does not keep them."""
    if listening is None:
        yield
        return
    server = GuardedServer(probe_application(web.health, web.metrics))
    threading.Thread(target=server.run, args=([listening],), name="probes", daemon=True).start()
    yield
    server.should_exit = True  # its thread is not waited for: it has nothing to finish


def _end(cut_off: list[str]) -> None:
    log.info("service_stopped", cut_off=cut_off)
    if cut_off:
        os._exit(0)  # its threads would keep the process alive; the next start finishes what was cut off


def _listening(key: str, address: str) -> socket.socket:
    """`key`: what config calls the address. Raises ConfigError."""
    host, port = listening_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = _why(error) if isinstance(error, OSError) else "no such port"
        raise ConfigError(f"service.{key}: cannot listen on {address} ({why}): name another") from None


def _why(error: OSError) -> str:
    """Python puts the address behind what the system says; the sentence names it already."""
    said = (error.strerror or "it is refused").partition(" (while attempting")[0]
    return said[:1].lower() + said[1:]


def _tell_started(
    settings: Settings, listening: socket.socket, probed: socket.socket | None, mode: str
) -> None:
    beside = {}
    if probed is not None and settings.metrics_listen is not None:
        beside = {"metrics_listen": _heard_at(settings.metrics_listen, probed)}
    log.info("service_started", listen=_heard_at(settings.listen, listening), **beside, mode=mode)


def _heard_at(address: str, listening: socket.socket) -> str:
    """With the port that was found free, where config leaves that to the system by 0."""
    return f"{address.rpartition(':')[0]}:{listening.getsockname()[1]}"


def warn(sentence: str) -> None:
    """For what failed beside a step that was done all the same."""
    log.warning("pull_request_incomplete", why=sentence)


def _end_on_signals(server: GuardedServer, told: Event) -> None:
    """Uvicorn raises the signal that ended it once more, for the handlers before its own: these."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True
        told.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
