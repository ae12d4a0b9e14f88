"""`metrics`: what is measured at the predecessors kept within limits since the candidate arrived. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from updater import promql, times
from updater.gates._arrivals import Start, arrived, remembered, rollout_questions
from updater.gates._measured import Measured, limits, measure
from updater.gates._monitored import begun_asked, graph, heartbeat_questions, is_cut, unreadable, unwatched
from updater.gates.gate import Gate
from updater.model import GAP, Case, Metric, Question, Ruling, Sample, SamplesOf, Unreadable, Watched
from updater.reasons import Reason, hold_reasons
from updater.value_class import value_class

REASON = Reason(
    "metrics",
    "time",
    "What config measures in the environments before this one has to keep within its limits since the tag "
    "arrived there, and be no worse than before.",
    overridable=True,
    asked_of_rollback=False,
)
MetricWord = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class MetricLimits(Gate):
    """`metrics: [errors, latency]`, as `metrics:` of each environment before defines them."""

    reason: ClassVar[Reason] = REASON
    without_predecessor: ClassVar[str | None] = (
        "a tag is measured in the environment before this one, and there is none: write after:"
    )

    names: tuple[MetricWord, ...] = Field(
        min_length=1, description="which of metrics: have to keep within their limits"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, str):
            value = [value]
        return {"names": value} if isinstance(value, list) else value

    def weaker_than(self, bound: Self) -> str | None:
        missing = [name for name in bound.names if name not in self.names]
        return f"{', '.join(missing)} is missing" if missing else None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not rollout_questions(case) <= case.answers.keys():
            return rollout_questions(case)
        begun = {name: arrived(case, name, REASON) for name in case.predecessors}
        missing = next((each for each in begun.values() if isinstance(each, Ruling)), None)
        if missing is not None:
            return missing
        places = [
            _MeasuredThere(case, name, case.watched.get(name) or Watched(), each)
            for name, each in begun.items()
            if isinstance(each, Start)
        ]
        questions = frozenset(each for place in places for each in place.questions(self.names))
        if not questions <= case.answers.keys():
            return questions
        said = [place.ruling(self.names) for place in places]
        against = next((ruling for ruling in said if not ruling.passes), None)
        return against or _together(said)


def _together(said: Sequence[Ruling]) -> Ruling:
    return Ruling(
        REASON,
        True,
        "; ".join(each.sentence for each in said),
        waits=True,
        measured="; ".join(each.measured for each in said if each.measured) or None,
        link=next((each.link for each in said if each.link), None),
        arrivals=tuple(pair for each in said for pair in each.arrivals),
    )


@value_class
class _MeasuredThere:
    """One predecessor."""

    case: Case
    name: str
    watched: Watched
    begun: Start

    @property
    def since(self) -> datetime:
        return begun_asked(self.begun, self.case.now)

    @property
    def length(self) -> timedelta:
        return self.case.now - self.since

    def metrics(self, names: Sequence[str]) -> list[Metric]:
        known = {metric.name: metric for metric in self.watched.metrics}
        return [known[name] for name in names if name in known]

    def questions(self, names: Sequence[str]) -> Iterator[Question]:
        for metric in self.metrics(names):
            yield self.samples(metric)
            yield from self.traffic(metric)
            yield from self.arrival(metric)
        yield from heartbeat_questions(self.watched, self.since, self.case.now)

    def samples(self, metric: Metric) -> SamplesOf:
        """With as long a time before, where that is compared."""
        since = self.since - self.length if metric.worse_than_before else self.since
        return SamplesOf(self.watched.cluster, metric.query, since, self.case.now)

    def traffic(self, metric: Metric) -> Iterator[SamplesOf]:
        if metric.needs is not None:
            query = promql.fill(metric.needs.query, {"span": f"{max(int(self.length.total_seconds()), 1)}s"})
            yield SamplesOf(self.watched.cluster, query, self.case.now, self.case.now)

    def arrival(self, metric: Metric) -> Iterator[SamplesOf]:
        """Only where it is beyond a limit: it may have been so already when the tag came."""
        found = _samples(self.case.answers.get(self.samples(metric)))
        beyond = measure(metric, found, self.since).beyond
        if beyond >= metric.failures and not is_cut(self.begun, self.case.now):
            yield SamplesOf(self.watched.cluster, metric.query, self.since, self.since)

    def ruling(self, names: Sequence[str]) -> Ruling:
        metrics = self.metrics(names)
        known = {metric.name for metric in metrics}
        unknown = [name for name in names if name not in known]
        if unknown:
            said = (
                f"config defines no metric {', '.join(unknown)} in {self.name}: write it under metrics: there"
            )
            return Ruling(hold_reasons.MONITORING_UNREADABLE, False, said)
        if (gap := unwatched(self.case, self.name, self.watched, self.since)) is not None:
            return gap
        said_of = [self._measured(metric) for metric in metrics]
        unread = next((each for each in said_of if isinstance(each, Ruling)), None)
        return unread or self._judged([each for each in said_of if isinstance(each, Measured)])

    def _measured(self, metric: Metric) -> Measured | Ruling:
        found = self.case.answers[self.samples(metric)]
        counted = [self.case.answers[question] for question in self.traffic(metric)]
        came = [self.case.answers[question] for question in self.arrival(metric)]
        for answer in (found, *counted, *came):
            if isinstance(answer, Unreadable) and not metric.dry_run:
                return unreadable(answer)
        traffic = [each.value for answer in counted for each in _samples(answer)]
        then = [each.value for answer in came for each in _samples(answer)]
        last, first = traffic[-1] if traffic else None, then[-1] if then else None
        return measure(metric, _samples(found), self.since, last, first)

    def _judged(self, said: Sequence[Measured]) -> Ruling:
        """The worst is told first; what only tells, behind what counts."""
        counts = [each for each in said if not each.metric.dry_run]
        for states in _WORST_FIRST:
            against = [each for each in counts if each.state in states]
            if against:
                told = " and ".join(_against(each) for each in against)
                reason = self._reason(against[0])
                return self._ruling(f"{told} in {self.name} since {self._at}", against, reason=reason)
        told = "; ".join(
            [*self._inside(counts), *(_only_tells(each) for each in said if each.metric.dry_run)]
        )
        return self._ruling(told, said)

    def _inside(self, counts: Sequence[Measured]) -> Iterator[str]:
        names = ", ".join(each.metric.name for each in counts)
        if counts:
            yield f"{names} kept within limits in {self.name} since {self._at}"

    def _reason(self, against: Measured) -> Reason:
        if against.state in {"beyond", "worse"}:
            return REASON
        just_come = against.state == "nothing" and self.length < GAP
        unread = against.state == "nothing" and not just_come
        return hold_reasons.MONITORING_UNREADABLE if unread else hold_reasons.INCONCLUSIVE

    def _ruling(self, sentence: str, said: Sequence[Measured], *, reason: Reason | None = None) -> Ruling:
        return Ruling(
            reason or REASON,
            reason is None,
            sentence,
            waits=True,
            measured="; ".join(each.numbers for each in said if each.numbers) or None,
            link=graph(self.watched.page, *(each.metric.query for each in said)),
            arrivals=remembered(self.name, self.begun),
        )

    @property
    def _at(self) -> str:
        return times.format_time(self.begun.at, self.case.zone)


_WORST_FIRST = (frozenset({"beyond", "worse"}), frozenset({"nothing"}), frozenset({"scarce", "alone", "ill"}))


def _samples(answer: object) -> tuple[Sample, ...]:
    found = answer if isinstance(answer, tuple) else ()
    return tuple(each for each in found if isinstance(each, Sample))


def _against(said: Measured) -> str:
    """Without numbers that tick."""
    metric = said.metric
    needed = metric.needs and f"{metric.needs.least:,.0f} {metric.needs.of}"
    words = {
        "beyond": f"{metric.name} was beyond its limits ({limits(metric)})",
        "worse": f"{metric.name} is more than {metric.worse_than_before or 1:g} times as bad as before",
        "nothing": f"{metric.name} has measured nothing",
        "scarce": f"{metric.name} had fewer than the {needed} that it needs",
        "ill": f"{metric.name} has kept beyond its limits ({limits(metric)}), as before it came,",
        "alone": f"{metric.name} had nothing before to be compared with",
    }
    return words[said.state]


def _only_tells(said: Measured) -> str:
    """A dry run."""
    if said.state == "inside":
        return f"{said.metric.name}, which only tells, is within its limits"
    return f"{_against(said)}, which only tells"
