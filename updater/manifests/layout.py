"""To add keys and items in the indentation and style a file already has. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from updater.manifests.nodes import AliasNode, Document, MappingNode, Node, ScalarNode, SequenceNode, YamlFile
from updater.manifests.refusals import PinRefused
from updater.manifests.scalars import quoted_as, style_for
from updater.manifests.splicing import Change, Meaning, Splice, scalar_meaning
from updater.reasons import pin_reasons

Content = str | Mapping[str, "Content"] | Sequence["Content"]

_STEP = 2


def add_pair(file: YamlFile, mapping: MappingNode, after: Node, added: Mapping[str, Content]) -> Change:
    """Add keys to a mapping, behind the line on which the value `after` ends."""
    last = after.last + 1
    if mapping.flow:
        splice = Splice(after.end, after.end, ", " + _flow(added)[1:-1])
        return Change((splice,), last, last, tuple(_inside(added, flow=True)))
    lines = _block(added, _offset(file, mapping))
    splice = _below(
        file, _end_of(file.text, after), lines, " " * _column(file.text, mapping.pairs[0][0].start)
    )
    return Change((splice,), last, last, tuple(_inside(added, flow=False)))


def add_item(file: YamlFile, sequence: SequenceNode, item: Content) -> Change:
    """Add an item behind the last one of a list that has some."""
    last = sequence.items[-1]
    if sequence.flow:
        splice = Splice(last.end, last.end, ", " + _flow(item))
        return Change((splice,), sequence.last, sequence.last, tuple(_meant(item, flow=True)))
    lead = _lead(file.text, sequence, last)
    lines = _itemised(item, lead.lstrip(" "))
    splice = _below(file, _end_of(file.text, last), lines, " " * (len(lead) - len(lead.lstrip(" "))))
    return Change((splice,), sequence.last, sequence.last, tuple(_meant(item, flow=False)))


def fill_list(
    file: YamlFile, mapping: MappingNode, key: Node, value: Node, items: Sequence[Content]
) -> Change:
    """Turn the empty value of a key (`images: []`, `images:`) into a list."""
    meant = tuple(_meant(items, flow=mapping.flow))
    if mapping.flow:
        space = " " if value.start == value.end else ""
        splices: tuple[Splice, ...] = (Splice(value.start, value.end, space + _flow(items)),)
    else:
        indent = " " * (_column(file.text, key.start) + _offset(file, mapping))
        lines = [line for item in items for line in _itemised(item, "- ")]
        blank = len(file.text[: value.start].rstrip(" "))
        removed = (
            Splice(blank, value.end, "") if value.end > value.start else Splice(value.end, value.end, "")
        )
        splices = (removed, _below(file, value.end, lines, indent))
    return Change(splices, value.first, value.last + 1, meant)


def append(file: YamlFile, document: Document, root: MappingNode, added: Mapping[str, Content]) -> Change:
    """Add keys at the end of a document, behind its last comments."""
    if root.flow and root.pairs:
        return add_pair(file, root, root.pairs[-1][1], added)
    if root.flow:
        splice = Splice(root.start + 1, root.start + 1, _flow(added)[1:-1])
        return Change((splice,), root.last, root.last, tuple(_inside(added, flow=True)))
    lines = _block(added, _offset(file, root))
    indent = " " * _column(file.text, root.pairs[0][0].start)
    line_break = _line_break(file.text, document.end)
    body = line_break.join(indent + line for line in lines)
    fresh = file.text[: document.end].endswith(("\n", "\r"))
    written = body + line_break if fresh else line_break + body
    splice = Splice(document.end, document.end, written)
    return Change((splice,), root.last, root.last, tuple(_inside(added, flow=False)))


def _below(file: YamlFile, position: int, lines: Sequence[str], indent: str) -> Splice:
    """Put lines below the one that holds the position; that line's comment stays with it."""
    end = _line_end(file.text, position)
    line_break = _line_break(file.text, end)
    return Splice(end, end, "".join(f"{line_break}{indent}{line}" for line in lines))


