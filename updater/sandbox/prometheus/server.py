"""To serve series and rules over the API of Prometheus; verbs are what happens to what it watches. I/O."""

from __future__ import annotations

from math import floor
from threading import RLock
from typing import Any

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.prometheus.evaluation import NotExecuted, raw, vector
from updater.sandbox.prometheus.promql import Expression, NotRead, Range, parse
from updater.sandbox.prometheus.series import Database, Gap, Labels
from updater.sandbox.server import Clock, Server, utc_now

HEARTBEAT = "Watchdog"
_LONGEST = 16 * 1024
"""Bytes of a query, as VictoriaMetrics has it."""
_MOST_POINTS = 11_000
_LONG_AGO = 30 * 86400.0


class Prometheus(Server):
    """Verbs happen now, by the clock; samples are there every fifteen seconds.

    It has watched for thirty days, and its heartbeat has fired since.
    """

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.token: str | None = None
        """What everybody has to show; None: nobody is asked."""
        self.external_labels: dict[str, str] = {}
        """What it gives alerts on the way to Alertmanager."""
        self._database = Database()
        self._rules: dict[str, dict[str, str]] = {}
        self._pending: dict[tuple[tuple[str, str], ...], float] = {}
        self._down: float | None = None
        self._away = False
        self._lock = RLock()
        self.load(HEARTBEAT, severity="none")
        self.fire(HEARTBEAT, ago=_LONG_AGO)

    # --- verbs ------------------------------------------------------------------------------------------

    def load(self, rule: str, **labels: str) -> None:
        """A rule of that name, whose alerts have these labels beside their own."""
        self._rules[rule] = labels

    def unload(self, rule: str) -> None:
        """The rule is gone, and whatever it told of with it."""
        with self._lock:
            self._rules.pop(rule, None)
            for series in self._database.all():
                if series.labels.get("alertname") == rule:
                    series.turn(self._now(), None)

    def pend(self, alert: str, *, ago: float = 0, **labels: str) -> None:
        """Its expression is true, and not for long enough."""
        with self._lock:
            self._alert(alert, "pending", ago, labels)

    def fire(self, alert: str, *, ago: float = 0, **labels: str) -> None:
        """`ago`: that it has done so for so many seconds."""
        with self._lock:
            self._alert(alert, "firing", ago, labels)

    def resolve(self, alert: str, **labels: str) -> None:
        with self._lock:
            for state in ("pending", "firing"):
                self._database.series(self._labels(alert, state, labels)).turn(self._now(), None)
            own = self._labels(alert, None, labels)
            self._database.series(own).turn(self._now(), None)
            self._pending.pop(_key(own), None)

    def set(self, metric: str, value: float | None, *, ago: float = 0, **labels: str) -> None:
        """From now on the series has that value; None: it is gone."""
        with self._lock:
            self._database.series({"__name__": metric, **labels}).turn(self._now() - ago, value)

    def crash(self) -> None:
        """From now on it neither answers nor watches; what it knew it will still know."""
        self._down = self._now()

    def restart(self) -> None:
        """It watches again, and has a gap from when it crashed."""
        with self._lock:
            if self._down is not None:
                self._database.gaps.append(Gap(self._down, self._now()))
            self._down = None

    def go_away(self) -> None:
        """It watches on, and nobody reaches it."""
        self._away = True

    def come_back(self) -> None:
        self._away = False

    def forget(self) -> None:
        """All that was before now, as after the loss of its disk."""
        with self._lock:
            for series in self._database.all():
                series.forget(self._now())

    # --- answers ----------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        if self._away or self._down is not None:
            return Answer(502, cut="whole")
        if self.token is not None and request.bearer() != self.token:
            return Answer(401, b"Unauthorized\n", "text/plain; charset=utf-8")
        with self._lock:
            return self._told(request)

    def _told(self, request: Request) -> Answer:
        given = {**{name: values[-1] for name, values in request.form().items()}, **request.query}
        match request.path:
            case "/api/v1/query":
                return self._query(lambda at: self._instant(given, at), given)
            case "/api/v1/query_range":
                return self._query(lambda _at: self._range(given), given)
            case "/api/v1/rules":
                return _success({"groups": [self._group()] if self._rules else []})
            case "/api/v1/status/buildinfo":
                return _success(
                    {"version": "2.42.0", "revision": "", "branch": "HEAD", "goVersion": "go1.19"}
                )
            case "/api/v1/status/config":
                return _success({"yaml": self._config()})
        return Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")

    def _query(self, answered: Any, given: dict[str, str]) -> Answer:  # noqa: ANN401 - a function
        if len(given.get("query", "").encode()) > _LONGEST:
            return _error(400, "bad_data", "too long query")
        try:
            return _success(answered(float(given.get("time", self._now()))))
        except NotRead as error:
            return _error(400, "bad_data", str(error))
        except NotExecuted as error:
            return _error(422, "execution", str(error))

    def _instant(self, given: dict[str, str], at: float) -> dict[str, Any]:
        wanted = parse(given.get("query", ""))
        if isinstance(wanted, Range):
            told = raw(self._database, wanted, at)
            return _matrix([(labels, points) for labels, points in told])
        if isinstance(wanted, float):
            return {"resultType": "scalar", "result": [at, _number(wanted)]}
        found = vector(self._database, wanted, at)
        result = [{"metric": dict(key), "value": [at, _number(value)]} for key, value in found.items()]
        return {"resultType": "vector", "result": result}

    def _range(self, given: dict[str, str]) -> dict[str, Any]:
        wanted = parse(given.get("query", ""))
        start, end, step = (float(given[name]) for name in ("start", "end", "step"))
        if isinstance(wanted, Range):
            said = 'invalid expression type "range vector" for range query, must be Scalar or instant Vector'
            raise NotRead(said)
        if (end - start) / step > _MOST_POINTS:
            raise NotRead("exceeded maximum resolution of 11,000 points per timeseries.")
        points: dict[Any, list[tuple[float, float]]] = {}
        for number in range(int((end - start) / step) + 1):
            at = start + number * step
            for key, value in self._at(wanted, at).items():
                points.setdefault(key, []).append((at, value))
        return _matrix([(dict(key), each) for key, each in points.items()])

    def _at(self, wanted: Expression, at: float) -> Any:  # noqa: ANN401 - a vector
        return {(): wanted} if isinstance(wanted, float) else vector(self._database, wanted, at)

    def _group(self) -> dict[str, Any]:
        rules = [
            {"name": name, "query": "vector(1)", "labels": labels, "alerts": [], "type": "alerting"}
            for name, labels in self._rules.items()
        ]
        return {"name": "sandbox", "file": "/etc/rules.yml", "rules": rules, "interval": 15}

    def _config(self) -> str:
        labels = "".join(f"    {name}: {value}\n" for name, value in self.external_labels.items())
        return "global:\n  scrape_interval: 15s\n" + (f"  external_labels:\n{labels}" if labels else "")

    # --- alerts -----------------------------------------------------------------------------------------

    def _alert(self, alert: str, state: str, ago: float, labels: Labels) -> None:
        at, own = self._now() - ago, self._labels(alert, None, labels)
        began = self._pending.setdefault(_key(own), at)
        for each in ("pending", "firing"):
            wanted = 1.0 if each == state else None
            self._database.series(self._labels(alert, each, labels)).turn(at, wanted)
        self._database.series(own).turn(at, floor(began))  # in whole seconds, as the real one tells it

    def _labels(self, alert: str, state: str | None, labels: Labels) -> dict[str, str]:
        name = {"__name__": "ALERTS", "alertstate": state} if state else {"__name__": "ALERTS_FOR_STATE"}
        return {**name, "alertname": alert, **self._rules.get(alert, {}), **labels}

    def _now(self) -> float:
        """In whole milliseconds, as all that it keeps and tells."""
        return floor(self.clock().timestamp() * 1000) / 1000


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _matrix(found: list[tuple[Labels, list[tuple[float, float]]]]) -> dict[str, Any]:
    result = [
        {"metric": dict(labels), "values": [[at, _number(value)] for at, value in points]}
        for labels, points in found
    ]
    return {"resultType": "matrix", "result": result}


def _number(value: float) -> str:
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(repr(value), f"{value:.15g}")


def _success(data: object) -> Answer:
    return answer_json({"status": "success", "data": data})


def _error(status: int, kind: str, said: str) -> Answer:
    return answer_json({"status": "error", "errorType": kind, "error": said}, status)
