"""To read YAML text as nodes that know where they stand in it. Pure.

The nodes are built here from the parser's events, and not by the library's composer: that one recurses (deep
nesting kills the process), follows aliases (a bomb explodes) and refuses duplicate keys far from any pin.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from updater.manifests.nodes import (
    AliasNode,
    Document,
    Event,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    YamlFile,
)
from updater.manifests.refusals import PinRefused
from updater.reasons import failure_reasons, pin_reasons

try:
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]  # the library exports it nowhere
except ImportError:  # an interpreter without the C extension reads everything with the pure parser
    CParser = None

DEPTH = 100
EVENTS = 16_384
CHARACTERS_PER_EVENT = 6  # real manifests need ten and more; `{a,a,a` needs one, and seconds
PURE_CHARACTERS = 32_768  # the pure parser is forty times slower
BYTE_ORDER_MARK = "\ufeff"

_COLON = re.compile(r"[ \t]*:")
_STARTS = frozenset({MappingStartEvent, SequenceStartEvent})
_ENDS = frozenset({MappingEndEvent, SequenceEndEvent})


@lru_cache(maxsize=1)
def compose(data: bytes) -> YamlFile:
    """Raise PinRefused where the bytes are not one or more YAML documents."""
    text = decoded(data)
    marked = text.startswith(BYTE_ORDER_MARK)
    return compose_text(text[marked:], marked=marked)


def compose_text(text: str, *, marked: bool = False) -> YamlFile:
    if CParser is None:
        return _file(text, pure_events(text), marked=marked)
    try:
        return _file(text, c_events(text), marked=marked)
    except PinRefused as refused:
        if refused.code not in {"not_yaml", "template"} or len(text) > PURE_CHARACTERS:
            raise
        return _second_opinion(text, refused, marked=marked)


def c_events(text: str) -> Iterator[Event]:
    return iter(CParser(text).get_event, None)


def pure_events(text: str) -> Iterator[Event]:
    for event in YAML(typ="safe", pure=True).parse(text):
        if event.__class__ is ScalarEvent:
            event.value.encode()  # raises for half a surrogate pair, which this parser lets pass
        yield event


def _second_opinion(text: str, refused: PinRefused, *, marked: bool) -> YamlFile:
    """The C parser knows YAML 1.1 only: `[localhost:5000/app]` is beyond it."""
    try:
        return _file(text, pure_events(text), marked=marked)
    except PinRefused:
        raise refused from None


def decoded(data: bytes) -> str:
    """Raise PinRefused where the bytes are no UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PinRefused(pin_reasons.NOT_UTF8, "is not UTF-8; save the file as UTF-8", line) from error


def _file(text: str, events: Iterable[Event], *, marked: bool) -> YamlFile:
    seen: list[Event] = []
    try:
        documents = tuple(_documents(events, text, seen))
    except YAMLError as error:
        raise _not_yaml(text, error) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # ruamel.yaml 0.19 lets these escape for broken input, say an escape beyond Unicode
        raise PinRefused(pin_reasons.NOT_YAML, "is not YAML; mend the file") from error
    return YamlFile(text, marked, documents, seen)


def _not_yaml(text: str, error: YAMLError) -> PinRefused:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    line = None if mark is None else mark.line + 1
    if "{{" in text or "{%" in text:
        return PinRefused(
            pin_reasons.TEMPLATE, "is a template and not YAML; name a file that is applied as it stands", line
        )
    problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or "it cannot be parsed"
    return PinRefused(pin_reasons.NOT_YAML, f"is not YAML ({problem}); mend the file", line)


def _documents(events: Iterable[Event], text: str, seen: list[Event]) -> Iterator[Document]:
    most = max(EVENTS, len(text) // CHARACTERS_PER_EVENT)
    children: list[Node] = []
    anchors: dict[str, Node] = {}
    open_collections: list[tuple[Event, int, list[Node]]] = []
    for number, event in enumerate(events):
        seen.append(event)
        if number > most:
            raise _too_many(event, most)
        sort = event.__class__
        if sort is ScalarEvent:
            children.append(_scalar(event, number) if event.value or event.style else _empty(seen, text))
            if event.anchor:
                anchors[event.anchor] = children[-1]
        elif sort in _STARTS:
            open_collections.append((event, number, children))
            children = []
            _refuse_depth(event, len(open_collections))
        elif sort in _ENDS:
            start, first, outer = open_collections.pop()
            outer.append(_collection(start, event, children, first, number))
            children = outer
            if start.anchor:
                anchors[start.anchor] = children[-1]
        elif sort is AliasEvent:
            children.append(_alias(event, number))
        elif sort is DocumentEndEvent:
            yield Document(children.pop(), event.start_mark.index, anchors)
            anchors = {}


def _too_many(event: Event, most: int) -> PinRefused:
    line = event.start_mark.line + 1
    return PinRefused(failure_reasons.TOO_LARGE, f"has more than {most:,} values; name a smaller file", line)


def _refuse_depth(event: Event, depth: int) -> None:
    if depth > DEPTH:
        line = event.start_mark.line + 1
        raise PinRefused(
            failure_reasons.TOO_DEEP, f"nests more than {DEPTH} levels; name a plainer file", line
        )


def _alias(event: Event, number: int) -> AliasNode:
    start = event.start_mark
    return AliasNode(event.anchor, start.index, event.end_mark.index, start.line + 1, number)


def _scalar(event: Event, number: int) -> ScalarNode:
    start = event.start_mark
    return ScalarNode(
        event.value,
        start.index,
        event.end_mark.index,
        start.line + 1,
        event.style or "",
        event.tag,
        event.anchor,
        number,
    )


def _empty(seen: list[Event], text: str) -> ScalarNode:
    """The C parser puts an empty value behind its colon, the pure one before the next token."""
    node = _scalar(seen[-1], len(seen) - 1)
    key = seen[-2]
    colon = _COLON.match(text, key.end_mark.index) if key.__class__ is ScalarEvent else None
    if colon is None or node.start != node.end:
        return node
    return node._replace(start=colon.end(), end=colon.end(), line=key.end_mark.line + 1)


def _collection(start: Event, end: Event, children: list[Node], first: int, last: int) -> Node:
    place = start.start_mark
    rest = (
        place.index,
        end.end_mark.index,
        place.line + 1,
        start.flow_style,
        start.tag,
        start.anchor,
        first,
        last,
    )
    if start.__class__ is SequenceStartEvent:
        return SequenceNode(tuple(children), *rest)
    return MappingNode(tuple(zip(children[::2], children[1::2], strict=True)), *rest)
