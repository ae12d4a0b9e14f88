"""What runs, and who watches it, in memory: syncs, alerts that fire, error rates, monitoring that is away.

What happens are verbs of `Monitoring`; what an updater may ask of it goes through `MonitoringPort`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from properties.ports import Ports

from updater.errors import Unavailable
from updater.model import (
    AlertsOf,
    ArrivalOf,
    FiredAlert,
    Gap,
    GapsOf,
    LoadedRules,
    Placement,
    RulesOf,
    Sample,
    SamplesOf,
)
from updater.reasons import Reason

GAP = timedelta(minutes=5)
HEARTBEAT = "Watchdog"
RULE = "AppDown"
MATCH = 'environment="{environment}", app="{app}"'
ERRORS = 'errors{environment="{environment}", app="{app}"}'
ARRIVED = 'up{environment="{environment}", app="{app}", tag="{tag}"}'
MOST = 0.05
"""Errors beyond which a deployment has failed."""
_LABEL = re.compile(r'(\w+)=~?"((?:[^"\\]|\\.)*)"')


@dataclass
class Fire:
    placement: Placement
    since: datetime
    until: datetime | None = None
    name: str = RULE
    severity: str = "critical"

    def burns(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass
class Monitoring:
    fires: list[Fire] = field(default_factory=list)
    errors: dict[Placement, list[tuple[datetime, float]]] = field(default_factory=dict)
    """Since when so many requests fail; none before."""
    ran: dict[Placement, list[tuple[datetime, tuple[str | None, ...]]]] = field(default_factory=dict)
    """What each pin's image was since then, as the clusters have it."""
    blind: list[tuple[str | None, datetime, datetime | None]] = field(default_factory=list)
    """When nobody watched: of that cluster, or (None) of all."""
    away: set[str | None] = field(default_factory=set)
    """Clusters whose Prometheus answers nothing now; None: that of all the others."""
    rules: frozenset[str] = frozenset({RULE, HEARTBEAT})

    # --- what happens -----------------------------------------------------------------------------------

    def syncs(self, placement: Placement, tags: tuple[str | None, ...], now: datetime) -> None:
        """The cluster runs what Git says."""
        known = self.ran.setdefault(placement, [])
        if not known or known[-1][1] != tags:
            known.append((now, tags))

    def fire(self, placement: Placement, now: datetime, name: str = RULE) -> None:
        if not any(one.burns(now) and (one.placement, one.name) == (placement, name) for one in self.fires):
            self.fires.append(Fire(placement, now, name=name))

    def resolve(self, placement: Placement, now: datetime) -> None:
        for one in self.fires:
            if one.placement == placement and one.burns(now):
                one.until = now

    def fail_requests(self, placement: Placement, share: float, now: datetime) -> None:
        self.errors.setdefault(placement, []).append((now, share))

    def stop_watching(self, now: datetime, cluster: str | None = None) -> None:
        self.blind.append((cluster, now, None))

    def watch_again(self, now: datetime) -> None:
        self.blind = [(cluster, since, until or now) for cluster, since, until in self.blind]

    # --- what was so ------------------------------------------------------------------------------------

    def outages(self, cluster: str | None, since: datetime, until: datetime) -> list[Gap]:
        """What nobody saw of that time."""
        mine = [(start, end or until) for of, start, end in self.blind if of in {None, cluster}]
        cut = [(max(since, start), min(until, end)) for start, end in mine]
        return [Gap(start, end) for start, end in cut if start < end]

    def visible(
        self, cluster: str | None, since: datetime, until: datetime
    ) -> list[tuple[datetime, datetime]]:
        """What somebody saw of that time, in order; both ends belong to it."""
        found = [(since, until)] if since <= until else []
        for gap in self.outages(cluster, since, until):
            pieces = [(a, min(b, gap.since)) for a, b in found] + [(max(a, gap.until), b) for a, b in found]
            found = sorted({(a, b) for a, b in pieces if a < b or (a == b and self.seen(cluster, a))})
        return found

    def seen(self, cluster: str | None, at: datetime) -> bool:
        """Somebody watched at that instant."""
        spans = ((since, until) for of, since, until in self.blind if of in {None, cluster})
        return not any(since <= at and (until is None or at < until) for since, until in spans)

    def errors_at(self, placement: Placement, at: datetime) -> float:
        told = [share for since, share in self.errors.get(placement, ()) if since <= at]
        return told[-1] if told else 0.0

    def burned(
        self, one: Fire, cluster: str | None, since: datetime, until: datetime
    ) -> list[tuple[datetime, datetime]]:
        """When of that time it was seen to burn."""
        end = until if one.until is None else min(one.until, until)
        shown = self.visible(cluster, max(one.since, since), end)
        return [(start, stop) for start, stop in shown if start < stop or one.burns(start)]

    # --- questions --------------------------------------------------------------------------------------

    def answer(self, question):
        if question.cluster in self.away:
            raise Unavailable("prometheus does not answer", reason=_AWAY)
        match question:
            case AlertsOf():
                return tuple(self._fired(question))
            case RulesOf():
                return LoadedRules(self.rules)
            case GapsOf(cluster, _, since, until):
                gaps = self.outages(cluster, since, until)
                return tuple(gap for gap in gaps if gap.until - gap.since > GAP)
            case SamplesOf(cluster, query, since, until):
                placement = _placement(query)
                return tuple(self._samples(cluster, placement, since, until))
            case ArrivalOf(cluster, query, since, until):
                return self._arrival(cluster, query, since, until)
        raise AssertionError(question)

    def _fired(self, question):
        match, since, until = question.match, question.since, question.until
        assert "{app}" in match.template, match
        where = _placement(match.template.replace("{app}", match.app))
        for one in self.fires:
            counts = one.severity in (match.severity or (one.severity,)) and one.name in (
                match.rules or (one.name,)
            )
            shown = self.burned(one, question.cluster, since, until)
            if one.placement == where and counts and shown:
                labels = (("app", where.app), ("environment", where.environment), ("severity", one.severity))
                yield FiredAlert(
                    one.name,
                    labels,
                    since=one.since,
                    firing=one.burns(until) and shown[-1][1] == until,
                    until=shown[-1][1],
                    before=one.since <= since,
                )

    def _samples(self, cluster, placement, since, until):
        """Few are enough: at the ends of what was seen, and where it changed."""
        changes = [at for at, _ in self.errors.get(placement, ())]
        for start, end in self.visible(cluster, since, until):
            for at in sorted({start, end, *(at for at in changes if start <= at <= end)}):
                yield Sample(at, self.errors_at(placement, at))

    def _arrival(self, cluster, query, since, until):
        placement, tag = _placement(query), dict(_LABEL.findall(query))["tag"]
        told = self.ran.get(placement, [])
        for number, (start, tags) in enumerate(told):
            end = told[number + 1][0] if number + 1 < len(told) else until
            shown = self.visible(cluster, max(start, since), min(end, until))
            if set(tags) == {tag} and shown:
                return shown[0][0]
        return None


_AWAY = Reason("monitoring_away", "reading", "of a test")


def _placement(query: str) -> Placement:
    said: Mapping[str, str] = dict(_LABEL.findall(query))
    return Placement(said["environment"], said["app"])


@dataclass
class MonitoringPort:
    ports: Ports
    monitoring: Monitoring

    def ask(self, questions):
        return {question: self._told(question) for question in questions}

    def _told(self, question):
        assert question.__class__ is RulesOf or question.cluster is None or isinstance(question.cluster, str)
        try:
            self.ports.fails("monitoring")
            return self.monitoring.answer(question)
        except Unavailable as error:
            return error
