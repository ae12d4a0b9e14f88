"""What `updater doctor` says of alerts and queries: what they find, and what never could."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import TypeAlias

from updater import promql, times
from updater.commands.doctor.check_result import CheckResult
from updater.config import Config, Policy
from updater.errors import UpdaterError
from updater.label_matchers import filled, parse
from updater.model import (
    AlertMatch,
    AlertsOf,
    FiredAlert,
    Gap,
    GapsOf,
    LoadedRules,
    Metric,
    MonitoringAnswer,
    MonitoringQuestion,
    RulesOf,
    SamplesOf,
    Watched,
)
from updater.value_class import value_class

Asks: TypeAlias = Callable[
    [Collection[MonitoringQuestion]], Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]
]
_MONTH, _HOUR = timedelta(days=30), timedelta(hours=1)
_NAMED = 3


def watched_findings(config: Config, ask: Asks, now: datetime) -> Iterator[CheckResult]:
    """Of each environment, and of all its apps together."""
    found = dict[str, dict[str, Policy]]()
    for placement, policy in config.policies.items():
        if policy.watched is not None:
            found.setdefault(placement.environment, {}).setdefault(placement.config_app, policy)
    for environment, policies in found.items():
        tried = _Tried(environment, list(policies.values()), ask, now)
        yield from tried.alerts()
        yield from tried.metrics()
        yield from tried.heartbeat()


@value_class
class _Tried:
    environment: str
    policies: Sequence[Policy]
    ask: Asks
    now: datetime

    # --- alerts -------------------------------------------------------------------------------------------

    def alerts(self) -> Iterator[CheckResult]:
        what, asked = f"alerts {self.environment}", dict[str, AlertsOf]()
        for policy, watched in self._watched():
            if watched.alerts is not None:
                since = self.now - _MONTH
                asked[policy.placement.config_app] = AlertsOf(
                    watched.cluster, watched.alerts, since, self.now
                )
        told = self.ask(list(asked.values()))
        yield from self._failed(what, {app: told[question] for app, question in asked.items()}, "alerts")
        fired = {app: _fired(told[question]) for app, question in asked.items()}
        quiet = {app: asked[app] for app, alerts in fired.items() if alerts == ()}
        loud = {app: alerts for app, alerts in fired.items() if alerts}
        if loud:
            names = _listed(sorted({alert.name for alerts in loud.values() for alert in alerts}))
            yield CheckResult(what, "works", f"in 30 days {names} fired about {_listed(list(loud))}")
        yield from self._of_quiet(what, quiet)
        yield from self._rules(what, list(asked.values()))

    def _of_quiet(self, what: str, quiet: Mapping[str, AlertsOf]) -> Iterator[CheckResult]:
        """Nothing fired: that may be good news, or nothing ever could."""
        series = {app: self._series(question) for app, question in quiet.items()}
        told = self.ask(list(series.values()))
        yield from self._failed(what, {app: told[question] for app, question in series.items()}, "alerts")
        there = [app for app, question in series.items() if _has_samples(told[question])]
        if there:
            said = f"in 30 days nothing fired about {_listed(there)}, of which series are there"
            yield CheckResult(what, "works", said)
        none = [app for app, question in series.items() if told[question] == ()]
        if none:
            said = f"no series has the labels by which alerts are about {_listed(none)}"
            cure = "unless the rules add them, nothing can ever fire: mend match"
            yield CheckResult(what, "look", f"{said}; {cure}{self._at(none[0], 'alerts')}")

    def _series(self, question: AlertsOf) -> SamplesOf:
        return SamplesOf(question.cluster, f"count({{{_selector(question.match)}}})", self.now, self.now)

    def _rules(self, what: str, asked: Sequence[AlertsOf]) -> Iterator[CheckResult]:
        named = {rule: each for each in asked for rule in each.match.rules}
        told = self.ask({RulesOf(each.cluster) for each in named.values()})
        for rule, each in named.items():
            loaded = told[RulesOf(each.cluster)]
            if isinstance(loaded, LoadedRules) and rule not in loaded.names:
                at = self._at(each.match.app, "alerts")
                yield CheckResult(
                    what, "broken", f"no rule {rule} is loaded, so it cannot fire: no gate passes by it{at}"
                )

    # --- metrics ------------------------------------------------------------------------------------------

    def metrics(self) -> Iterator[CheckResult]:
        by_name = dict[str, dict[str, tuple[Watched, Metric]]]()
        for policy, watched in self._watched():
            for metric in watched.metrics:
                by_name.setdefault(metric.name, {})[policy.placement.config_app] = (watched, metric)
        for name, apps in by_name.items():
            yield from self._metric(name, apps)

    def _metric(self, name: str, apps: Mapping[str, tuple[Watched, Metric]]) -> Iterator[CheckResult]:
        what = f"metric {name} in {self.environment}"
        asked = {app: self._samples(watched, metric) for app, (watched, metric) in apps.items()}
        told = self.ask([question for questions in asked.values() for question in questions])
        answers = {app: [told[question] for question in questions] for app, questions in asked.items()}
        first = {app: _error(found) or found[0] for app, found in answers.items()}
        yield from self._failed(what, first, f"metrics.{name}")
        empty = [app for app, answer in first.items() if answer == ()]
        if empty:
            said = f"it has measured nothing of {_listed(empty)} in an hour: then no gate passes by it"
            yield CheckResult(what, "look", said + self._at(empty[0], f"metrics.{name}"))
        works = [app for app, answer in first.items() if _has_samples(answer)]
        if works:
            yield CheckResult(what, "works", f"it measures {_listed(works)}")

    def _samples(self, watched: Watched, metric: Metric) -> list[SamplesOf]:
        asked = [SamplesOf(watched.cluster, metric.query, self.now - _HOUR, self.now)]
        if metric.needs is not None:
            query = promql.fill(metric.needs.query, {"span": f"{_HOUR.total_seconds():.0f}s"})
            asked.append(SamplesOf(watched.cluster, query, self.now, self.now))
        return asked

    # --- whether anybody watches --------------------------------------------------------------------------

    def heartbeat(self) -> Iterator[CheckResult]:
        asked = {
            GapsOf(
                watched.cluster, watched.heartbeat, self.now - _HOUR, self.now
            ): policy.placement.config_app
            for policy, watched in self._watched()
            if watched.heartbeat is not None
        }
        told = self.ask(list(asked))
        what = f"heartbeat {self.environment}"
        yield from self._failed(what, {app: told[question] for question, app in asked.items()}, "heartbeat")
        for question, app in asked.items():
            if told[question] == ():
                yield CheckResult(what, "works", f"{question.heartbeat} is there")
            elif isinstance(told[question], tuple):
                yield self._missed(what, question, _gaps(told[question]), self._at(app, "heartbeat"))

    def _missed(self, what: str, question: GapsOf, gaps: Sequence[Gap], at: str) -> CheckResult:
        """One that is there again, as after a restart, needs nobody's help."""
        if gaps and gaps[-1].until < self.now:
            length = timedelta(seconds=round((self.now - gaps[-1].until).total_seconds()))
            back = f"{question.heartbeat} is there again for {times.format_duration(length)}"
            return CheckResult(what, "look", f"{back}; what ran before that, nobody has watched{at}")
        said = f"{question.heartbeat} does not fire, so nobody watches"
        rules = self.ask([RulesOf(question.cluster)])[RulesOf(question.cluster)]
        if isinstance(rules, LoadedRules) and question.heartbeat not in rules.names:
            near = get_close_matches(question.heartbeat, rules.names, 1)
            meant = f": did you mean {near[0]}?" if near else ""
            said = f"no rule is called {question.heartbeat}, so nobody watches{meant}"
        return CheckResult(what, "broken", said + at)

    # --- what all share -----------------------------------------------------------------------------------

    def _watched(self) -> Iterator[tuple[Policy, Watched]]:
        yield from ((policy, policy.watched) for policy in self.policies if policy.watched is not None)

    def _failed(self, what: str, told: Mapping[str, object], setting: str) -> Iterator[CheckResult]:
        """In the words of Prometheus, and what is said of many alike once."""
        by_sentence = dict[str, list[str]]()
        for app, answer in told.items():
            if isinstance(answer, UpdaterError):
                by_sentence.setdefault(answer.sentence, []).append(app)
        for sentence, apps in by_sentence.items():
            yield CheckResult(f"{what}, {_listed(apps)}", "broken", sentence + self._at(apps[0], setting))

    def _at(self, app: str, setting: str) -> str:
        """Where config has it."""
        policy = next(each for each in self.policies if each.placement.config_app == app)
        where = policy.written_in.watched.get(setting) if policy.written_in else None
        return f" ({where})" if where else ""


def _selector(match: AlertMatch) -> str:
    return ", ".join(map(str, filled(parse(match.template), match.app)))


def _fired(answer: MonitoringAnswer | UpdaterError) -> tuple[FiredAlert, ...] | None:
    """None: nobody can say."""
    if not isinstance(answer, tuple):
        return None
    return tuple(each for each in answer if isinstance(each, FiredAlert))


def _gaps(answer: MonitoringAnswer | UpdaterError) -> list[Gap]:
    return [each for each in answer if isinstance(each, Gap)] if isinstance(answer, tuple) else []


def _has_samples(answer: MonitoringAnswer | UpdaterError) -> bool:
    return isinstance(answer, tuple) and bool(answer)


def _error(found: Sequence[object]) -> UpdaterError | None:
    return next((each for each in found if isinstance(each, UpdaterError)), None)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
