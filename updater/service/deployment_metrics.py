"""What is counted of deployments: when they were synced, what was found after them, what went back.

What was there before this process began has been counted by another.
"""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

from updater.model import Placement, PushVerdicts, Report

_SYNCS = (1, 2.5, 5, 10, 30, 60, 120, 180, 300, 600, 1800)
"""Argo CD looks by itself every three minutes."""


class DeploymentMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._synced = Histogram(
            "updater_bump_to_sync_seconds",
            "From the commit of a bump until Argo CD has deployed it.",
            ["environment"],
            buckets=_SYNCS,
            registry=registry,
        )
        self._verified = Counter(
            "updater_verifications",
            "Deployments that were verified, by what was found: `verified`, `failed`, `cut` by a newer one, "
            "`unknown`.",
            ["environment", "result"],
            registry=registry,
        )
        self._rollbacks = Counter(
            "updater_rollbacks",
            "Steps back, by whom: `human`, or `verify` after a failed verification.",
            ["environment", "by"],
            registry=registry,
        )
        self._first: datetime | None = None
        self._seen: dict[Placement, tuple[str, datetime]] = {}
        self._went_back: set[tuple[Placement, str]] = set()
        """By the commit that did it."""

    def record(self, report: Report) -> None:
        """Count one pass."""
        self._first = self._first or report.started
        self._observe_syncs(report, self._first)
        self._count_verdicts(report)
        self._count_rollbacks(report, self._first)

    def forget(self, environment: str) -> None:
        for metric in (self._synced, self._verified, self._rollbacks):
            metric.remove_by_labels({"environment": environment})
        self._seen = {key: bump for key, bump in self._seen.items() if key.environment != environment}
        self._went_back = {each for each in self._went_back if each[0].environment != environment}

    def _observe_syncs(self, report: Report, first: datetime) -> None:
        """Each once."""
        for placement, deployed in report.deployed.items():
            bump = (deployed.tag, deployed.bumped)
            if deployed.at is None or deployed.bumped < first or self._seen.get(placement) == bump:
                continue
            self._seen[placement] = bump
            seconds = (deployed.at - deployed.bumped).total_seconds()
            self._synced.labels(placement.environment).observe(max(seconds, 0.0))

    def _count_verdicts(self, report: Report) -> None:
        """Whoever writes one counts it: it is written once."""
        written = (
            each.step
            for each in report.outcomes
            if each.error is None and isinstance(each.step, PushVerdicts)
        )
        for verdict in (verdict for step in written for verdict in step.verdicts):
            self._verified.labels(verdict.placement.environment, verdict.result).inc()

    def _count_rollbacks(self, report: Report, first: datetime) -> None:
        for placement, steps in report.steps_back.items():
            for step in steps:
                if step.at >= first and (placement, step.commit) not in self._went_back:
                    self._went_back.add((placement, step.commit))
                    by = step.rollback.by.partition(":")[0]
                    self._rollbacks.labels(placement.environment, by).inc()
