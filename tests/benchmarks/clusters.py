"""What a pass waits for many clusters: `python tests/benchmarks/clusters.py [CLUSTERS [APPS]]`.

350 clusters unless told, each with an Argo CD and a Prometheus, and three apps in each. One of them takes
what it is sent and says nothing, one drips the headers of its answer. Measured are the seconds until all is
answered, when the last of the others was, and the most threads at once; beside it the same where all answer,
and where forty are silent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
import time
from collections.abc import Collection
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from world.arguments import at_least

from updater.adapters.argocd import ArgoCDClient, HttpClient, ServerBackend
from updater.adapters.prometheus import MonitoringClient, MonitoringTarget, PrometheusClient
from updater.model import AlertMatch, AlertsOf, Applications, HealthOf, Unreadable
from updater.observe.lookup import look_up
from updater.observe.sources import Sources
from updater.wiring.clusters import ArgoCDs
from updater.wiring.prometheuses import Prometheuses

ROUND_TRIP = 0.03
"""Seconds until a cluster that is well answers."""


def now() -> datetime:
    return datetime.now(UTC)


class Clusters:
    """One process, a port for each cluster; `silent` and `dripping` by their numbers."""

    def __init__(self, count: int, silent: Collection[int], dripping: Collection[int]) -> None:
        self._count, self._silent, self._dripping = count, silent, dripping
        self.ports: list[int] = []
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        for number in range(self._count):
            server = await asyncio.start_server(self._answers(number), "127.0.0.1", 0)
            self.ports.append(server.sockets[0].getsockname()[1])
        self._ready.set()
        await asyncio.Event().wait()

    def _answers(self, number: int):
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if number in self._silent:
                    await asyncio.Event().wait()
                while number in self._dripping:
                    writer.write(b"H")
                    await asyncio.sleep(1)
                length = next(
                    (int(line[15:]) for line in head.splitlines() if line[:15].lower() == b"content-length:"),
                    0,
                )
                await reader.readexactly(length)
                await asyncio.sleep(ROUND_TRIP)
                body = json.dumps(_said(head.split()[1].decode())).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(body), body)
                )

        async def quietly(reader, writer):
            try:
                await answer(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()

        return quietly


def _said(path: str) -> object:
    if "/applications/" in path:
        name = path.partition("/applications/")[2].partition("?")[0]
        return {"metadata": {"name": name}, "status": {"health": {"status": "Healthy"}}}
    return {"status": "success", "data": {"resultType": "vector", "result": []}}


@contextmanager
def threads_counted():
    most, ended = SimpleNamespace(number=0), threading.Event()

    def count() -> None:
        while not ended.wait(0.01):
            most.number = max(most.number, threading.active_count() - before)

    counting = threading.Thread(target=count)
    counting.start()
    before = threading.active_count()
    yield most
    ended.set()
    counting.join()


class Timed:
    """Notes when the last of the clusters that are well was read."""

    def __init__(self, argocds: ArgoCDs, ill: Collection[str]) -> None:
        self._argocds, self._ill, self.last = argocds, ill, 0.0

    def applications(self, wanted: Applications):
        try:
            return self._argocds.applications(wanted)
        finally:
            if wanted.cluster not in self._ill:
                self.last = time.monotonic()


def measure(
    title: str, count: int, apps: int, silent: Collection[int] = (), dripping: Collection[int] = ()
) -> None:
    clusters = Clusters(count, silent, dripping)
    urls = {f"c{number}": f"http://127.0.0.1:{port}" for number, port in enumerate(clusters.ports)}
    doors = {name: HttpClient(url, lambda: "t", clock=now) for name, url in urls.items()}
    argocds = ArgoCDs({name: ArgoCDClient(door, ServerBackend(), clock=now) for name, door in doors.items()})
    prometheuses = Prometheuses({name: _prometheus(url) for name, url in urls.items()})
    timed = Timed(argocds, {f"c{number}" for number in (*silent, *dripping)})
    sources = Sources(None, None, None, now, deployments=timed, monitoring=prometheuses)
    health = [HealthOf(Applications((f"app{app}",), cluster=name)) for app in range(apps) for name in urls]
    since, until = now() - timedelta(hours=1), now() - timedelta(minutes=1)
    alerts = [
        AlertsOf(name, AlertMatch('app="{app}"', f"app{app}"), since, until)
        for app in range(apps)
        for name in urls
    ]
    for what, questions in (("Argo CD", health), ("Prometheus", alerts)):
        began = time.monotonic()
        with threads_counted() as most:
            told = look_up(sources, questions)
        seconds, failed = (
            time.monotonic() - began,
            sum(isinstance(each, Unreadable) for each in told.values()),
        )
        others = f", the others after {timed.last - began:.1f} s" if what == "Argo CD" else ""
        sys.stdout.write(
            f"{title:22} {what:10} {seconds:6.1f} s{others}; {most.number} threads; "
            f"{failed} of {len(told)} unread\n"
        )


def _prometheus(url: str) -> PrometheusClient:
    target = MonitoringTarget("Prometheus", url.partition("//")[2], "prometheus")
    return PrometheusClient(MonitoringClient(url, target, None, clock=now))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "clusters",
        nargs="?",
        type=partial(at_least, 41),
        default=350,
        help="at least 41, as forty are silent",
    )
    parser.add_argument("apps", nargs="?", type=partial(at_least, 1), default=3, help="in each, at least 1")
    return parser.parse_args()


def main(asked: argparse.Namespace) -> None:
    told = asked.clusters, asked.apps
    measure("all answer", *told)
    measure("one silent, one drips", *told, silent=[7], dripping=[11])
    measure("forty silent", *told, silent=range(40))


if __name__ == "__main__":
    main(_asked())
