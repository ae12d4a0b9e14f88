"""To read lines of KEY=VALUE (`.env`, `params.env`) as one mapping that knows where its values stand. Pure.

Tools differ in what they take for such a file: kustomize keeps quotes, Docker Compose and shells read them,
some go on behind a backslash. What they would read differently is refused; of what they agree on, every byte
stays.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ruamel.yaml.events import Event, MappingEndEvent, MappingStartEvent, ScalarEvent

from updater.manifests.composer import BYTE_ORDER_MARK, decoded
from updater.manifests.nodes import Document, MappingNode, Node, ScalarNode, YamlFile
from updater.manifests.refusals import PinRefused
from updater.reasons import pin_reasons

_BREAK = re.compile(r"\r\n|\n")
_LINE = re.compile(
    r"""[ \t]*+(?:
        (?:\#.*+)?
      | (?:export[ \t]++)?(?P<key>[A-Za-z_][A-Za-z0-9_.-]*+)
        (?P<set>=(?:
            "(?P<double>[^"\\]*+)" | '(?P<single>[^'\\]*+)'
          | (?P<plain>(?![ \t"'])(?:[^ \t]|[ \t]++(?![\#]|$))*+)
        ))?
        (?:[ \t]++\#.*+)?
    )[ \t]*+""",
    re.VERBOSE,
)


class _Mark(NamedTuple):
    line: int


def compose_env(data: bytes) -> YamlFile:
    """Raise PinRefused where the bytes are no lines of KEY=VALUE."""
    text = decoded(data)
    marked = text.startswith(BYTE_ORDER_MARK)
    return compose_lines(text[marked:], marked=marked)


def compose_lines(text: str, *, marked: bool = False) -> YamlFile:
    """Raise PinRefused for the first line that tools would not read alike."""
    top = _Mark(0)
    events: list[Event] = [MappingStartEvent(None, None, True, top, top, flow_style=False)]
    pairs: list[tuple[Node, Node]] = []
    for number, start, line in _lines(text):
        match = _LINE.fullmatch(line)
        if match is None or line.endswith("\\") or "\r" in line:
            raise _no_line(line, number)
        if match["set"] is not None:
            pairs.append((_node(match, "key", start, number, events), _value(match, start, number, events)))
    events.append(MappingEndEvent(top, top))
    root = MappingNode(tuple(pairs), 0, len(text), 1, False, None, None, 0, len(events) - 1)
    return YamlFile(text, marked, (Document(root, len(text), {}),), events, "env")


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Number, place and text of each."""
    start, number = 0, 1
    for found in _BREAK.finditer(text):
        yield number, start, text[start : found.start()]
        start, number = found.end(), number + 1
    yield number, start, text[start:]


def _value(match: re.Match[str], start: int, number: int, events: list[Event]) -> ScalarNode:
    group = next(name for name in ("double", "single", "plain") if match[name] is not None)
    return _node(match, group, start, number, events)


def _node(match: re.Match[str], group: str, start: int, number: int, events: list[Event]) -> ScalarNode:
    """With its quotes, as in YAML; what stands between them is taken to the letter."""
    quote = {"double": '"', "single": "'"}.get(group, "")
    first, last = match.start(group) - len(quote), match.end(group) + len(quote)
    mark = _Mark(number - 1)
    events.append(ScalarEvent(None, None, (True, True), match[group], mark, mark, quote))
    node = (match[group], start + first, start + last, number, quote)
    return ScalarNode(*node, tag=None, anchor=None, first=len(events) - 1)


def _no_line(line: str, number: int) -> PinRefused:
    why = "has a line that is no KEY=VALUE; mend it, or name a file of such lines"
    if "\r" in line:
        why = "has a carriage return without a line feed, where only some tools end the line; use LF or CRLF"
    elif line.endswith("\\"):
        why = "has a line that ends with a backslash, behind which some tools go on; write it as one"
    elif re.search(r"""=[ \t]*["']""", line):
        why = "has quotes that tools read in different ways; write the value without them"
    return PinRefused(pin_reasons.NOT_ENV, why, number)
