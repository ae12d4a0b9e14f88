"""To build what asks Prometheus and Alertmanager, each cluster's its own."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from updater.adapters.api_connection import Observer
from updater.adapters.trust import Bundles
from updater.config import Config, Prometheus
from updater.config.prometheus import MonitoringServer
from updater.errors import Unavailable, UpdaterError
from updater.messages import bug_ruling
from updater.model import MonitoringAnswer, MonitoringQuestion
from updater.observe.turns import ask_places, out_of_time
from updater.ports import Clock
from updater.reasons import failure_reasons
from updater.value_class import value_class
from updater.wiring.secrets import read_secret

if TYPE_CHECKING:
    from updater.adapters.prometheus import MonitoringClient, PrometheusClient


@value_class
class Watching:
    """One of them, as `doctor` tries it; each of the three raises Unavailable or Refused."""

    setting: str
    """Where config has it: `clusters.seoul.prometheus`."""
    version: Callable[[], str]
    rules: Callable[[], Collection[str]]
    silenced: Callable[[], int | None]
    """How many silences its Alertmanager has; None: config names none."""


class Prometheuses:
    """Each is asked about the environments of its own cluster."""

    def __init__(self, by_cluster: Mapping[str | None, PrometheusClient]) -> None:
        self._by_cluster = by_cluster

    def close(self) -> None:
        for each in self._by_cluster.values():
            each.close()

    def ask(
        self, questions: Collection[MonitoringQuestion]
    ) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
        """All at the same time: one that is slow costs no more than itself."""
        asked = defaultdict[str | None, list[MonitoringQuestion]](list)
        for question in questions:
            asked[question.cluster].append(question)
        clusters = list(asked)
        answers = ask_places(
            clusters,
            lambda cluster: cluster,
            lambda cluster: self._told(cluster, asked[cluster]),
            lambda cluster: _not_asked(cluster, asked[cluster]),
        )
        return {question: answer for told in answers for question, answer in told.items()}

    def _told(
        self, cluster: str | None, questions: Collection[MonitoringQuestion]
    ) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
        """A mistake of ours, or an answer that nobody has thought of, holds who asked, and nobody else."""
        try:
            return self._by_cluster[cluster].ask(questions)
        except Exception as error:  # noqa: BLE001 - whatever it is
            return dict.fromkeys(questions, Unavailable(bug_ruling(error).sentence))

    def each(self) -> Iterator[Watching]:
        for cluster, client in self._by_cluster.items():
            yield Watching(setting_of(cluster), client.version, client.rules, client.silenced)


def _not_asked(
    cluster: str | None, questions: Collection[MonitoringQuestion]
) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
    late = out_of_time("Prometheus", cluster, failure_reasons.PROMETHEUS_UNAVAILABLE)
    return dict.fromkeys(questions, late)


def setting_of(cluster: str | None) -> str:
    return f"clusters.{cluster}.prometheus" if cluster else "prometheus"


def prometheuses_of(config: Config, bundles: Bundles, clock: Clock, observer: Observer) -> Prometheuses:
    builder = _Builder(clock, observer, bundles.of(config.ca_file()))
    made = {
        cluster: builder.prometheus(each, setting_of(cluster))
        for cluster, each in config.prometheuses.items()
    }
    return Prometheuses(made)


@value_class
class _Builder:
    clock: Clock
    observer: Observer
    ca_file: str | None
    """All who are believed where the settings name nobody."""

    def prometheus(self, settings: Prometheus, setting: str) -> PrometheusClient:
        from updater.adapters.prometheus import PrometheusClient  # noqa: PLC0415 - only where configured

        asked, alertmanager = self._client("Prometheus", settings, setting), None
        if settings.alertmanager is not None:
            alertmanager = self._client("Alertmanager", settings.alertmanager, f"{setting}.alertmanager")
        return PrometheusClient(asked, alertmanager)

    def _client(self, who: str, settings: MonitoringServer, setting: str) -> MonitoringClient:
        from updater.adapters.prometheus import MonitoringClient, MonitoringTarget  # noqa: PLC0415 - as above

        return MonitoringClient(
            settings.server,
            MonitoringTarget(who, urlsplit(settings.server).netloc, setting),
            _credentials(settings),
            clock=self.clock,
            ca_file=settings.ca_file or self.ca_file,
            insecure=settings.insecure,
            tenant=settings.tenant,
            observer=self.observer,
        )


def _credentials(settings: MonitoringServer) -> Callable[[], str | None] | None:
    """Read anew each time: mounted files are renewed while we run."""
    if settings.token_env or settings.token_file:
        return lambda: f"Bearer {read_secret(settings.token_env, settings.token_file)}"
    if settings.username_env:
        return lambda: _basic(settings)
    return None


def _basic(settings: MonitoringServer) -> str:
    user = read_secret(settings.username_env, None)
    password = read_secret(settings.password_env, settings.password_file)
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