def _end_of(text: str, node: Node) -> int:
    while isinstance(node, MappingNode | SequenceNode) and not node.flow:
        node = node.pairs[-1][1] if isinstance(node, MappingNode) else node.items[-1]
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return len(text[: node.end].rstrip())
    return node.end


def _lead(text: str, sequence: SequenceNode, item: Node) -> str:
    """What stands before an item on its line: indent, dash and blanks."""
    lead = text[item.start - _column(text, item.start) : item.start]
    if lead.strip(" ") == "-" and lead.endswith(" ") and not isinstance(item, AliasNode):
        return lead
    return " " * _column(text, sequence.start) + "- "


def _column(text: str, position: int) -> int:
    return position - max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) - 1


def _line_end(text: str, position: int) -> int:
    ends = (text.find("\n", position), text.find("\r", position))
    return min((end for end in ends if end >= 0), default=len(text))


def _line_break(text: str, end: int) -> str:
    """The break of the line that ends there, or the one the file has elsewhere."""
    for line_break in ("\r\n", "\n", "\r"):
        if text.startswith(line_break, end):
            return line_break
    return "\r\n" if "\r\n" in text else "\n"


def _offset(file: YamlFile, mapping: MappingNode) -> int:
    """How much further in than their key this mapping's lists stand; two where it has none."""
    for key, value in mapping.pairs:
        if isinstance(value, SequenceNode) and not value.flow:
            return max(0, _column(file.text, value.start) - _column(file.text, key.start))
    return _STEP


def _block(added: Content, offset: int) -> list[str]:
    if isinstance(added, str):
        raise PinRefused(pin_reasons.UNPROVEN, "a value cannot stand alone here; write it by hand")
    if isinstance(added, Mapping):
        return [line for key, value in added.items() for line in _block_pair(key, value, offset)]
    return [line for item in added for line in _itemised(item, "- ")]


def _block_pair(key: str, value: Content, offset: int) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{_scalar(key)}: {_scalar(value)}"
        return
    yield f"{_scalar(key)}:"
    indent = " " * (_STEP if isinstance(value, Mapping) else offset)
    yield from (indent + line for line in _block(value, offset))


def _itemised(item: Content, dash: str) -> list[str]:
    lines = [_scalar(item)] if isinstance(item, str) else _block(item, _STEP)
    return [(dash if number == 0 else " " * len(dash)) + line for number, line in enumerate(lines)]


def _flow(added: Content) -> str:
    if isinstance(added, str):
        return _scalar(added, flow=True)
    if isinstance(added, Mapping):
        return (
            "{"
            + ", ".join(f"{_scalar(key, flow=True)}: {_flow(value)}" for key, value in added.items())
            + "}"
        )
    return "[" + ", ".join(map(_flow, added)) + "]"


def _scalar(value: str, *, flow: bool = False) -> str:
    return quoted_as(value, _style(value, flow=flow))


def _style(value: str, *, flow: bool) -> str:
    """The C parser does not read `a:b` inside brackets, so it gets quotes there."""
    return '"' if flow and ":" in value else style_for(value)


def _meant(added: Content, *, flow: bool) -> Iterator[Meaning]:
    if isinstance(added, str):
        yield scalar_meaning(added, _style(added, flow=flow))
        return
    sort = "Mapping" if isinstance(added, Mapping) else "Sequence"
    yield (f"{sort}StartEvent", None, None)
    yield from _inside(added, flow=flow)
    yield (f"{sort}EndEvent",)


def _inside(added: Mapping[str, Content] | Sequence[Content], *, flow: bool) -> Iterator[Meaning]:
    if isinstance(added, Mapping):
        added = [piece for pair in added.items() for piece in pair]
    for piece in added:
        yield from _meant(piece, flow=flow)
