"""To hold YAML, or lines of KEY=VALUE, as nodes that know where they stand in their text. Pure.

Positions count characters of `File.text`; `first` and `last` count the parser's events.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from updater.manifests.refusals import PinRefused

Syntax = Literal["yaml", "env"]
"""How a text is read; lines of KEY=VALUE are held as one mapping."""
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
class Block:
    """Where the text of a literal block scalar stands in the file around it."""

    outer: "YamlFile"
    node: ScalarNode
    lines: tuple[tuple[int, int], ...]
    """Of each line, where it starts in the text of the block, and where in that of the file around it."""

    @property
    def depth(self) -> int:
        around = self.outer.block
        return 1 if around is None else around.depth + 1


@dataclass(frozen=True, slots=True, eq=False)
class YamlFile:
    """A text without its byte order mark; `marked` tells whether there was one.

    Compared by identity, which is what kinds remember by what they found in it.
    """

    text: str
    marked: bool
    documents: tuple[Document, ...]
    events: list[Event]
    syntax: Syntax = "yaml"
    block: Block | None = None
    """The block scalar whose text this is; its lines have the numbers that they have in the file."""
    inside: "dict[tuple[int, Syntax], YamlFile | PinRefused]" = field(default_factory=dict)
    """The blocks that were looked into so far, by their node and how they were read, or why they are not."""
