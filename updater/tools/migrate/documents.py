"""To read what others' YAML says, one key at a time, with the line it stands in. Pure.

Their files may hold anything: what is not there, or is of another shape, says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from updater.manifests import PinRefused
from updater.manifests.composer import compose
from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode
from updater.printable import printable
from updater.tools.migrate.found import NotCarriedOver
from updater.value_class import value_class

_FILLED = re.compile(r"\{\{-?\s*\.?([A-Za-z_][\w.\[\]-]*)\s*-?\}\}")
_ALIASES = 10
"""One behind the other, at most."""


@value_class
class Said:
    """A place in a document, and what stands there."""

    node: Node | None
    anchors: Mapping[str, Node]
    file: str
    values: Mapping[str, str] = field(default_factory=dict)
    """What a template is filled in with, by name; in a document that is none, nothing."""

    def get(self, *keys: str) -> Said:
        found = self
        for key in keys:
            found = found._child(key)
        return found

    def _child(self, key: str) -> Said:
        return next((value for name, value in self.pairs() if name == key), self._with(None))

    def pairs(self) -> Iterator[tuple[str, Said]]:
        if isinstance(self.node, MappingNode):
            for name, value in self.node.pairs:
                if isinstance(name, ScalarNode):
                    yield name.value, self._with(value)

    def items(self) -> Iterator[Said]:
        if isinstance(self.node, SequenceNode):
            yield from (self._with(item) for item in self.node.items)

    def _with(self, node: Node | None) -> Said:
        for _ in range(_ALIASES):
            if not isinstance(node, AliasNode):
                return Said(node, self.anchors, self.file, self.values)
            node = self.anchors.get(node.value)
        return Said(None, self.anchors, self.file, self.values)

    @property
    def text(self) -> str:
        """Without blanks around it; empty where there is none."""
        text = self.node.value.strip() if isinstance(self.node, ScalarNode) else ""
        return _FILLED.sub(lambda found: self.values.get(found[1], found[0]), text) if self.values else text

    @property
    def is_true(self) -> bool:
        return self.text.lower() in {"true", "t", "1", "yes", "on"}

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(item.text for item in self.items())

    @property
    def is_there(self) -> bool:
        return self.node is not None

    @property
    def where(self) -> str:
        """File and line, fit to print."""
        return printable(self.file) if self.node is None else f"{printable(self.file)}:{self.node.line}"

    @property
    def kind(self) -> str:
        return self.get("kind").text

    @property
    def group(self) -> str:
        """Of its apiVersion."""
        return self.get("apiVersion").text.partition("/")[0]

    @property
    def name(self) -> str:
        return self.get("metadata", "name").text

    @property
    def namespace(self) -> str:
        return self.get("metadata", "namespace").text

    @property
    def labels(self) -> Mapping[str, str]:
        return {key: value.text for key, value in self.get("metadata", "labels").pairs()}


def documents(file: str, data: bytes) -> Iterator[Said]:
    """Raises PinRefused where they cannot be read. What a List holds comes one by one."""
    for document in compose(data).documents:
        whole = Said(document.root, document.anchors, file)
        if whole.kind == "List":
            yield from whole.get("items").items()
        else:
            yield whole


def first_document(file: str, data: bytes) -> Said:
    """Says nothing where there is none. Raises NotCarriedOver where it cannot be read."""
    try:
        return next(documents(file, data), Said(None, {}, file))
    except PinRefused as refused:
        raise NotCarriedOver(f"{refused_at(file, refused)}: {refused.sentence}") from None


def refused_at(file: str, refused: PinRefused) -> str:
    """File and line of a document that cannot be read."""
    return printable(file) if refused.line is None else f"{printable(file)}:{refused.line}"
