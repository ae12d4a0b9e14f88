"""To read of an index.yaml which versions a Helm chart has. Pure; none of it is believed to be well-formed.

Source: https://helm.sh/docs/topics/chart_repository/. The index of a large repository has tens of megabytes,
so it is read event by event, and nothing is kept but what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from updater.value_class import value_class

try:
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]  # the library exports it nowhere
except ImportError:  # an interpreter without the C extension
    CParser = None

Event = Any  # the classes of the two parsers differ in fields and carry no types

MOST_VERSIONS = 100_000
"""Of one chart."""
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)
MOST_LEVELS = 1_000
"""Each costs the parser time for all that stands in it."""
CHARACTERS_PER_EVENT = 6
"""An index has ten bytes and more for each key and value; `[a,a` has two, and takes minutes."""
_FEWEST_EVENTS = 16_384
_KEPT = frozenset({"version", "digest", "created", "appVersion"})
_LAST = (b"\n", b"\r", b"}")
"""How a file ends of which nothing lacks: in JSON, or at the end of a line."""
_LONGEST = 256
"""Characters of what an entry says of itself; what is longer is no version, digest or time."""
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,127}", re.ASCII)


class NoIndex(Exception):
    """What came is none; says what it is, as a clause behind "with"."""


@value_class
class IndexedVersion:
    """One version, as the index has it."""

    version: str
    digest: str | None
    """Hexadecimal, of the archive; None where it says none."""
    created: str | None
    app_version: str | None


Versions = Mapping[str, Mapping[str, IndexedVersion]]
"""By chart and version."""


def read_index(body: bytes, charts: Collection[str]) -> Versions:
    """The versions of these charts; one without an entry has none. Raises NoIndex."""
    reader = _Reader(_bounded(_events(body), len(body)), frozenset(charts))
    try:
        found = reader.read()
    except YAMLError as error:
        raise NoIndex("YAML that cannot be read, perhaps broken off") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # ruamel.yaml 0.19 lets these escape for broken input, say an escape beyond Unicode
        raise NoIndex("no YAML") from error
    if not body.endswith(_LAST):
        # of `version: 1.2.30` there may be `version: 1.2.3`, which reads well and never was
        raise NoIndex("YAML that ends within a line, perhaps broken off")
    return found


def _events(body: bytes) -> Iterator[Event]:
    if CParser is not None:
        parser = CParser(body)
        return iter(parser.get_event, None)
    return iter(YAML(typ="safe", pure=True).parse(body.decode()))


def _bounded(events: Iterator[Event], size: int) -> Iterator[Event]:
    """Raises NoIndex where reading on would take longer than any index does."""
    depth, most = 0, max(_FEWEST_EVENTS, size // CHARACTERS_PER_EVENT)
    for number, event in enumerate(events):
        sort = event.__class__
        depth += (sort in _STARTS) - (sort in _ENDS)
        if depth > MOST_LEVELS:
            raise NoIndex(f"YAML that nests more than {MOST_LEVELS:,} levels")
        if number > most:
            raise NoIndex(f"YAML of more than {most:,} values, too many for its size")
        yield event


class _Reader:
    """Goes through the events once. An alias is not followed: Helm writes none."""

    def __init__(self, events: Iterator[Event], charts: frozenset[str]) -> None:
        self._events = events
        self._charts = charts
        self._found: dict[str, dict[str, IndexedVersion]] = {}

    def read(self) -> Versions:
        event = self._root()
        if not isinstance(event, MappingStartEvent):
            raise NoIndex("YAML that is no index of charts")
        seen = False
        for key, value in self._pairs():
            if key == "entries":
                seen = True
                self._entries(value)
            else:
                self._skip(value)
        for _ in self._events:
            pass  # the rest of the stream has to be readable, too: else it may be cut off
        if not seen:
            raise NoIndex("YAML without the `entries` of an index of charts")
        return self._found

    def _root(self) -> Event:
        for event in self._events:
            if isinstance(event, (*_STARTS, ScalarEvent, AliasEvent, StreamEndEvent)):
                return event
        return None

    def _entries(self, start: Event) -> None:
        if not isinstance(start, MappingStartEvent):
            self._skip(start)
            return
        for chart, value in self._pairs():
            if chart in self._charts and isinstance(value, SequenceStartEvent):
                self._versions(chart)
            else:
                self._skip(value)

    def _versions(self, chart: str) -> None:
        found = self._found.setdefault(chart, {})
        for item in self._until(SequenceEndEvent):
            if not isinstance(item, MappingStartEvent):
                self._skip(item)
                continue
            entry = _entry(self._fields())
            if entry is not None and len(found) < MOST_VERSIONS:
                found.setdefault(entry.version, entry)

    def _fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        for key, value in self._pairs():
            if key in _KEPT and isinstance(value, ScalarEvent) and len(value.value) <= _LONGEST:
                fields[key] = value.value
            else:
                self._skip(value)
        return fields

    def _pairs(self) -> Iterator[tuple[str | None, Event]]:
        """The key, where it is a plain one, and the event its value begins with, for the caller to go on."""
        for key in self._until(MappingEndEvent):
            if not isinstance(key, ScalarEvent):
                self._skip(key)
            yield (key.value if isinstance(key, ScalarEvent) else None), next(self._events)

    def _until(self, end: type) -> Iterator[Event]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _skip(self, event: Event) -> None:
        depth = 1 if event.__class__ in _STARTS else 0
        following: Callable[[], Event] = self._events.__next__
        while depth:
            sort = following().__class__
            if sort in _STARTS:
                depth += 1
            elif sort in _ENDS:
                depth -= 1


def _entry(fields: Mapping[str, str]) -> IndexedVersion | None:
    version = fields.get("version", "")
    if not _VERSION.fullmatch(version):
        return None
    return IndexedVersion(version, fields.get("digest"), fields.get("created"), fields.get("appVersion"))
