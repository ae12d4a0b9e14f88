"""To ask many queries in few requests: joined, told apart by a label, split where one spoils others. I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from time import monotonic
from typing import TypeAlias

from updater.adapters.one_server_session import AT_ONCE
from updater.adapters.prometheus.answers import Series, read_series
from updater.adapters.prometheus.errors import QueryRefused, QuerySlow
from updater.adapters.prometheus.http_client import MonitoringClient
from updater.adapters.prometheus.spans import as_seconds
from updater.errors import UpdaterError
from updater.value_class import value_class

LONGEST = 12 * 1024
"""Bytes of a query: VictoriaMetrics takes 16 KiB, the others more."""
_MOST_SPLITS = 200
"""Of a pass: a server that refuses everything is not asked for each by itself."""
GIVEN_UP = 10
"""Seconds after which a server gives a query up."""

_ASKED = {"timeout": f"{GIVEN_UP}s", "partial_response": "false", "nocache": "1"}
"""Of every query: Thanos then fails where a store is away, and VictoriaMetrics keeps to the given times."""

Answered: TypeAlias = tuple[Series, ...] | UpdaterError


@value_class
class When:
    """Of a range, milliseconds since 1970 and between two points; without a start, one instant."""

    at: int
    start: int | None = None
    step: int = 0


class QueryBatches:
    """Of all that is asked at once, which has so many seconds."""

    def __init__(self, door: MonitoringClient, seconds: int) -> None:
        self._door, self._seconds, self._until = door, seconds, monotonic() + seconds
        # Nobody who writes a query can know it: none speaks in another's name.
        self._mark = f"updater_{token_hex(4)}"
        self._splits = 0

    def ask(self, wanted: Sequence[tuple[str, When]], *, together: bool = True) -> list[Answered]:
        """Each by itself answered; those of the same time share requests, unless they are of raw samples."""
        answers: list[Answered | None] = [None] * len(wanted)
        groups = list(_groups(wanted, LONGEST if together else 0))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for told in pool.map(lambda group: self._told(*group), groups):
                for number, answer in told.items():
                    answers[number] = answer
        assert all(answer is not None for answer in answers), "each is in one group"
        return [answer for answer in answers if answer is not None]

    def _told(self, when: When, queries: Mapping[int, str]) -> Mapping[int, Answered]:
        try:
            return self._asked(when, queries)
        except (QueryRefused, QuerySlow) as error:
            if len(queries) == 1 or self._splits >= _MOST_SPLITS:
                return dict.fromkeys(queries, error)
            self._splits += 1
            return {**self._told(when, _half(queries, 0)), **self._told(when, _half(queries, 1))}
        except UpdaterError as error:
            return dict.fromkeys(queries, error)

    def _asked(self, when: When, queries: Mapping[int, str]) -> Mapping[int, Answered]:
        if monotonic() > self._until:
            raise self._door.target.out_of_time(self._seconds)
        if len(queries) == 1:
            return {number: self._send(when, query) for number, query in queries.items()}
        parts = [
            f'label_replace(\n{query}\n,"{self._mark}","{number}","{self._mark}","")'
            for number, query in queries.items()
        ]
        return self._apart(self._send(when, " or ".join(parts)), queries)

    def _apart(self, found: Sequence[Series], queries: Mapping[int, str]) -> dict[int, Answered]:
        answers: dict[str, list[Series]] = {str(number): [] for number in queries}
        for series in found:
            labels = dict(series.labels)
            mine = answers.get(labels.pop(self._mark, ""))
            if mine is None:  # a query that is no whole one by itself
                raise QueryRefused("the queries cannot be asked together")
            mine.append(Series(labels, series.points))
        return {number: tuple(answers[str(number)]) for number in queries}

    def _send(self, when: When, query: str) -> tuple[Series, ...]:
        form = {**_ASKED, "query": query}
        if when.start is None:
            told = self._door.post("/api/v1/query", {**form, "time": as_seconds(when.at)}, "a query")
        else:
            span = {
                "start": as_seconds(when.start),
                "end": as_seconds(when.at),
                "step": as_seconds(when.step),
            }
            told = self._door.post("/api/v1/query_range", {**form, **span}, "a query")
        return read_series(told, self._door.target)


def expected(answers: Sequence[Answered]) -> tuple[Series, ...]:
    """All of them. Raises the first error."""
    for answer in answers:
        if isinstance(answer, UpdaterError):
            raise answer
    return tuple(series for answer in answers if not isinstance(answer, UpdaterError) for series in answer)


def _groups(wanted: Sequence[tuple[str, When]], most: int) -> Iterator[tuple[When, dict[int, str]]]:
    """As many of the same time as so many bytes hold, and at least one."""
    open_groups: dict[When, tuple[dict[int, str], int]] = {}
    for number, (query, when) in enumerate(wanted):
        group, size = open_groups.get(when, ({}, 0))
        more = len(query.encode()) + 90
        if group and size + more > most:
            yield when, group
            group, size = {}, 0
        group[number] = query
        open_groups[when] = (group, size + more)
    yield from ((when, group) for when, (group, _) in open_groups.items())


def _half(queries: Mapping[int, str], which: int) -> dict[int, str]:
    ordered = list(queries.items())
    middle = len(ordered) // 2
    return dict(ordered[middle:] if which else ordered[:middle])
