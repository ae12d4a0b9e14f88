"""To evaluate what the sandbox reads of PromQL at an instant. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from math import floor

from updater.sandbox.prometheus.promql import Call, Expression, NotRead, Or, Range, Selector
from updater.sandbox.prometheus.series import Database, Labels, Point

Key = tuple[tuple[str, str], ...]
Vector = dict[Key, float]
"""By labels with the name."""

_OVER: dict[str, Callable[[Iterable[float]], float]] = {
    "count_over_time": lambda values: float(len(list(values))),
    "min_over_time": min,
    "max_over_time": max,
}
_OF_ALL: dict[str, Callable[[Iterable[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "count": lambda values: float(len(list(values))),
}


class NotExecuted(ValueError):
    """A sentence as Prometheus says it."""


def raw(database: Database, wanted: Range, at: float) -> Iterator[tuple[Labels, list[Point]]]:
    """The samples of a range selector."""
    ends = at - wanted.offset
    if not isinstance(wanted.of, Selector):
        raise NotRead("1:1: parse error: ranges only allowed for vector selectors")
    for series in _selected(database, wanted.of):
        points = list(series.between(ends - wanted.seconds, ends, database.gaps))
        if points:
            yield series.labels, points


def vector(database: Database, wanted: Expression, at: float) -> Vector:
    """Raises NotRead or NotExecuted."""
    match wanted:
        case Selector():
            return {key: point[1] for key, point in _instant(database, wanted, at).items()}
        case Or(sides):
            return _either([vector(database, side, at) for side in sides])
        case Call():
            return _called(database, wanted, at)
    raise NotRead(f"1:1: parse error: the sandbox does not know what {wanted!r} means here")


def _called(database: Database, call: Call, at: float) -> Vector:
    match call:
        case Call("vector", (float() as value,)):
            return {(): value}
        case Call("timestamp", (of,)):
            return _timestamps(database, of, at)
        case Call("label_replace", (of, str() as name, str() as new, str() as old, str() as pattern)):
            return _replaced(vector(database, of, at), name, new, old, pattern)
        case Call(name, (Range() as over,)) if name in _OVER:
            return _over(database, name, over, at)
        case Call(name, (of,)) if name in _OF_ALL:
            values = vector(database, of, at).values()
            return {(): _OF_ALL[name](values)} if values else {}
    raise NotRead(f"1:1: parse error: the sandbox does not know {call.function} of that")


def _selected(database: Database, wanted: Selector) -> Iterator:  # type: ignore[type-arg]
    plain = {each.name: each.value for each in wanted.matchers if each.operator == "="}
    for series in database.having(plain):
        if all(each.holds(series.labels.get(each.name, "")) for each in wanted.matchers):
            yield series


def _instant(database: Database, wanted: Selector, at: float) -> dict[Key, Point]:
    found = {}
    for series in _selected(database, wanted):
        point = series.at(at - wanted.offset, database.gaps)
        if point is not None:
            found[_key(series.labels)] = point
    return found


def _timestamps(database: Database, of: Expression, at: float) -> Vector:
    """Of a selector those of its samples; of anything else the instant itself."""
    if isinstance(of, Selector):
        return {_nameless(key): point[0] for key, point in _instant(database, of, at).items()}
    return {_nameless(key): at for key in vector(database, of, at)}


def _over(database: Database, name: str, over: Range, at: float) -> Vector:
    if over.step is None:
        told = raw(database, over, at)
        return {_nameless(_key(labels)): _OVER[name](value for _, value in points) for labels, points in told}
    ends, values = at - over.offset, dict[Key, list[float]]()
    last = floor(ends / over.step) * over.step
    for number in range(floor(over.seconds / over.step) + 1):
        instant = last - number * over.step
        if instant > ends - over.seconds:
            for key, value in vector(database, over.of, instant).items():
                values.setdefault(_nameless(key), []).append(value)
    return {key: _OVER[name](each) for key, each in values.items()}


def _replaced(found: Vector, name: str, new: str, old: str, pattern: str) -> Vector:
    made: Vector = {}
    for key, value in found.items():
        labels = dict(key)
        match = re.fullmatch(pattern, labels.get(old, ""), re.DOTALL)
        if match is not None:
            labels[name] = re.sub(r"\$(\$|[0-9]+)", lambda one: _meaning(one, match), new)  # noqa: B023 - used at once
        fresh = _key({label: text for label, text in labels.items() if text})
        if fresh in made:
            raise NotExecuted("vector cannot contain metrics with the same labelset")
        made[fresh] = value
    return made


def _meaning(found: re.Match[str], match: re.Match[str]) -> str:
    return "$" if found[1] == "$" else match[int(found[1])] or ""


def _either(sides: list[Vector]) -> Vector:
    """Whose labels, without the name, an earlier side has, is left out."""
    made, seen = Vector(), set[Key]()
    for side in sides:
        fresh = {key: value for key, value in side.items() if _nameless(key) not in seen}
        seen |= {_nameless(key) for key in side}
        made |= fresh
    return made


def _key(labels: Labels) -> Key:
    return tuple(sorted(labels.items()))


def _nameless(key: Key) -> Key:
    return tuple(pair for pair in key if pair[0] != "__name__")
