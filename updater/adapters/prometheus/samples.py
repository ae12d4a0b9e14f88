"""To read what queries said over time, when one first answered, and when nobody was watching. I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import ceil, isnan

from updater.adapters.prometheus.answers import Series
from updater.adapters.prometheus.batches import Answered, QueryBatches, When
from updater.adapters.prometheus.errors import several_series
from updater.adapters.prometheus.spans import (
    ago,
    between,
    instant_of,
    instant_told,
    is_moment,
    length_of,
    looked_at,
    moment,
    step_for,
)
from updater.errors import UpdaterError
from updater.label_matchers import quoted
from updater.model import ArrivalOf, Gap, GapsOf, Sample, SamplesOf
from updater.model.monitoring import GAP

_MINUTE, _SHORT = 60_000, 3_600_000
"""Milliseconds between two samples, and of spans that share a request, whenever they began."""


def samples(
    batches: QueryBatches, questions: Sequence[SamplesOf]
) -> dict[SamplesOf, tuple[Sample, ...] | UpdaterError]:
    spans = [each for each in questions if not _is_instant(each)]
    asked = [(each, When(instant_of(each.until))) for each in questions if _is_instant(each)]
    asked += [(each, when) for group, when in _spans(spans) for each in group]
    told = batches.ask([(each.query, when) for each, when in asked])
    return {each: _samples(each, answer) for (each, _), answer in zip(asked, told, strict=True)}


def _is_instant(question: SamplesOf) -> bool:
    return instant_of(question.since) == instant_of(question.until)


def _spans(questions: Sequence[SamplesOf]) -> Iterator[tuple[list[SamplesOf], When]]:
    """Those of similar spans, and one span that has all of them.

    An instant is none: what ends at another has no point there.
    """
    group, longest = list[SamplesOf](), _SHORT
    for each in sorted(questions, key=lambda one: (one.since, one.until)):
        longest = max(longest, 2 * between(each.since, each.until))
        ends = max(one.until for one in (*group, each))
        whole = between(group[0].since, ends) if group else 0
        if whole > longest or _is_coarse(whole) > _is_coarse(between(each.since, each.until)):
            yield group, _range(group)
            group, longest = [], max(_SHORT, 2 * between(each.since, each.until))
        group.append(each)
    if group:
        yield group, _range(group)


def _is_coarse(span: int) -> bool:
    """There are fewer samples of it than one a minute; nobody else has to do with so few."""
    return step_for(span, _MINUTE) > _MINUTE


def _range(group: Sequence[SamplesOf]) -> When:
    """Whose last point is the end, which is now for most of them."""
    until, since = max(each.until for each in group), min(each.since for each in group)
    span, ends = between(since, until), instant_of(until)
    step = step_for(span, _MINUTE)
    return When(ends, ends - ceil(span / step) * step, step)


def _samples(question: SamplesOf, answer: Answered) -> tuple[Sample, ...] | UpdaterError:
    if isinstance(answer, UpdaterError):
        return answer
    own = [points for series in answer if (points := tuple(_within(series, question)))]
    if len(own) > 1:
        return several_series(len(own))
    return tuple(Sample(at, value) for at, value in own[0] if not isnan(value)) if own else ()


def _within(series: Series, question: SamplesOf) -> Iterator[tuple[datetime, float]]:
    """Asked and told in whole milliseconds: what is told of that of the beginning is in the span."""
    first, last = instant_of(question.since), instant_of(question.until)
    for at, value in series.points:
        if first <= instant_told(at) <= last:
            yield max(moment(at), question.since), value


# --- arrivals -------------------------------------------------------------------------------------------


def arrivals(
    batches: QueryBatches, questions: Sequence[ArrivalOf]
) -> dict[ArrivalOf, datetime | UpdaterError | None]:
    ends = max((instant_of(each.until) for each in questions), default=0)
    told = batches.ask([(_first(each, ends), When(ends)) for each in questions])
    return {each: _arrival(each, answer) for each, answer in zip(questions, told, strict=True)}


def _first(question: ArrivalOf, ends: int) -> str:
    span = f"{looked_at(question.since, question.until)}{ago(question.until, ends)}"
    return f"min_over_time(timestamp(\n{question.query}\n){span})"


def _arrival(question: ArrivalOf, answer: Answered) -> datetime | UpdaterError | None:
    """What answered already before counts from the beginning of what was asked."""
    if isinstance(answer, UpdaterError):
        return answer
    seen = [series.value for series in answer if is_moment(series.value)]
    return max(moment(min(seen)), question.since) if seen else None


# --- gaps -----------------------------------------------------------------------------------------------


def gaps(batches: QueryBatches, questions: Sequence[GapsOf]) -> dict[GapsOf, tuple[Gap, ...] | UpdaterError]:
    by_name = defaultdict[str, list[GapsOf]](list)
    for each in questions:
        by_name[each.heartbeat].append(each)
    told = batches.ask([_beats(name, group) for name, group in by_name.items()], together=False)
    return {
        each: _gaps(each, answer)
        for group, answer in zip(by_name.values(), told, strict=True)
        for each in group
    }


def _beats(name: str, group: Sequence[GapsOf]) -> tuple[str, When]:
    """Every sample, from a little earlier: a gap may have begun before."""
    until, since = max(each.until for each in group), min(each.since for each in group) - GAP
    alert = f'ALERTS{{alertname={quoted(name)},alertstate="firing"}}'
    return f"{alert}[{length_of(since, until)}]", When(instant_of(until))


def _gaps(question: GapsOf, answer: Answered) -> tuple[Gap, ...] | UpdaterError:
    if isinstance(answer, UpdaterError):
        return answer
    starts = question.since - GAP
    seen = {moment(at) for series in answer for at, _ in series.points}
    beats = sorted(at for at in seen if starts < at <= question.until)
    ordered = pairwise((starts, *beats, question.until))
    return tuple(Gap(since, until) for since, until in ordered if until - since > GAP)
