"""What is asked of Prometheus about an app in an environment, and what it answers. Pure values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

from updater.value_class import value_class

GAP = timedelta(minutes=5)
"""So long monitoring may be silent, by its heartbeat; beyond that nobody has watched."""


@value_class
class AlertMatch:
    """Which alerts are about an app."""

    template: str
    """Label matchers of PromQL, without braces: `namespace="prod", pod=~"{app}-.*"`; only `{app}` is still to
    be filled in, escaped, so that one query can ask for many apps."""
    app: str
    severity: tuple[str, ...] = ()
    """None: any."""
    rules: tuple[str, ...] = ()
    """The names of the alerts that count; none: any."""


@value_class
class TrafficNeeded:
    """How much there must be to measure anything by."""

    query: str
    """Filled in, but for `{span}`."""
    least: float
    of: str = "requests"
    """What it counts, in a word."""


@value_class
class Metric:
    """One named query about an app, and its limits."""

    name: str
    query: str
    """Filled in."""
    max: float | None = None
    min: float | None = None
    worse_than_before: float | None = None
    """By which factor it may be worse than over the same length before the sync."""
    failures: int = 1
    """So many samples outside the limits are a failure."""
    needs: TrafficNeeded | None = None
    dry_run: bool = False
    """It only tells."""
    unit: str | None = None
    """Behind its numbers; `percent` shows a ratio as such. None: by what it looks like."""


@value_class
class Watched:
    """How to learn from Prometheus how an app does in an environment."""

    cluster: str | None = None
    """Whose Prometheus is asked; None: the one for all the others."""
    alerts: AlertMatch | None = None
    metrics: tuple[Metric, ...] = ()
    heartbeat: str | None = None
    """The name of an alert that always fires: while its series is there, monitoring works."""
    arrived: str | None = None
    """A query that answers something once a tag runs; `{tag}` is still to be filled in."""
    page: str | None = None
    """Where people see its graphs: the address of its web page."""


@value_class
class AlertsOf:
    """Which alerts about it have fired in that time, by raw samples? Answer: a tuple of FiredAlert."""

    cluster: str | None
    match: AlertMatch
    since: datetime
    until: datetime


@value_class
class RulesOf:
    """Which alerting rules are loaded? Answer: LoadedRules."""

    cluster: str | None


@value_class
class GapsOf:
    """When was nobody watching, by the heartbeat? Answer: a tuple of Gap, each longer than GAP."""

    cluster: str | None
    heartbeat: str
    since: datetime
    until: datetime


@value_class
class SamplesOf:
    """What has this query said in that time? Answer: a tuple of Sample, oldest first, a minute or more apart.

    NaN is left out. Unreadable where it answers several series, or does not parse.
    """

    cluster: str | None
    query: str
    since: datetime
    until: datetime


@value_class
class ArrivalOf:
    """When did this query first answer something in that time? Answer: a datetime, or None: not yet."""

    cluster: str | None
    query: str
    since: datetime
    until: datetime


MonitoringQuestion: TypeAlias = AlertsOf | RulesOf | GapsOf | SamplesOf | ArrivalOf


PASSING = frozenset({"pod", "instance", "container", "uid"})
"""Labels that a rollout changes: whether an alert was there before is asked without them."""


@value_class
class FiredAlert:
    name: str
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted; without its name and its state."""
    since: datetime | None = None
    """When it became pending, or fired; None: that is not known."""
    firing: bool = False
    """It fires at the end of the time that was asked about."""
    until: datetime | None = None
    """When it was last seen firing in that time; None: that is not known."""
    before: bool = False
    """It was pending or fired already when that time began: the same name, and the same labels but for pod,
    instance, container and uid."""
    silenced: str | None = None
    """By whom and why somebody has silenced it; None: nobody has."""

    @property
    def lasting(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What is the same after a rollout."""
        return self.name, tuple(pair for pair in self.labels if pair[0] not in PASSING)


@value_class
class LoadedRules:
    names: frozenset[str]


@value_class
class Gap:
    since: datetime
    until: datetime


@value_class
class Sample:
    at: datetime
    value: float


MonitoringAnswer: TypeAlias = (
    tuple[FiredAlert, ...] | LoadedRules | tuple[Gap, ...] | tuple[Sample, ...] | datetime | None
)
