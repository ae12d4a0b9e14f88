"""To read what the API of Prometheus answers: series of numbers, and nothing that is not whole. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from updater.adapters.prometheus.errors import MonitoringTarget, no_numbers
from updater.adapters.prometheus.spans import is_moment
from updater.value_class import value_class

_ODD = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
_REMARKS = ("PromQL info", "PromQL warning")
"""How remarks on a query begin, which say nothing of what is missing."""


@value_class
class Series:
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    """Seconds since 1970 and values, oldest first."""

    @property
    def value(self) -> float:
        """Of an instant query."""
        return self.points[-1][1]


def read_series(content: object, target: MonitoringTarget) -> tuple[Series, ...]:
    """Whatever the type of the result. Raises Refused or Unavailable."""
    try:
        return tuple(_series(_data(content, target)))
    except _ODD:
        raise target.nonsense("series, as Prometheus does") from None


def read_alert_rules(content: object, target: MonitoringTarget) -> frozenset[str]:
    """The names of alerting rules. Raises Refused or Unavailable."""
    try:
        groups = _data(content, target)["groups"]
        return frozenset(
            _text(rule["name"])
            for group in groups
            for rule in group["rules"]
            if rule.get("type") == "alerting"
        )
    except _ODD:
        raise target.nonsense("rules, as Prometheus does") from None


def read_version(content: object, target: MonitoringTarget) -> str:
    """Who it says it is. Raises Refused or Unavailable."""
    try:
        data = _data(content, target)
        return f"{data.get('application') or ''} {_text(data['version'])}".strip()
    except _ODD:
        raise target.nonsense("its version, as Prometheus does") from None


def read_config(content: object, target: MonitoringTarget) -> str:
    """The YAML it runs with. Raises Refused or Unavailable."""
    try:
        return _text(_data(content, target)["yaml"])
    except _ODD:
        raise target.nonsense("its configuration, as Prometheus does") from None


def _data(content: Any, target: MonitoringTarget) -> Any:  # noqa: ANN401 - whatever JSON holds
    if content["status"] != "success":
        raise ValueError("no success")
    missing = [each for each in map(_text, content.get("warnings") or ()) if not each.startswith(_REMARKS)]
    if missing or content.get("isPartial") is True:
        raise target.partial(missing[0] if missing else "isPartial")
    return content["data"]


def _series(data: Any) -> Iterator[Series]:  # noqa: ANN401 - whatever JSON holds
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        yield Series({}, (_point(result),))
        return
    if kind not in {"vector", "matrix"}:
        raise ValueError(kind)
    for each in result:
        if "histogram" in each or "histograms" in each:
            raise no_numbers()
        points = [each["value"]] if kind == "vector" else each["values"]
        yield Series(_labels(each["metric"]), tuple(map(_point, points)))


def _labels(metric: Mapping[str, str]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in metric.items()}


def _point(pair: list[Any]) -> tuple[float, float]:
    """Numbers are texts: NaN and infinity are none of JSON."""
    at = float(pair[0])
    if not is_moment(at):
        raise ValueError(at)
    return at, float(_text(pair[1]))


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Half a character is none: nothing that has one could be asked about."""
    if not isinstance(value, str):
        raise TypeError(value)
    value.encode()
    return value
