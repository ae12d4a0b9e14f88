"""Apps whose alerts fire and resolve: before the sandbox's Prometheus, or before Debian's."""

import json
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from world.service import answers, free_address, within

from updater.adapters.prometheus import MonitoringClient, MonitoringTarget, PrometheusClient
from updater.sandbox.prometheus import Alertmanager, Prometheus

RULES = {"AppDown": ("critical", "0s"), "AppSlow": ("warning", "1s"), "AppOdd": ("info", "1h")}
"""By name: severity, and how long it pends before it fires."""
EXTERNAL = {"cluster": "seoul"}
START = datetime(2026, 2, 2, 5, 0, 0, 123_456, tzinfo=UTC)
"""With parts of a millisecond, as every clock has them; servers answer in whole ones."""


def connected(url, clock, alertmanager=None, **options):
    """A client as wiring makes it."""

    def door(who, server, setting):
        target = MonitoringTarget(who, server.partition("://")[2], setting)
        return MonitoringClient(server, target, None, clock=clock, **options)

    other = door("Alertmanager", alertmanager, "prometheus.alertmanager") if alertmanager else None
    return PrometheusClient(door("Prometheus", url, "prometheus"), other)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def forward(self, **length):
        self.now += timedelta(**length)


class InSandbox:
    """Time passes as it is told to."""

    tick = 15

    def __init__(self, prometheus, alertmanager, clock):
        self.prometheus, self.alertmanager, self.now = prometheus, alertmanager, clock
        for name, (severity, _) in RULES.items():
            prometheus.load(name, severity=severity)
        prometheus.external_labels = dict(EXTERNAL)

    def client(self):
        return connected(self.prometheus.url, self.now, self.alertmanager.url)

    def passes(self, ticks=4):
        self.now.forward(seconds=ticks * self.tick)

    def pend(self, alert, **labels):
        self.prometheus.pend(alert, **labels)
        self.passes(1)

    def fire(self, alert, **labels):
        self.prometheus.fire(alert, **labels)
        self.passes(1)

    def resolve(self, alert, **labels):
        self.prometheus.resolve(alert, **labels)
        self.passes(1)

    def set(self, metric, value, **labels):
        self.prometheus.set(metric, value, **labels)
        self.passes(1)

    def silence(self, *matchers, why="known"):
        number = self.alertmanager.silence(*matchers, why=why)
        self.passes(1)
        return number

    def expire(self, number):
        self.alertmanager.expire(number)
        self.passes(1)

    @contextmanager
    def away(self):
        self.prometheus.go_away()
        yield
        self.prometheus.come_back()
        self.passes(1)

    def restart(self, ticks):
        self.prometheus.crash()
        self.passes(ticks)
        self.prometheus.restart()
        self.passes(2)


@contextmanager
def in_sandbox():
    clock = Clock()
    with Prometheus(clock=clock) as prometheus, Alertmanager(clock=clock) as alertmanager:
        yield InSandbox(prometheus, alertmanager, clock)


