"""To answer what is asked of Prometheus, in as few requests as can be. I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from updater.adapters.prometheus import alerts, samples
from updater.adapters.prometheus.answers import read_alert_rules, read_version
from updater.adapters.prometheus.batches import QueryBatches
from updater.adapters.prometheus.http_client import MonitoringClient
from updater.adapters.prometheus.silences import Silences
from updater.errors import UpdaterError
from updater.model import (
    AlertsOf,
    ArrivalOf,
    FiredAlert,
    GapsOf,
    LoadedRules,
    MonitoringAnswer,
    MonitoringQuestion,
    RulesOf,
    SamplesOf,
)
from updater.printable import excerpt

SECONDS = 60
"""For all that is asked at once."""
_LONGEST = 200
"""Characters of a label."""

T = TypeVar("T")


class PrometheusClient:
    """One for the life of the process, for any number of threads."""

    def __init__(self, door: MonitoringClient, alertmanager: MonitoringClient | None = None) -> None:
        self._door, self._alertmanager = door, alertmanager
        self._silences = Silences(alertmanager, door) if alertmanager is not None else None

    def close(self) -> None:
        self._door.close()
        if self._alertmanager is not None:
            self._alertmanager.close()

    def ask(
        self, questions: Collection[MonitoringQuestion]
    ) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
        batches = QueryBatches(self._door, SECONDS)
        told: tuple[Iterable[tuple[MonitoringQuestion, MonitoringAnswer | UpdaterError]], ...] = (
            self._alerts(batches, _of(AlertsOf, questions)).items(),
            samples.samples(batches, _of(SamplesOf, questions)).items(),
            samples.gaps(batches, _of(GapsOf, questions)).items(),
            samples.arrivals(batches, _of(ArrivalOf, questions)).items(),
            self._rules(_of(RulesOf, questions)).items(),
        )
        return dict(chain.from_iterable(told))

    def rules(self) -> frozenset[str]:
        """The names of its alerting rules. Raises Unavailable or Refused."""
        narrowed = {"type": "alert", "exclude_alerts": "true", "partial_response": "false"}
        told = self._door.get("/api/v1/rules", narrowed, "rules")
        return read_alert_rules(told, self._door.target)

    def version(self) -> str:
        """Which Prometheus it is. Raises Unavailable or Refused."""
        told = self._door.get("/api/v1/status/buildinfo", {}, "its version")
        return read_version(told, self._door.target)

    def silenced(self) -> int | None:
        """How many silences its Alertmanager has; None where none is configured. Raises as `version`."""
        return None if self._silences is None else len(self._silences.read())

    def _rules(self, questions: list[RulesOf]) -> Mapping[RulesOf, LoadedRules | UpdaterError]:
        if not questions:
            return {}
        try:
            return dict.fromkeys(questions, LoadedRules(self.rules()))
        except UpdaterError as error:
            return dict.fromkeys(questions, error)

    def _alerts(self, batches: QueryBatches, questions: list[AlertsOf]) -> Mapping[AlertsOf, alerts.Judged]:
        """Silences are asked for only where something fired; unread, nobody knows whether that counts."""
        answers = alerts.fired(batches, questions)
        burning: dict[AlertsOf, tuple[FiredAlert, ...]] = {
            question: found for question, found in answers.items() if isinstance(found, tuple) and found
        }
        if self._silences is not None and burning:
            try:
                burning = self._silences.judge(batches, burning)
            except UpdaterError as error:
                return {**answers, **dict.fromkeys(burning, error)}
        shown = {question: tuple(map(_shown, found)) for question, found in burning.items()}
        return {**answers, **shown}


def _shown(alert: FiredAlert) -> FiredAlert:
    """Fit to be: rules and exporters may say anything."""
    labels = tuple((name, excerpt(value, _LONGEST)) for name, value in alert.labels)
    return replace(alert, name=excerpt(alert.name, _LONGEST), labels=labels)


def _of(kind: type[T], questions: Collection[MonitoringQuestion]) -> list[T]:
    return [question for question in questions if isinstance(question, kind)]
