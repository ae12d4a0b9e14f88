"""What a user may write about how an app is watched: which alerts and which queries are about it. Pure.

All of it is the operator's to say, none of it a team's file's: what is asked costs Prometheus, and who says
which alerts count says what the gates let through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from updater import label_matchers, promql
from updater.config.names import Word
from updater.label_matchers import LabelMatcher
from updater.model import AlertMatch, Metric, Placement, TrafficNeeded
from updater.settings import Settings
from updater.strict_yaml.faults import unknown_word

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_ALERT = re.compile(r"[^\s\"'`{}\\]{1,200}")
_OURS = ("alertstate", "__name__")
_FIELD = re.compile(r"\{([a-z]+)\}")
_EVERYTHING = re.compile(r"(?:\^?\(?\.[*+]\)?\$?)?")
"""Regular expressions that any value matches, or any but none."""
_UNLIKELY = "\x00 no label has such a value"
_BROKEN = ("missing )", "unbalanced parenthesis", "unterminated", "nothing to repeat", "multiple repeat")
_CLUSTERLESS = "{cluster} needs an environment named cluster/…, or its cluster: written out"
PLACES = ("app", "environment", "cluster")
"""What is filled in wherever PromQL stands."""


def _query(*names: str) -> Callable[[str], str]:
    known = (*PLACES, *names)

    def checked(text: str) -> str:
        promql.check(text)
        for name in promql.fields(text):
            if name not in known:
                raise ValueError(unknown_word("template", name, known))
        return text

    return checked


def _of_a_tag(text: str) -> str:
    """Else it answers before the tag runs, and what ran before is judged."""
    if "tag" not in promql.fields(text):
        raise ValueError('it answers whichever tag runs: write {tag} into it, such as image=~".*:{tag}"')
    try:
        promql.fill(text, {"tag": "v1.2-rc"})
    except ValueError:
        raise ValueError("{tag} cannot stand outside quotes: write it into the value of a label") from None
    return text


def _matchers(text: str) -> str:
    found = label_matchers.parse(text)
    if not found:
        raise ValueError('it is empty: write label matchers, such as namespace="prod", pod=~"{app}-.*"')
    for matcher in found:
        if matcher.is_expression and (why := _why_broken(matcher.value)) is not None:
            raise ValueError(f"{matcher} holds no regular expression: {why}")
        if matcher.name in _OURS:
            raise ValueError(f"{matcher.name} is the updater's to ask for: leave it out")
        for name in _FIELD.findall(matcher.value):
            if name not in PLACES:
                raise ValueError(unknown_word("template", name, PLACES))
    if not any(map(_narrows, found)):
        raise ValueError(f'{text} matches every alert: narrow it to the app\'s, such as pod=~"{{app}}-.*"')
    return text


def _narrows(matcher: LabelMatcher) -> bool:
    """Not every alert, nor every one that has the label, is meant."""
    if matcher.operator == "=":
        return bool(matcher.value)
    return matcher.operator == "=~" and not _is_everything(matcher.value)


def _is_everything(expression: str) -> bool:
    if _EVERYTHING.fullmatch(expression):
        return True
    try:
        return re.fullmatch(expression, _UNLIKELY) is not None
    except re.error:
        return False


def _why_broken(expression: str) -> str | None:
    """What no dialect takes; the rest is for Prometheus to say, whose expressions are not Python's."""
    try:
        re.compile(expression)
    except re.error as error:
        return error.msg if error.msg.startswith(_BROKEN) else None
    return None


def _alert(text: str) -> str:
    if not _ALERT.fullmatch(text):
        raise ValueError(f"{text!r} is no name of an alert: write it as the rule has it, such as Watchdog")
    return text