class Debians:
    """Scrapes and evaluates three times a second; a verb returns when it is seen."""

    tick = 0.3

    def __init__(self, folder, exporter):
        self._folder, self._exporter = folder, exporter
        self._address, self._alertmanager = free_address(), free_address()
        self._processes = {}
        self._write()

    @property
    def url(self):
        return f"http://{self._address}"

    def now(self):
        return datetime.now(UTC)

    def client(self):
        return connected(self.url, self.now, f"http://{self._alertmanager}")

    def passes(self, ticks=4):
        time.sleep(ticks * self.tick)

    def pend(self, alert, **labels):
        self._burn(alert, 1, labels)
        self._await(alert, "pending", labels)

    def fire(self, alert, **labels):
        self._burn(alert, 1, labels)
        self._await(alert, "firing", labels)

    def resolve(self, alert, **labels):
        self._burn(alert, 0, labels)
        within(
            20, lambda: not self._found(alert, "firing", labels) and not self._found(alert, "pending", labels)
        )

    def set(self, metric, value, **labels):
        self._exporter.values[metric, tuple(sorted(labels.items()))] = value
        selector = _selector(metric, labels)
        within(20, lambda: self._is(selector, value))

    def silence(self, *matchers, why="known"):
        signs = {"=": (True, False), "!=": (False, False), "=~": (True, True), "!~": (False, True)}
        told = [
            {"name": name, "value": value, "isEqual": signs[sign][0], "isRegex": signs[sign][1]}
            for name, sign, value in matchers
        ]
        times = {"startsAt": self.now().isoformat(), "endsAt": (self.now() + timedelta(hours=1)).isoformat()}
        body = {"matchers": told, "createdBy": "ann", "comment": why, **times}
        answer = requests.post(f"http://{self._alertmanager}/api/v2/silences", json=body, timeout=5)
        assert answer.ok, answer.text
        self.passes(2)
        return answer.json()["silenceID"]

    def expire(self, number):
        requests.delete(f"http://{self._alertmanager}/api/v2/silence/{number}", timeout=5).raise_for_status()
        self.passes(2)

    @contextmanager
    def away(self):
        self._end("prometheus")
        yield
        self.start_prometheus()
        self.passes(3)

    def restart(self, ticks):
        self._end("prometheus")
        self.passes(ticks)
        self.start_prometheus()
        self.passes(3)

    # --- its processes ----------------------------------------------------------------------------------

    def start_prometheus(self):
        self._start(
            "prometheus",
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address={self._address}",
            "--rules.alert.for-outage-tolerance=1h",
            "--rules.alert.for-grace-period=1s",
        )
        within(30, lambda: answers(f"{self.url}/-/ready"))

    def start_alertmanager(self):
        self._start(
            "prometheus-alertmanager",
            f"--config.file={self._folder / 'alertmanager.yml'}",
            f"--storage.path={self._folder / 'silences'}",
            f"--web.listen-address={self._alertmanager}",
            "--cluster.listen-address=",
        )
        within(30, lambda: answers(f"http://{self._alertmanager}/-/ready"))

    def close(self):
        for program in [*self._processes]:
            self._end(program)

    def _start(self, program, *words):
        with (self._folder / f"{program}.log").open("ab") as log:
            self._processes[program] = subprocess.Popen([program, *words], stdout=log, stderr=log)

    def _end(self, program):
        process = self._processes.pop(program)
        process.kill()
        process.wait()

    def _write(self):
        rules = [{"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}}]
        rules += [
            {
                "alert": name,
                "expr": f'max by (namespace, pod) (burning{{what="{name}"}}) == 1',
                "for": pends,
                "labels": {"severity": severity},
            }
            for name, (severity, pends) in RULES.items()
        ]
        config = {
            "global": {
                "scrape_interval": "300ms",
                "evaluation_interval": "300ms",
                "external_labels": EXTERNAL,
            },
            "rule_files": [str(self._folder / "rules.yml")],
            "scrape_configs": [
                {"job_name": "apps", "static_configs": [{"targets": [self._exporter.address]}]},
            ],
        }
        for name, content in {
            "prometheus.yml": config,
            "rules.yml": {"groups": [{"name": "apps", "rules": rules}]},
            "alertmanager.yml": {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]},
        }.items():
            (self._folder / name).write_text(json.dumps(content))

    # --- what it sees -----------------------------------------------------------------------------------

    def _burn(self, alert, value, labels):
        self._exporter.values["burning", tuple(sorted({"what": alert, **labels}.items()))] = value

    def _await(self, alert, state, labels):
        within(20, lambda: self._found(alert, state, labels))

    def _found(self, alert, state, labels):
        return self._said(_selector("ALERTS", {"alertname": alert, "alertstate": state, **labels}))

    def _is(self, selector, value):
        found = [float(each["value"][1]) for each in self._said(selector)]
        return not found if value is None else repr(float(value)) in map(repr, found)

    def _said(self, query):
        told = requests.get(f"{self.url}/api/v1/query", params={"query": query}, timeout=5).json()
        return told["data"]["result"]


class _Exporter(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Metrics)
        self.values = {}
        self.address = f"127.0.0.1:{self.server_port}"


class _Metrics(BaseHTTPRequestHandler):
    def do_GET(self):
        lines = [
            f"{_selector(metric, dict(labels))} {value}\n"
            for (metric, labels), value in [*self.server.values.items()]
            if value is not None
        ]
        body = "".join(lines).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


@contextmanager
def debians(folder):
    exporter = _Exporter()
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    with ExitStack() as stack:
        stack.callback(exporter.server_close)
        stack.callback(exporter.shutdown)
        made = Debians(folder, exporter)
        stack.callback(made.close)
        made.start_prometheus()
        made.start_alertmanager()
        yield made


def _selector(name, labels):
    return f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in labels.items())}}}"
