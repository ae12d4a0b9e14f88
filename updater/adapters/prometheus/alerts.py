"""To find which alerts fired about an app: of many in one query, and of those that had any, exactly. I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from updater.adapters.prometheus.answers import Series
from updater.adapters.prometheus.batches import LONGEST, Answered, QueryBatches, When, expected
from updater.adapters.prometheus.errors import QueryRefused, QuerySlow, no_match
from updater.adapters.prometheus.spans import ago, instant_of, is_moment, length_of, looked_at, moment
from updater.errors import UpdaterError
from updater.label_matchers import LabelMatcher, filled, filled_any, literal, parse
from updater.model import AlertMatch, AlertsOf, FiredAlert
from updater.model.monitoring import PASSING
from updater.value_class import value_class

_FIRING = 'alertstate="firing"'
_OWN = frozenset({"__name__", "alertname", "alertstate"})
_DETAILS = 4
_ROOM = LONGEST - 1024
"""Bytes of names in one query, beside all else that it has."""

Labels: TypeAlias = tuple[tuple[str, str], ...]
Judged: TypeAlias = tuple[FiredAlert, ...] | UpdaterError


@value_class
class _Asked:
    question: AlertsOf
    matchers: tuple[LabelMatcher, ...]
    """With the app still to be filled in."""

    def series(self, name: str, more: str = "") -> str:
        """Without the time."""
        return f"{name}{{{selector(self.matchers, self.question.match.app, more)}}}"

    @property
    def until(self) -> datetime:
        return self.question.until


def selector(matchers: Sequence[LabelMatcher], app: str, more: str = "") -> str:
    own = [str(each) for each in filled(matchers, app)]
    return ",".join([*([more] if more else []), *own])


def matchers_of(match: AlertMatch) -> tuple[LabelMatcher, ...]:
    """All that config asks of an alert. Raises ValueError."""
    narrower = [
        LabelMatcher(name, "=~", "|".join(map(literal, values)))
        for name, values in (("severity", match.severity), ("alertname", match.rules))
        if values
    ]
    return (*parse(match.template), *narrower)


def fired(batches: QueryBatches, questions: Sequence[AlertsOf]) -> dict[AlertsOf, Judged]:
    """What fired, without a word on silences."""
    answers: dict[AlertsOf, Judged] = {}
    asked = list[_Asked]()
    for question in questions:
        try:
            asked.append(_Asked(question, matchers_of(question.match)))
        except ValueError as error:
            answers[question] = no_match(str(error))
    chunks = list(_chunks(asked))
    for chunk, told in zip(chunks, batches.ask([_of_many(chunk) for chunk in chunks]), strict=True):
        if told == () or _is_final(told):
            answers |= {each.question: told if isinstance(told, UpdaterError) else () for each in chunk}
    left = [each for chunk in chunks for each in chunk if each.question not in answers]
    return {**answers, **_exactly(batches, left)}


def _is_final(told: Answered) -> bool:
    """Whoever asked for less would hear the same."""
    return isinstance(told, UpdaterError) and not isinstance(told, QueryRefused | QuerySlow)


# --- many apps in one query -----------------------------------------------------------------------------


def _chunks(asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
    """Alike but for the app, and begun at about the same time: a longer span finds what nobody asked for."""
    alike = defaultdict[tuple[LabelMatcher, ...], list[_Asked]](list)
    for each in asked:
        alike[each.matchers].append(each)
    for group in alike.values():
        chunk, size = list[_Asked](), 0
        times = max(1, sum(matcher.is_of_app for matcher in group[0].matchers))
        for each in sorted(group, key=lambda one: one.question.since):
            more = (len(each.question.match.app.encode()) + 1) * times
            if chunk and size + more > _ROOM:
                yield chunk
                chunk, size = [], 0
            chunk.append(each)
            size += more
        yield chunk


def _of_many(chunk: Sequence[_Asked]) -> tuple[str, When]:
    until, since = max(each.until for each in chunk), min(each.question.since for each in chunk)
    apps = list(dict.fromkeys(each.question.match.app for each in chunk))
    matchers = ",".join([_FIRING, *map(str, filled_any(chunk[0].matchers, apps))])
    query = f"count_over_time(ALERTS{{{matchers}}}[{length_of(since, until)}])"
    return query, When(instant_of(until))


# --- one app exactly ------------------------------------------------------------------------------------


def _exactly(batches: QueryBatches, asked: Sequence[_Asked]) -> dict[AlertsOf, Judged]:
    answers: dict[AlertsOf, Judged] = {}
    ends = _ends(asked)
    told = batches.ask([_count(each, ends) for each in asked])
    burning = list[tuple[_Asked, Sequence[Series]]]()
    for each, counted in zip(asked, told, strict=True):
        if isinstance(counted, UpdaterError):
            answers[each.question] = counted
        elif not counted:
            answers[each.question] = ()
        else:
            burning.append((each, counted))
    details = [query for each, _ in burning for query in _details(each, ends)]
    said = batches.ask(details)
    for number, (each, found) in enumerate(burning):
        answers[each.question] = _alerts(found, said[_DETAILS * number : _DETAILS * (number + 1)])
    return {
        **answers,
        **_seen_briefly(batches, [(each, answers[each.question]) for each, _ in burning], ends),
    }


def _seen_briefly(
    batches: QueryBatches, judged: Sequence[tuple[_Asked, Judged]], ends: int
) -> dict[AlertsOf, Judged]:
    """What came and went between two looks: its samples are read, to know when it last fired."""
    brief = [
        (each, alerts)
        for each, alerts in judged
        if isinstance(alerts, tuple) and any(alert.until is None for alert in alerts)
    ]
    told = batches.ask([(_raw(each, ends), When(ends)) for each, _ in brief], together=False)
    return {
        each.question: answer if isinstance(answer, UpdaterError) else _with_last(alerts, answer)
        for (each, alerts), answer in zip(brief, told, strict=True)
    }


def _with_last(alerts: Sequence[FiredAlert], samples: Sequence[Series]) -> Judged:
    last = {_identity(series): moment(series.points[-1][0]) for series in samples if series.points}
    return tuple(
        replace(alert, until=alert.until or last.get((alert.name, alert.labels))) for alert in alerts
    )


def _ends(asked: Sequence[_Asked]) -> int:
    """The one instant that all are asked at: those that ended earlier say how much."""
    return max((instant_of(each.until) for each in asked), default=0)


def _raw(each: _Asked, ends: int) -> str:
    span = length_of(each.question.since, each.until)
    return f"{each.series('ALERTS', _FIRING)}[{span}]{ago(each.until, ends)}"


def _count(each: _Asked, ends: int) -> tuple[str, When]:
    return f"count_over_time({_raw(each, ends)})", When(ends)


def _details(each: _Asked, ends: int) -> Iterator[tuple[str, When]]:
    """What fires at the end, what was there at the beginning, since when each is, and when it last fired."""
    question, back = each.question, ago(each.until, ends)
    span = length_of(question.since, question.until)
    yield f"{each.series('ALERTS', _FIRING)}{back}", When(ends)
    yield f"{each.series('ALERTS')}{ago(question.since, ends)}", When(ends)
    yield f"min_over_time({each.series('ALERTS_FOR_STATE')}[{span}]{back})", When(ends)
    seen = looked_at(question.since, question.until)
    yield f"max_over_time(timestamp({each.series('ALERTS', _FIRING)}){seen}{back})", When(ends)


def _alerts(found: Sequence[Series], details: Sequence[Answered]) -> Judged:
    try:
        now, before, since, until = (expected([told]) for told in details)
    except UpdaterError as error:
        return error
    firing = {_identity(series) for series in now}
    there = {_lasting(series) for series in before}
    began = {_identity(series): moment(series.value) for series in since if is_moment(series.value)}
    ended = {_identity(series): moment(series.value) for series in until if is_moment(series.value)}
    return tuple(
        sorted(
            (
                FiredAlert(
                    name=series.labels.get("alertname", ""),
                    labels=_labels(series),
                    since=began.get(_identity(series)),
                    firing=_identity(series) in firing,
                    until=ended.get(_identity(series)),
                    before=_lasting(series) in there,
                )
                for series in found
            ),
            key=lambda alert: (alert.name, alert.labels),
        )
    )


def _identity(series: Series) -> tuple[str, Labels]:
    return series.labels.get("alertname", ""), _labels(series)


def _lasting(series: Series) -> tuple[str, Labels]:
    name, labels = _identity(series)
    return name, tuple(pair for pair in labels if pair[0] not in PASSING)


def _labels(series: Series) -> Labels:
    return tuple(sorted(pair for pair in series.labels.items() if pair[0] not in _OWN))
