"""To learn from Alertmanager which alerts somebody has silenced, also those that have resolved since. I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from updater.adapters.prometheus.answers import Series, read_config
from updater.adapters.prometheus.batches import Answered, QueryBatches, When, expected
from updater.adapters.prometheus.errors import words
from updater.adapters.prometheus.http_client import MonitoringClient
from updater.adapters.prometheus.spans import ago, instant_of, length_of, moment
from updater.errors import UpdaterError
from updater.label_matchers import LabelMatcher, Operator, quoted
from updater.model import AlertsOf, FiredAlert
from updater.value_class import value_class

_ODD = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_OPERATORS: Mapping[tuple[bool, bool], Operator] = {
    (True, False): "=",
    (False, False): "!=",
    (True, True): "=~",
    (False, True): "!~",
}
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""Of a label that all versions can be asked by: since Prometheus 3 it may be called anything."""
_GLOBAL = re.compile(r"^global:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_LONGEST_GLOBAL = 16 * 1024
_PAUSE = timedelta(minutes=5)
"""So long without a sample, and an alert has ended in between, as Prometheus has it."""

_Test: TypeAlias = tuple[str, str]
"""A label's value and a regular expression."""


@value_class
class Silence:
    since: datetime
    until: datetime
    matchers: tuple[LabelMatcher, ...]
    said: str
    """By whom and why."""


class Silences:
    def __init__(self, alertmanager: MonitoringClient, prometheus: MonitoringClient) -> None:
        self._alertmanager, self._prometheus = alertmanager, prometheus

    def judge(
        self, batches: QueryBatches, found: Mapping[AlertsOf, tuple[FiredAlert, ...]]
    ) -> dict[AlertsOf, tuple[FiredAlert, ...]]:
        """With what is silenced. Raises Unavailable or Refused."""
        silences = self.read()
        pairs = [
            (question, alert, self._overlapping(silences, question))
            for question, alerts in found.items()
            for alert in alerts
        ]
        asks = any(_names_others(each, alert) for _, alert, some in pairs for each in some)
        external = self._external() if asks else {}
        wanted = {test for _, alert, some in pairs for each in some for test in _tests(each, alert, external)}
        hits = _matching(batches, sorted(wanted))
        matched = [
            (question, alert, [each for each in some if _matches(each, alert, external, hits)])
            for question, alert, some in pairs
        ]
        told = _when_firing(batches, [(question, alert) for question, alert, some in matched if some])
        judged = {
            (question, alert): _silenced(told[question, alert], some)
            for question, alert, some in matched
            if some
        }
        return {
            question: tuple(replace(alert, silenced=judged.get((question, alert))) for alert in alerts)
            for question, alerts in found.items()
        }

    def read(self) -> tuple[Silence, ...]:
        content = self._alertmanager.get("/api/v2/silences", {}, "silences")
        try:
            return tuple(_silences(content))
        except _ODD:
            raise self._alertmanager.target.nonsense("silences, as Alertmanager does") from None

    def _overlapping(self, silences: Sequence[Silence], question: AlertsOf) -> list[Silence]:
        return [each for each in silences if each.since <= question.until and each.until > question.since]

    def _external(self) -> Mapping[str, str]:
        """The labels that Prometheus gives alerts on the way."""
        told = self._prometheus.get("/api/v1/status/config", {}, "its configuration")
        text = read_config(told, self._prometheus.target)
        try:
            told = YAML(typ="safe", pure=True).load(_global_of(text)) or {}
            labels = (told.get("global") or {}).get("external_labels") or {}
            return {str(name): str(value) for name, value in labels.items()}
        except (YAMLError, *_ODD):
            raise self._prometheus.target.nonsense("its configuration, as Prometheus does") from None


def _global_of(text: str) -> str:
    """The block alone: the whole may be megabytes of what is scraped, and take longer than a pass."""
    found = _GLOBAL.search(text)
    if found is not None and len(found[0]) > _LONGEST_GLOBAL:
        raise ValueError("more than external labels")
    return found[0] if found is not None else ""


def _silences(content: Any) -> Iterator[Silence]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(content, list):
        raise TypeError(content)
    return (_silence(each) for each in content if each["status"]["state"] != "pending")


def _silence(told: Mapping[str, Any]) -> Silence:
    who, why = words(str(told.get("createdBy") or "somebody")), words(str(told.get("comment") or ""))
    return Silence(
        _instant(told["startsAt"]),
        _instant(told["endsAt"]),
        tuple(_matcher(each) for each in told["matchers"]),
        f"{who}: {why}" if why else who,
    )


def _instant(told: str) -> datetime:
    """Without a zone nobody knows when that is."""
    found = datetime.fromisoformat(told)
    if found.tzinfo is None:
        raise ValueError(told)
    return found


def _matcher(told: Mapping[str, Any]) -> LabelMatcher:
    """Older ones have no `isEqual`, and no matchers that say what is not."""
    operator = _OPERATORS[bool(told.get("isEqual", True)), bool(told["isRegex"])]
    name, value = str(told["name"]), str(told["value"])
    (name + value).encode()  # half a character is none
    return LabelMatcher(name, operator, value)


# --- which alerts it is about ---------------------------------------------------------------------------


def _names_others(silence: Silence, alert: FiredAlert) -> bool:
    """It names a label that the alert does not bear, and by those that it does it may be about it."""
    own = {**dict(alert.labels), "alertname": alert.name}
    plain = [each for each in silence.matchers if not each.is_expression and each.name in own]
    if any((own[each.name] == each.value) != (each.operator == "=") for each in plain):
        return False
    return any(each.name not in own for each in silence.matchers)


def _value(alert: FiredAlert, name: str, external: Mapping[str, str]) -> str:
    """A label that is not there is empty; one of the alert's own stands before one of the server's."""
    return {**external, **dict(alert.labels), "alertname": alert.name}.get(name, "")


def _tests(silence: Silence, alert: FiredAlert, external: Mapping[str, str]) -> Iterator[_Test]:
    """What is still to be asked, where nothing else speaks against it already."""
    plain = [each for each in silence.matchers if not each.is_expression]
    if all((_value(alert, each.name, external) == each.value) == (each.operator == "=") for each in plain):
        for each in silence.matchers:
            if each.is_expression:
                yield _value(alert, each.name, external), each.value


def _matching(batches: QueryBatches, tests: Sequence[_Test]) -> frozenset[_Test]:
    """Those whose value the whole expression matches.

    Prometheus is asked: it has the expressions of Alertmanager, and takes no longer for a bad one.
    """
    told = batches.ask([(_as_query(*test), When(0)) for test in tests])
    expected(told)
    return frozenset(test for test, answer in zip(tests, told, strict=True) if _hit(answer))


def _as_query(value: str, expression: str) -> str:
    held = quoted(value.replace("$", "$$"))
    given = f'label_replace(vector(1),"value",{held},"value","")'
    return f'label_replace({given},"hit","1","value",{quoted(expression)})'


def _hit(answer: Answered) -> bool:
    return not isinstance(answer, UpdaterError) and any(series.labels.get("hit") for series in answer)


def _matches(
    silence: Silence, alert: FiredAlert, external: Mapping[str, str], hits: frozenset[_Test]
) -> bool:
    return bool(silence.matchers) and all(
        _holds(each, _value(alert, each.name, external), hits) for each in silence.matchers
    )


def _holds(matcher: LabelMatcher, value: str, hits: frozenset[_Test]) -> bool:
    found = (value, matcher.value) in hits if matcher.is_expression else value == matcher.value
    return found == (matcher.operator in {"=", "=~"})


# --- whether it was silenced when it fired --------------------------------------------------------------


def _when_firing(
    batches: QueryBatches, wanted: Sequence[tuple[AlertsOf, FiredAlert]]
) -> dict[tuple[AlertsOf, FiredAlert], list[datetime]]:
    """Of each the last instant of every time it fired. Raises Unavailable or Refused."""
    ends = max((instant_of(question.until) for question, _ in wanted), default=0)
    told = batches.ask([(_raw(*each, ends), When(ends)) for each in wanted], together=False)
    expected(told)
    return {
        each: [instant for series in answer for instant in _lasts(series, *each)]
        for each, answer in zip(wanted, told, strict=True)
        if not isinstance(answer, UpdaterError)
    }


def _raw(question: AlertsOf, alert: FiredAlert, ends: int) -> str:
    labels = [("alertname", alert.name), ("alertstate", "firing"), *alert.labels]
    own = ",".join(f"{name}={quoted(value)}" for name, value in labels if _NAME.fullmatch(name))
    return f"ALERTS{{{own}}}[{length_of(question.since, question.until)}]{ago(question.until, ends)}"


def _lasts(series: Series, question: AlertsOf, alert: FiredAlert) -> Iterator[datetime]:
    """One that still fires is judged by now, not by its last sample."""
    if set(series.labels.items()) - {("__name__", "ALERTS"), ("alertstate", "firing")} != {
        ("alertname", alert.name),
        *alert.labels,
    }:
        return  # one that has these labels and more, or others of a name that is not asked by
    times = [moment(at) for at, _ in series.points]
    yield from (before for before, after in pairwise(times) if after - before > _PAUSE)
    yield from [question.until] if alert.firing else times[-1:]


def _silenced(lasts: Sequence[datetime], silences: Sequence[Silence]) -> str | None:
    """Each time it fired it has to have been silenced when it ended, or now: then somebody knew of it."""
    said = list[str]()
    for last in lasts:
        knew = next((each.said for each in silences if each.since <= last < each.until), None)
        if knew is None:
            return None
        said.append(knew)
    return said[-1] if said else None
