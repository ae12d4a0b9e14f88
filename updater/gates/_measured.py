"""What the samples of one metric say: inside its limits, beyond them, or too little to tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite, isnan
from typing import Literal, TypeAlias

from updater.model import Metric, Sample
from updater.value_class import value_class

MeasuredState: TypeAlias = Literal["inside", "beyond", "worse", "scarce", "nothing", "alone", "ill"]
"""Inside its limits; too often beyond one; worse than before; too little traffic; no sample at all; none
before to compare with, and nothing else to go by; beyond a limit already when it came, and ever since."""
_LARGE = 1000
_RATIO = 1
"""A ratio is none above it."""


@value_class
class Measured:
    metric: Metric
    state: MeasuredState
    now: float | None = None
    """The mean since the arrival."""
    before: float | None = None
    """The mean of as long a time before it."""
    beyond: int = 0
    """How many samples are beyond a limit."""
    samples: int = 0
    traffic: float | None = None

    @property
    def numbers(self) -> str:
        """`errors 0.2 %, before 0.3 %, of 1,840 requests`."""
        metric = self.metric
        told = [] if self.now is None else [shown(self.now, metric)]
        if self.before is not None:
            told.append(f"before {shown(self.before, metric)}")
        if self.beyond:
            told.append(f"{self.beyond} of {self.samples} samples beyond")
        if self.traffic is not None and metric.needs is not None:
            told.append(f"of {self.traffic:,.0f} {metric.needs.of}")
        return f"{metric.name} {', '.join(told)}" if told else ""


def measure(
    metric: Metric,
    samples: Sequence[Sample],
    begun: datetime,
    traffic: float | None = None,
    at_arrival: float | None = None,
) -> Measured:
    """By the samples since it arrived, and those of before; `traffic` is how much there was since.

    Infinity is beyond what it is beyond: errors by no requests at all. Of before it is no measure.
    `at_arrival` is what it said when the tag came, which is of what ran before.
    """
    seen = [each.value for each in samples if each.at >= begun and not isnan(each.value)]
    came_ill = at_arrival is not None and _is_beyond(metric, at_arrival)
    since = _own(metric, seen) if came_ill else seen
    earlier = [each.value for each in samples if each.at < begun and isfinite(each.value)]
    earlier = earlier if metric.worse_than_before else []
    beyond = sum(_is_beyond(metric, value) for value in since)
    now, before = _mean(since), _mean(earlier)
    state = _state(metric, now, before, beyond, traffic)
    state = "ill" if state == "nothing" and len(seen) > len(since) else state
    return Measured(metric, state, now, before, beyond, len(since), traffic)


def _own(metric: Metric, values: Sequence[float]) -> Sequence[float]:
    """From the first inside its limits on: until then queries look back on what ran before."""
    first = next((number for number, value in enumerate(values) if not _is_beyond(metric, value)), None)
    return [] if first is None else values[first:]


def _state(
    metric: Metric, now: float | None, before: float | None, beyond: int, traffic: float | None
) -> MeasuredState:
    if metric.needs is not None and (traffic is None or traffic < metric.needs.least):
        return "scarce"
    if now is None:
        return "nothing"
    if beyond >= metric.failures:
        return "beyond"
    if before is None:
        compares_only = metric.max is None and metric.min is None
        return "alone" if compares_only else "inside"
    return "worse" if _is_worse(metric, now, before) else "inside"


def _is_beyond(metric: Metric, value: float) -> bool:
    above = metric.max is not None and value > metric.max
    return above or (metric.min is not None and value < metric.min)


def _is_worse(metric: Metric, now: float, before: float) -> bool:
    """Of what has only a minimum, less is worse. Nothing before is no measure where a limit is one."""
    factor = metric.worse_than_before or 1
    if metric.max is None and metric.min is not None:
        return now * factor < before
    if before == 0 and metric.max is not None:
        return False
    return now > before * factor


def limits(metric: Metric) -> str:
    told = [] if metric.max is None else [f"at most {shown(metric.max, metric)}"]
    told += [] if metric.min is None else [f"at least {shown(metric.min, metric)}"]
    often = f", fewer than {metric.failures} times otherwise" if metric.failures > 1 else ""
    return " and ".join(told) + often


def _mean(values: Sequence[float]) -> float | None:
    mean = sum(values) / len(values) if values else None
    return None if mean is None or isnan(mean) else mean


def shown(value: float, metric: Metric) -> str:
    """Two digits are enough; a ratio is a percentage."""
    if _is_ratio(metric):
        return f"{_rounded(value * 100)} %"
    unit = f" {metric.unit}" if metric.unit else ""
    return f"{_rounded(value)}{unit}"


def _rounded(value: float) -> str:
    if abs(value) >= _LARGE:
        return f"{value:,.0f}"
    return f"{float(f'{value:.2g}'):g}" if abs(value) < _LARGE / 10 else f"{value:.0f}"


def _is_ratio(metric: Metric) -> bool:
    """As it says itself; else what divides, counts no seconds, and may be no more than a whole."""
    if metric.unit is not None:
        return metric.unit == "percent"
    limits = [limit for limit in (metric.max, metric.min) if limit is not None]
    divides = "/" in metric.query and "_seconds" not in metric.query and "quantile" not in metric.query
    return divides and bool(limits) and all(0 <= limit <= _RATIO for limit in limits)