def metric_name(text: str) -> str:
    """Raises ValueError where no metric may be called that."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a metric: use a-z, 0-9, - and _, such as error-rate")
    return text


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    return [value] if isinstance(value, str) else value


MetricName = Annotated[str, AfterValidator(metric_name)]
AlertName = Annotated[str, AfterValidator(_alert)]
Query = Annotated[str, AfterValidator(_query())]
SpanQuery = Annotated[str, AfterValidator(_query("span"))]
TagQuery = Annotated[str, AfterValidator(_query("tag")), AfterValidator(_of_a_tag)]


class AlertSettings(Settings):
    """`alerts:` of an environment: which of them are about an app there."""

    match: Annotated[str, AfterValidator(_matchers)] = Field(
        description='label matchers of PromQL, such as namespace="prod", pod=~"{app}-.*"'
    )
    severity: Annotated[tuple[Word, ...], BeforeValidator(_listed)] = Field(
        default=(), description="which of these the label severity has to be; the default is any"
    )
    rules: Annotated[tuple[AlertName, ...], BeforeValidator(_listed)] = Field(
        default=(),
        description="the names of those that count, all of them loaded; the default is any",
    )


class TrafficSettings(Settings):
    """`needs:` of a metric: how much there must be to measure anything by."""

    query: SpanQuery = Field(
        description="how much there was in {span}, such as sum(increase(http_requests_total[{span}]))"
    )
    least: float = Field(
        alias="min", gt=0, allow_inf_nan=False, description="at least so much; with less nothing is measured"
    )
    of: Word = Field(default="requests", description="what it counts, in a word")


class MetricSettings(Settings):
    """One of `metrics:` of an environment: a query about an app, and its limits."""

    query: Query = Field(description="PromQL that answers one series")
    max: float | None = Field(
        default=None, allow_inf_nan=False, description="the most it may be, such as 0.01"
    )
    min: float | None = Field(default=None, allow_inf_nan=False, description="the least it may be")
    worse_than_before: float | None = Field(
        default=None,
        ge=1,
        allow_inf_nan=False,
        description="by which factor it may be worse than over the same length before",
    )
    failures: int = Field(default=1, ge=1, strict=True, description="so many samples beyond a limit fail it")
    needs: TrafficSettings | None = Field(default=None, description="how much traffic it takes")
    dry_run: bool = Field(default=False, description="it tells, and holds nothing")
    unit: Word | None = Field(default=None, description="behind its numbers, such as s; percent: of a ratio")

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.max is None and self.min is None and self.worse_than_before is None:
            raise ValueError("this asks for nothing: write max, min or worse_than_before")
        if self.max is not None and self.min is not None and self.max < self.min:
            raise ValueError(f"nothing is both at most {self.max:g} and at least {self.min:g}")
        return self


def alert_match(settings: AlertSettings, placement: Placement, cluster: str | None) -> AlertMatch:
    """With all filled in but `{app}`. Raises ValueError."""
    values = {name: text for name, text in _values(placement, cluster).items() if name != "app"}
    found = (_with(matcher, values) for matcher in label_matchers.parse(settings.match))
    template = ", ".join(map(str, found))
    return AlertMatch(template, placement.config_app, settings.severity, settings.rules)


def _with(matcher: LabelMatcher, values: Mapping[str, str]) -> LabelMatcher:
    def value_of(match: re.Match[str]) -> str:
        if match[1] == "app":
            return match[0]
        if match[1] not in values:
            raise ValueError(_CLUSTERLESS)
        text = values[match[1]]
        return label_matchers.literal(text) if matcher.is_expression else text

    return replace(matcher, value=_FIELD.sub(value_of, matcher.value))


def metric(name: str, settings: MetricSettings, placement: Placement, cluster: str | None) -> Metric:
    """With all filled in but `{span}`. Raises ValueError."""
    values, needs = _values(placement, cluster), settings.needs
    traffic = TrafficNeeded(_filled(needs.query, values), needs.least, needs.of) if needs else None
    return Metric(
        name=name,
        query=_filled(settings.query, values),
        max=settings.max,
        min=settings.min,
        worse_than_before=settings.worse_than_before,
        failures=settings.failures,
        needs=traffic,
        dry_run=settings.dry_run,
        unit=settings.unit,
    )


def arrival_query(query: str, placement: Placement, cluster: str | None) -> str:
    """With all filled in but `{tag}`. Raises ValueError."""
    return _filled(query, _values(placement, cluster))


def _filled(query: str, values: Mapping[str, str]) -> str:
    if "cluster" not in values and "cluster" in promql.fields(query):
        raise ValueError(_CLUSTERLESS)
    return promql.fill(query, values)


def _values(placement: Placement, cluster: str | None) -> dict[str, str]:
    first, slash, _ = placement.environment.partition("/")
    named = cluster or (first if slash else None)
    values = {"app": placement.config_app, "environment": placement.environment}
    return {**values, "cluster": named} if named else values
