"""To follow a path through YAML: `image.tag`, `a."b.c"`, `l[0]`, `l[name=web].value`, `l[]`, `l[TAG]`. Pure.

Where it leads on from a literal block scalar (`values: |`), it goes on through the YAML inside; `[TAG]` is
what stands behind `TAG=` in a string, in an item of a list, or in a line of a block.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from updater.manifests.blocks import inside
from updater.manifests.composer import DEPTH
from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode, YamlFile
from updater.manifests.place import refuse_marks
from updater.manifests.refusals import PinRefused, list_few
from updater.reasons import failure_reasons, pin_reasons

_STEP = re.compile(
    r"""\.?(?:
        "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<word>(?:[^."\[\]\\]|\\.)+)
      | \[(?P<index>[0-9]{1,6})\]
      | \[(?P<key>[^=\[\]]+)=(?P<value>[^\[\]]*)\]
      | (?P<each>\[\])
      | \[(?P<variable>[A-Za-z_-][^=\[\]]*)\]
    )""",
    re.VERBOSE,
)
_NEEDS_QUOTES = re.compile(r"""[."\[\]\\]|^$""")


class Step(NamedTuple):
    """A key, an item's number, items in which a key has a value, a variable, or (nothing given) all items."""

    key: str | None = None
    number: int | None = None
    where: tuple[str, str] | None = None
    variable: str | None = None


class PathMatch(NamedTuple):
    node: Node
    parent: MappingNode | None
    file: YamlFile
    """The file itself, or the text of a block in it."""
    part: tuple[int, int] | None = None
    """Of a string of which only a part is meant: from which letter to which."""

    @property
    def within(self) -> YamlFile | None:
        """The text of the block in which it stands; None: it stands in the file itself."""
        return self.file if self.file.block else None


def parse(path: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or (not steps and path.startswith(".")):
            raise _bad(path)
        steps.append(_step(match))
        position = match.end()
    if len(steps) > DEPTH:
        raise PinRefused(
            failure_reasons.TOO_DEEP, f"the path has more than {DEPTH} steps; name a plainer place"
        )
    if not steps or path.endswith(".") or any(step.variable for step in steps[:-1]):
        raise _bad(path)
    return tuple(steps)


def child(path: str, key: str) -> str:
    """The path of a key below another path."""
    if _NEEDS_QUOTES.search(key):
        key = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{path}.{key}" if path else key


def walk(
    file: YamlFile, node: Node, steps: Sequence[Step], parent: MappingNode | None = None
) -> Iterator[PathMatch]:
    """Yield what the path leads to; raise PinRefused where the way is in doubt."""
    if not steps:
        yield PathMatch(node, parent, file)
    elif isinstance(node, ScalarNode):
        yield from _walk_text(file, node, steps)
    elif steps[0].variable is not None and isinstance(node, SequenceNode):
        refuse_marks(node, "the list")
        yield from _variable_of(file, node, steps)
    else:
        for next_node, next_parent in _follow(node, steps[0]):
            yield from walk(file, next_node, steps[1:], next_parent)


def _walk_text(file: YamlFile, node: ScalarNode, steps: Sequence[Step]) -> Iterator[PathMatch]:
    """On through what a string holds: YAML or lines of KEY=VALUE in a block, else KEY=VALUE alone."""
    variable = steps[0].variable
    if node.style == "|":
        refuse_marks(node, "the block")
        text = inside(file, node, "yaml" if variable is None else "env")
        on = steps if variable is None else (Step(key=variable),)
        for document in text.documents:
            yield from walk(text, document.root, on)
    elif node.style == ">" or "\n" in node.value:
        raise PinRefused(
            pin_reasons.BLOCK_SCALAR,
            "the path goes on inside a text whose lines are joined; write it as a literal block (|)",
            node.line,
        )
    elif variable is not None and node.value.startswith(f"{variable}="):
        yield PathMatch(node, None, file, (len(variable) + 1, len(node.value)))


def _variable_of(file: YamlFile, node: SequenceNode, steps: Sequence[Step]) -> Iterator[PathMatch]:
    lines = (item for item in node.items if isinstance(item, ScalarNode) and item.style not in {"|", ">"})
    found = [match for item in lines for match in _walk_text(file, item, steps)]
    if len(found) > 1:
        stand = list_few(match.node.line for match in found)
        raise PinRefused(
            pin_reasons.DUPLICATE,
            f"{steps[0].variable} stands in lines {stand}; keep one",
            found[-1].node.line,
        )
    yield from found


def keyed(mapping: MappingNode, key: str) -> Node | None:
    """The value of a key; raise PinRefused where it stands twice or may come from elsewhere."""
    value = keyed_here(mapping, key)
    if value is None:
        for name, _ in mapping.pairs:
            if isinstance(name, ScalarNode) and name.value == "<<":
                raise PinRefused(
                    pin_reasons.ALIAS, f"{key} may come from elsewhere (<<); write it out", name.line
                )
    return value


def keyed_here(mapping: MappingNode, key: str) -> Node | None:
    """The value of a key that stands in the mapping itself; raise PinRefused where it stands twice."""
    found = [
        (name, value) for name, value in mapping.pairs if isinstance(name, ScalarNode) and name.value == key
    ]
    if len(found) > 1:
        lines = list_few(name.line for name, _ in found)
        raise PinRefused(pin_reasons.DUPLICATE, f"{key} stands in lines {lines}; keep one", found[-1][0].line)
    return found[0][1] if found else None


def _bad(path: str) -> PinRefused:
    return PinRefused(
        pin_reasons.BAD_PATH, f"{path!r} is no path; write one like image.tag or containers[name=web].image"
    )


def _step(match: re.Match[str]) -> Step:
    if match["index"] is not None:
        return Step(number=int(match["index"]))
    if match["key"] is not None:
        return Step(where=(match["key"], match["value"]))
    if match["each"] is not None:
        return Step()
    if match["variable"] is not None:
        return Step(variable=match["variable"])
    key = match["word"] if match["quoted"] is None else match["quoted"]
    return Step(key=re.sub(r"\\(.)", r"\1", key))


def _follow(node: Node, step: Step) -> Iterator[tuple[Node, MappingNode | None]]:
    if isinstance(node, AliasNode):
        raise PinRefused(
            pin_reasons.ALIAS, f"the path leads through the alias *{node.value}; write it out", node.line
        )
    if isinstance(node, MappingNode) and step.key is not None:
        refuse_marks(node, f"what holds {step.key}")
        value = keyed(node, step.key)
        if value is not None:
            yield value, node
    elif isinstance(node, SequenceNode) and step.key is None and step.variable is None:
        refuse_marks(node, "the list")
        yield from ((item, None) for item in _items(node, step))


def _items(node: SequenceNode, step: Step) -> Iterator[Node]:
    if step.number is not None:
        yield from node.items[step.number : step.number + 1]
    elif step.where is None:
        yield from node.items
    else:
        key, wanted = step.where
        yield from (item for item in node.items if _says(item, key, wanted))


def _says(item: Node, key: str, wanted: str) -> bool:
    value = keyed(item, key) if isinstance(item, MappingNode) else None
    return isinstance(value, ScalarNode) and value.value == wanted
