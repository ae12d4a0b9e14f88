"""To read YAML text as plain values that know their lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from updater.manifests.composer import compose, pure_events
from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode
from updater.manifests.refusals import PinRefused
from updater.manifests.scalars import is_null
from updater.strict_yaml.faults import Faults
from updater.value_class import value_class

EXPANDED = 1_000_000  # values a file may have once its aliases are followed; a bomb has billions
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ESCAPING = (YAMLError, ValueError, IndexError, TypeError, AttributeError, KeyError)  # of ruamel.yaml 0.19
_TRUTH = {f(word): word == "true" for word in ("true", "false") for f in (str.lower, str.title, str.upper)}
_BARE_PATTERN = re.compile(r":\s*\{\w+\}[^\s,}]")
_UNQUOTED = 'holds a pattern without quotes, and { begins a mapping: write it like "{date}-{sha}"'
_BROKEN = {
    "template": "is a template: the config is plain YAML, so write the values out",
    "too_deep": "nests deeper than any setting: check the brackets",
}


@value_class
class WrittenMapping:
    """One value; `parts` has the line of the key and the value, by key or number."""

    data: Any
    line: int
    size: int = 1
    parts: Mapping[str | int, tuple[int, WrittenMapping]] = field(default_factory=dict)

    def part(self, key: str | int) -> tuple[int, WrittenMapping] | None:
        """A list is also searched by what its items are: `environments: [staging]` has a staging."""
        if isinstance(self.data, list) and isinstance(key, str):
            return next((part for part in self.parts.values() if part[1].data == key), None)
        return self.parts.get(key)


@value_class
class SourceLocation:
    """Where something is set: a file and the keys that lead there."""

    file: str
    root: WrittenMapping
    path: tuple[str | int, ...] = ()

    def child(self, *keys: str | int) -> SourceLocation:
        return SourceLocation(self.file, self.root, (*self.path, *keys))

    def fault(self, sentence: str) -> str:
        """The sentence with the file, the line and the keys, as deep as they are written."""
        line, keys = self._deepest()
        shown = _dotted(keys)
        return f"{self.file}:{line}: {shown}: {sentence}" if shown else f"{self.file}:{line}: {sentence}"

    @property
    def where(self) -> str:
        return f"{self.file}:{self._deepest()[0]}"

    @property
    def written(self) -> WrittenMapping | None:
        """What stands there; None where nothing does."""
        value = self.root
        for key in self.path:
            part = value.part(key)
            if part is None:
                return None
            value = part[1]
        return value

    def with_copies(self, key: str, copies: Mapping[str, str]) -> SourceLocation:
        """As if the mapping (or list) at `key` also held these, each as another one stands there."""
        owner = self.written
        found = owner.part(key) if owner is not None else None
        if owner is None or found is None:
            return self
        line, inner = found
        parts: dict[str | int, tuple[int, WrittenMapping]] = dict(inner.parts)
        if isinstance(inner.data, list):
            parts = {str(part[1].data): part for part in inner.parts.values()}
        parts.update((copy, part) for copy, of in copies.items() if (part := inner.part(of)) is not None)
        wider = WrittenMapping(dict.fromkeys(parts), inner.line, parts=parts)
        return SourceLocation(self.file, replace(owner, parts={**owner.parts, key: (line, wider)}))

    def _deepest(self) -> tuple[int, list[str | int]]:
        line, value, keys = self.root.line, self.root, list[str | int]()
        for key in self.path:
            part = value.part(key)
            if part is not None:  # a short form lacks a key: `soak: 30m` has no `for`
                line, value = part
                keys.append(key)
        return line, keys


def read(file: str, data: bytes, faults: Faults, *, needed: bool = False) -> SourceLocation | None:
    """The one document of a file; None where a fault was found, say that it is empty."""
    place = document(file, data, faults)
    if place is not None and place.root.data is None:
        instead = ", or let updater init draft a new folder" if needed else " or delete it"
        faults.add(f"{file}: is empty: write its settings{instead}")
        return None
    return place


def document(file: str, data: bytes, faults: Faults) -> SourceLocation | None:
    """The same of a file that may be empty: its value is then None."""
    try:
        documents = compose(data).documents
    except PinRefused as refused:
        line, sentence = _broken(data, refused)
        faults.add(f"{file}:{line}: {sentence}" if line else f"{file}: {sentence}")
        return None
    if len(documents) > 1:
        faults.add(f"{file}: holds {len(documents)} YAML documents: keep one")
        return None
    if not documents:
        return SourceLocation(file, WrittenMapping(None, 1))
    reader = _NodeReader(file, faults)
    root = reader.value(documents[0].root, ())
    return SourceLocation(file, root) if reader.sound else None


def _broken(data: bytes, refused: PinRefused) -> tuple[int | None, str]:
    """The fast parser stumbles over `{url: https://…}` first, so the exact one has to say what is wrong."""
    if refused.code != "not_yaml":
        return refused.line, _BROKEN.get(refused.code, refused.sentence)
    try:
        for _ in pure_events(data.decode("utf-8-sig")):
            pass
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else refused.line
        return line, _UNQUOTED if _has_bare_pattern(data, line) else _problem(
            error.problem or "it cannot be parsed"
        )
    except _ESCAPING:
        return refused.line, refused.sentence
    return refused.line, "holds a text with a colon inside [] or {}: put it in quotes, as the file is large"


def _has_bare_pattern(data: bytes, line: int | None) -> bool:
    """The parser stumbles in that line, or at the next one."""
    lines = data.decode("utf-8-sig").splitlines()[max(0, (line or 1) - 2) : line or 1]
    return any(_BARE_PATTERN.search(each) for each in lines)


def _problem(problem: str) -> str:
    if "\\t" in problem:
        return "is indented by a tab, which YAML does not take: use blanks"
    return f"is not YAML ({problem}): mend it there or just above"


class _NodeReader:
    def __init__(self, file: str, faults: Faults) -> None:
        self.sound = True
        self._file = file
        self._faults = faults
        self._anchors: dict[str, WrittenMapping] = {}

    def value(self, node: Node, path: tuple[str | int, ...]) -> WrittenMapping:
        if isinstance(node, AliasNode):
            return self._aliased(node, path)
        if node.tag is not None:
            self._fault(node.line, path, "has a YAML tag (!): leave the tag out")
        written = self._plain(node, path)
        if node.anchor:
            self._anchors[node.anchor] = written
        return written

    def _aliased(self, node: AliasNode, path: tuple[str | int, ...]) -> WrittenMapping:
        found = self._anchors.get(node.value)
        if found is None:
            self._fault(node.line, path, f"the alias *{node.value} stands for nothing above it")
        return found or WrittenMapping(None, node.line)

    def _plain(
        self, node: MappingNode | SequenceNode | ScalarNode, path: tuple[str | int, ...]
    ) -> WrittenMapping:
        if isinstance(node, ScalarNode):
            return WrittenMapping(_scalar(node), node.line)
        if isinstance(node, MappingNode):
            parts = self._pairs(node, path)
            return self._collection({key: part.data for key, (_, part) in parts.items()}, node, parts, path)
        items = [self.value(item, (*path, number)) for number, item in enumerate(node.items)]
        lines = {number: (item.line, written) for number, (item, written) in _numbered(node.items, items)}
        return self._collection([item.data for item in items], node, lines, path)

    def _collection(
        self,
        data: Any,  # noqa: ANN401 - a dict or a list of whatever the YAML holds
        node: MappingNode | SequenceNode,
        parts: Mapping[Any, tuple[int, WrittenMapping]],
        path: tuple[str | int, ...],
    ) -> WrittenMapping:
        size = 1 + sum(part.size for _, part in parts.values())
        if size > EXPANDED:
            self._fault(node.line, path, "grows beyond all measure through its aliases: write it out")
            return WrittenMapping(None, node.line)
        return WrittenMapping(data, node.line, size, parts)

    def _pairs(self, node: MappingNode, path: tuple[str | int, ...]) -> dict[str, tuple[int, WrittenMapping]]:
        parts: dict[str, tuple[int, WrittenMapping]] = {}
        merged: dict[str, tuple[int, WrittenMapping]] = {}
        for key, value in node.pairs:
            name = self._key(key, path)
            written = self.value(value, (*path, name))
            if isinstance(key, ScalarNode) and key.value == "<<" and not key.style:
                self._merge(written, key, path, merged)
            elif name in parts:
                twice = f"is there twice, first in line {parts[name][0]}: keep one"
                self._fault(key.line, (*path, name), twice)
            else:
                parts[name] = (key.line, written)
        return {**merged, **parts}

    def _key(self, key: Node, path: tuple[str | int, ...]) -> str:
        if isinstance(key, AliasNode):
            return str(self._aliased(key, path).data)
        if isinstance(key, ScalarNode):
            return key.value
        self._fault(key.line, path, "a key is a plain word: what stands here is none")
        return ""

    def _merge(
        self,
        written: WrittenMapping,
        key: Node,
        path: tuple[str | int, ...],
        merged: dict[str, tuple[int, WrittenMapping]],
    ) -> None:
        """`<<: *common`, or a list of such; the earlier one wins, as YAML 1.1 has it."""
        many = isinstance(written.data, list)
        for one in [part for _, part in written.parts.values()] if many else [written]:
            if not isinstance(one.data, dict):
                self._fault(key.line, path, "<< takes a mapping, or a list of them")
                continue
            for name, part in one.parts.items():
                merged.setdefault(str(name), part)

    def _fault(self, line: int, path: tuple[str | int, ...], sentence: str) -> None:
        self.sound = False
        shown = _dotted(path)
        self._faults.add(f"{self._file}:{line}: {shown + ': ' if shown else ''}{sentence}")


def _numbered(
    items: Iterable[Node], written: Iterable[WrittenMapping]
) -> Iterable[tuple[int, tuple[Node, WrittenMapping]]]:
    return enumerate(zip(items, written, strict=True))


def _scalar(node: ScalarNode) -> Any:  # noqa: ANN401 - text, number, truth or nothing
    """As YAML 1.2 reads it: `yes` and `on` are words."""
    text = node.value
    if node.style:
        return text
    if is_null(text):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _dotted(keys: Iterable[str | int]) -> str:
    return "".join(map(_shown, keys)).removeprefix(".")


def _shown(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key and key.isprintable() else f".{key!r}"
