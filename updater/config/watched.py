"""To resolve how an app is watched in an environment, and whether its gates can go by that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from updater.config.layers import Layers
from updater.config.policies import Policy
from updater.config.prometheus import Prometheus, prometheus_of
from updater.config.watching import AlertSettings, alert_match, arrival_query, metric
from updater.gates.metrics import MetricLimits
from updater.gates.soak import Soak
from updater.model import AlertMatch, Placement, Watched
from updater.strict_yaml.faults import Faults, unknown_word
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class

T = TypeVar("T")
_KEYS = ("alerts", "heartbeat", "arrived")


@value_class
class WatchBuilder:
    prometheuses: Mapping[str | None, Prometheus]
    faults: Faults

    def watched(self, placement: Placement, layers: Layers) -> Watched | None:
        """None where nothing is said of it, or there is no Prometheus to ask, which is a fault."""
        metrics = layers.metrics()
        first = _first_written(layers)
        if first is None:
            return None
        named = layers.get("cluster")
        try:
            cluster = prometheus_of(placement.environment, named, self.prometheuses)
        except ValueError as error:
            self.faults.add(first.fault(str(error)))
            return None
        found = (
            self._read(at.child("query"), partial(metric, name, said, placement, named))
            for name, (said, at) in metrics.items()
        )
        known = self.prometheuses[cluster]
        return Watched(
            cluster=cluster,
            alerts=self._one(layers, ("alerts", "match"), partial(_alerts, placement, named)),
            metrics=tuple(each for each in found if each is not None),
            heartbeat=layers.get("heartbeat"),
            arrived=self._one(layers, ("arrived",), partial(_arrived, placement, named)),
            page=str(known.page or known.server),
        )

    def _one(self, layers: Layers, keys: tuple[str, ...], read: Callable[[Any], T]) -> T | None:
        said, at = layers.found(keys[0])
        return None if said is None else self._read(at.child(*keys[1:]), partial(read, said))

    def _read(self, at: SourceLocation, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            self.faults.add(at.fault(str(error)))
            return None


def _first_written(layers: Layers) -> SourceLocation | None:
    metrics = layers.metrics()
    if metrics:
        return next(at for _, at in metrics.values())
    return next((at for value, at in map(layers.found, _KEYS) if value is not None), None)


def faults_of_gates(policy: Policy, before: Mapping[str, Policy]) -> Iterator[tuple[str, str]]:
    """Which gate asks what a predecessor says nothing of, and a sentence. `before` is by environment."""
    alerts, metrics, soak = (policy.gates.get(name) for name in ("alerts", "metrics", "soak"))
    watched = {name: other.watched or Watched() for name, other in before.items()}
    for name, known in watched.items():
        if alerts is not None and known.alerts is None:
            yield "alerts", _UNKNOWN_ALERTS.format(name)
        if isinstance(soak, Soak) and soak.counts == "quiet" and known.alerts is None:
            yield "soak", f"counts: quiet goes by alerts: {_UNKNOWN_ALERTS.format(name)}"
        defined = [each.name for each in known.metrics]
        for asked in metrics.names if isinstance(metrics, MetricLimits) else ():
            if asked not in defined:
                yield "metrics", f"of {name}: {unknown_word('metric', asked, defined)}"
    if alerts is not None and not before and (policy.watched is None or policy.watched.alerts is None):
        yield "alerts", _UNKNOWN_ALERTS.format(policy.placement.environment)


_UNKNOWN_ALERTS = "{} does not say which alerts are about an app: write alerts: {{match: …}} there"


def _alerts(placement: Placement, cluster: str | None, said: AlertSettings) -> AlertMatch:
    return alert_match(said, placement, cluster)


def _arrived(placement: Placement, cluster: str | None, query: str) -> str:
    return arrival_query(query, placement, cluster)
