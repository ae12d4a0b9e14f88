"""To hold YAML as nodes that know where they stand in their text. Pure.

Positions count characters of `File.text`; `first` and `last` count the parser's events.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

Event = Any  # the classes of the two parsers differ in fields and carry no types


class ScalarNode(NamedTuple):
    value: str
    start: int
    end: int
    line: int
    style: str
    tag: str | None
    anchor: str | None
    first: int

    @property
    def last(self) -> int:
        return self.first


class AliasNode(NamedTuple):
    value: str
    start: int
    end: int
    line: int
    first: int

    @property
    def last(self) -> int:
        return self.first


class MappingNode(NamedTuple):
    pairs: "tuple[tuple[Node, Node], ...]"
    start: int
    end: int
    line: int
    flow: bool
    tag: str | None
    anchor: str | None
    first: int
    last: int


class SequenceNode(NamedTuple):
    items: "tuple[Node, ...]"
    start: int
    end: int
    line: int
    flow: bool
    tag: str | None
    anchor: str | None
    first: int
    last: int


Node = ScalarNode | AliasNode | MappingNode | SequenceNode


class Document(NamedTuple):
    root: Node
    end: int
    anchors: dict[str, Node]


@dataclass(frozen=True, slots=True, eq=False)
class YamlFile:
    """A text without its byte order mark; `marked` tells whether there was one.

    Compared by identity, which is what kinds remember by what they found in it.
    """

    text: str
    marked: bool
    documents: tuple[Document, ...]
    events: list[Event]
