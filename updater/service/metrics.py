"""What is counted of passes, for Prometheus. Labels are bounded by the config."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from threading import RLock
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from updater.engine import Outage
from updater.model import CONDITIONS, Hold, OpenPullRequest, Outcome, Promote, PushBase, Report
from updater.service.deployment_metrics import DeploymentMetrics


class Described(NamedTuple):
    """One metric, as the documentation tells it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


class Metrics:
    """One set of metrics; a registry of its own, so that tests and reloads start at zero."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._lock = RLock()
        """Passes over several repositories end side by side, and each looks at what the others have shown."""
        self._passes = self._counter("passes", "Passes finished.", "repository", "result")
        self._seconds = Histogram(
            "updater_pass_seconds", "How long a pass took.", ["repository"], registry=self.registry
        )
        self._last = self._gauge(
            "last_success_timestamp_seconds", "When a whole pass last succeeded.", "repository"
        )
        self._pins = self._gauge("pins", "Apps by environment and state.", "environment", "state", "reason")
        self._conditions = self._gauge(
            "conditions",
            "Apps of whose running tag that is true.",
            "environment",
            "condition",
        )
        self._promotions = self._counter(
            "promotions", "Bumps pushed and proposed.", "environment", "delivery"
        )
        self._stages = Histogram(
            "updater_stage_seconds", "How long each stage of a pass took.", ["stage"], registry=self.registry
        )
        self._unread = self._counter(
            "readings_failed", "Readings that failed, by port; one outage counts once in a pass.", "port"
        )
        self._races = self._counter("lost_races", "How often somebody else pushed first.", "repository")
        self._open = self._gauge("proposals_open", "Open pull requests of ours.", "environment")
        self._oldest = self._gauge(
            "oldest_proposal_timestamp_seconds",
            "When the oldest open pull request of ours was opened; absent where none is open.",
            "environment",
        )
        self._bump = Histogram(
            "updater_image_to_bump_seconds",
            "From the build time in a tag to the push of its bump.",
            registry=self.registry,
            buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400),
        )
        self._requests = self._counter("requests", "Requests answered, by host and code.", "host", "code")
        self._webhooks = self._counter(
            "webhooks", "Deliveries, by source and what became of them.", "source", "result"
        )
        self._budget = self._gauge(
            "budget_remaining", "Requests a host still allows, as it said; of several Apps, all.", "host"
        )
        self._app_budget = self._gauge(
            "app_budget_remaining", "Requests a host still allows each of several Apps.", "host", "app_id"
        )
        self._app_budgets: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """By host and App."""
        self._writes = self._gauge(
            "writes_remaining",
            "Writes that limits.writes_per_hour still allows, after the last pass; of several Apps, each.",
            "host",
            "app_id",
        )
        self._outage = self._gauge(
            "outage_timestamp_seconds",
            "Since when no pass begins here, for want of the database; 0 while passes begin.",
        )
        self._config = self._gauge("config_valid", "1 while the config that was last read is valid.")
        self._proposals: dict[str, dict[str, int]] = {}
        self._opened: dict[str, dict[str, datetime]] = {}
        """When the oldest open one was, by repository and environment."""
        self._deployments = DeploymentMetrics(self.registry)
        self._running: dict[str, dict[tuple[str, str], int]] = {}
        """Conditions, by repository."""
        self._counted: dict[str, set[tuple[str, str, str]]] = {}
        self._environments: dict[str, set[str]] = {}
        """By repository."""

    def config(self, *, valid: bool) -> None:
        """One that is taken over may name other hosts and Apps: what the old ones had left is forgotten."""
        self._config.set(int(valid))
        if valid:
            self._app_budgets.clear()
            for gauge in (self._budget, self._app_budget, self._writes):
                gauge.clear()

    def outage(self, outage: Outage | None) -> None:
        """No pass begins here, or one can again."""
        self._outage.set(outage.since.timestamp() if outage else 0)

    def request(self, host: str, code: int) -> None:
        self._requests.labels(host, str(code)).inc()

    def webhook(self, source: str, result: str) -> None:
        self._webhooks.labels(source, result).inc()

    def budget(self, host: str, left: int, /, *, app_id: str = "") -> None:
        """`app_id` where several Apps ask there: each has a budget of its own."""
        self._app_budgets[host][app_id] = left
        self._budget.labels(host).set(sum(self._app_budgets[host].values()))
        if app_id:
            self._app_budget.labels(host, app_id).set(left)

    def writes_left(self, left: Mapping[tuple[str, str], int]) -> None:
        """By host and, of several, by App."""
        for whose, count in left.items():
            self._writes.labels(*whose).set(count)

    def record(self, report: Report) -> None:
        """Count one pass of this process, and show what it found."""
        with self._lock:
            self._record(report)

    def _record(self, report: Report) -> None:
        self._passes.labels(report.repository, "failed" if report.failed else "ok").inc()
        self._seconds.labels(report.repository).observe((report.finished - report.started).total_seconds())
        self._races.labels(report.repository).inc(report.races)
        for reading in report.unreadable:
            self._unread.labels(reading.port or "repository").inc()
        for stage, seconds in report.stages.items():
            self._stages.labels(stage).observe(seconds)
        for outcome in report.outcomes:
            self._count(outcome, report.finished)
        self._deployments.record(report)
        self.show(report)

    def show(self, report: Report) -> None:
        """How things stand after a pass, whichever process has made it: the same in all of them."""
        with self._lock:
            self._show(report)

    def _show(self, report: Report) -> None:
        if not report.failed and report.narrowed is None:  # a poll that stands still must be seen
            self._last.labels(report.repository).set(report.finished.timestamp())
        self._show_pins(report)
        self._show_conditions(report)
        self._show_proposals(report)
        self._forget_environments(report)

    def _forget_environments(self, report: Report) -> None:
        """Of a preview that is gone no series stays: there would be more and more of them."""
        before = self._environments.get(report.repository, set())
        self._environments[report.repository] = {each.placement.environment for each in report.decisions}
        for name in before.difference(*self._environments.values()):
            self._forget(name)

    def _forget(self, environment: str) -> None:
        gauges = (self._pins, self._conditions, self._open, self._oldest)
        self._deployments.forget(environment)
        for metric in (*gauges, self._promotions):
            metric.remove_by_labels({"environment": environment})
        for opened in self._opened.values():
            opened.pop(environment, None)
        for shown in self._proposals.values():
            shown.pop(environment, None)
        for counted in self._counted.values():
            counted -= {labels for labels in counted if labels[0] == environment}
        for name, running in self._running.items():
            self._running[name] = {key: count for key, count in running.items() if key[0] != environment}

    def _count(self, outcome: Outcome, now: datetime) -> None:
        if outcome.error is not None:
            return
        if isinstance(outcome.step, PushBase):
            drafts = (each for each in outcome.step.update.drafts if each.rollback is None)
            for draft in drafts:
                self._promotions.labels(draft.placement.environment, "push").inc()
                if draft.built is not None:
                    self._bump.observe(max(0.0, (now - draft.built).total_seconds()))
        elif isinstance(outcome.step, OpenPullRequest) and outcome.step.rollback is None:
            self._promotions.labels(outcome.step.placement.environment, "pull-request").inc()

    def _show_pins(self, report: Report) -> None:
        tally: Tally[tuple[str, str, str]] = Tally()
        for decision in report.decisions:
            tally[_state(decision)] += 1
        for labels in self._counted.get(report.repository, set()) - tally.keys():
            self._pins.labels(*labels).set(0)
        for labels, count in tally.items():
            self._pins.labels(*labels).set(count)
        self._counted[report.repository] = set(tally)

    def _show_conditions(self, report: Report) -> None:
        """Zero where nothing is, so that an alert can tell it from silence."""
        apps = {(each.placement, each.kind.code) for each in report.conditions}
        tally = Tally((placement.environment, code) for placement, code in apps)
        names = {decision.placement.environment for decision in report.decisions}
        for labels in ((name, kind.code) for name in names for kind in CONDITIONS):
            self._running.setdefault(report.repository, {})[labels] = tally[labels]
            self._conditions.labels(*labels).set(sum(of.get(labels, 0) for of in self._running.values()))

    def _show_proposals(self, report: Report) -> None:
        if report.base is None:
            return  # nobody could look: what was known stays
        tally = Tally(placement.environment for placement, shown in report.proposals.items() for _ in shown)
        mine = {decision.placement.environment for decision in report.decisions}
        self._proposals[report.repository] = {name: tally[name] for name in mine}
        for name in mine:
            total = sum(of.get(name, 0) for of in self._proposals.values())
            self._open.labels(name).set(total)
        self._show_oldest(report, mine)

    def _show_oldest(self, report: Report, environments: Collection[str]) -> None:
        """An instant, and no age: an age would stand still where passes do."""
        opened: dict[str, datetime] = {}
        for placement, shown in report.proposals.items():
            for at in (proposal.pull_request.created for proposal in shown):
                if at is not None:
                    opened[placement.environment] = min(at, opened.get(placement.environment, at))
        self._opened[report.repository] = opened
        for name in environments:
            every = [of[name] for of in self._opened.values() if name in of]
            if every:
                self._oldest.labels(name).set(min(every).timestamp())
            else:
                with suppress(KeyError):
                    self._oldest.remove(name)

    def collectors(self) -> Iterator[Described]:
        """For the page of the documentation, by name."""
        found = {metric.name: metric for metric in self.registry.collect()}
        for name in sorted(found):
            collector = self.registry._names_to_collectors[name]  # noqa: SLF001 - labels are told nowhere else
            labels: tuple[str, ...] = getattr(collector, "_labelnames", ())
            yield Described(name, found[name].type, labels, found[name].documentation)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"updater_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"updater_{name}", text, labels, registry=self.registry)


def _state(decision: Promote | Hold) -> tuple[str, str, str]:
    environment = decision.placement.environment
    return (
        (environment, "promote", "")
        if isinstance(decision, Promote)
        else (environment, "hold", decision.reasons[0].code)
    )
