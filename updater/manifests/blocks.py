"""To look inside a literal block scalar, and to carry what is changed there out to the file around it. Pure.

The text inside is read with as many empty lines in front as make its line numbers those of the file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from updater.manifests.composer import compose_text
from updater.manifests.dotenv import compose_lines
from updater.manifests.nodes import AliasNode, Block, ScalarNode, Syntax, YamlFile
from updater.manifests.refusals import PinRefused
from updater.manifests.seals import refuse_encrypted, refuse_sealed
from updater.manifests.splicing import Change, Splice, apply
from updater.reasons import failure_reasons, pin_reasons

_MOST_LINES = 800_000
"""In front of all blocks together: each is read behind as many as stand before it."""
_BREAK = re.compile(r"\r\n|\n|\r")
_BREAKS_OF_1_1 = re.compile("[\x85\u2028\u2029]")
"""The two versions of YAML differ in whether a line ends there."""


def inside(file: YamlFile, node: ScalarNode, syntax: Syntax) -> YamlFile:
    """The text of a literal block as a file of its own; raise PinRefused where there is a doubt about it."""
    key = (node.first, syntax)
    if key not in file.inside:
        if (len(file.inside) + 1) * node.line > _MOST_LINES:
            raise PinRefused(
                failure_reasons.TOO_LARGE, "has too many blocks to look into; name a smaller file", node.line
            )
        file.inside[key] = _composed_or_refusal(file, node, syntax)
    found = file.inside[key]
    if isinstance(found, PinRefused):
        raise found
    return found


def carried_out(inner: YamlFile, changes: list[Change]) -> Change:
    """What becomes of the file around a block; raise PinRefused unless the text inside is proven first."""
    block = inner.block
    assert block is not None, "it is the text of a block"
    after = apply(inner, changes)
    node = block.node
    value = after.text[node.line :]
    splices = tuple(_outside(block, splice, node.line) for change in changes for splice in change.splices)
    meant = ("scalar", value, node.style, node.tag, node.anchor)
    return Change(splices, node.first, node.first + 1, (meant,))


def _composed_or_refusal(file: YamlFile, node: ScalarNode, syntax: Syntax) -> YamlFile | PinRefused:
    """What cannot be read has cost as much as what can."""
    try:
        return _composed(file, node, syntax)
    except PinRefused as refused:
        return refused


def _composed(file: YamlFile, node: ScalarNode, syntax: Syntax) -> YamlFile:
    lines = tuple(_lines(file, node))
    text = "\n" * node.line + node.value
    try:
        refuse_encrypted(node.value.encode())
        read = compose_text(text) if syntax == "yaml" else compose_lines(text)
        refuse_sealed(read)
        _refuse_plain_text(read, node)
    except PinRefused as refused:
        sentence = f"the block of line {node.line} {refused.sentence}"
        raise PinRefused(refused.reason, sentence, refused.line or node.line) from refused
    return YamlFile(text, False, read.documents, read.events, syntax, Block(file, node, lines))


def _refuse_plain_text(read: YamlFile, node: ScalarNode) -> None:
    if all(isinstance(document.root, ScalarNode | AliasNode) for document in read.documents):
        raise PinRefused(
            pin_reasons.NOT_YAML, "is plain text and no YAML; name what stands in YAML", node.line
        )


def _lines(file: YamlFile, node: ScalarNode) -> Iterator[tuple[int, int]]:
    """Where each line starts, inside and outside; raise PinRefused where a line is not indent and text."""
    position = _next_line(file.text, node.start)
    indent, here = None, node.line
    for line in node.value.removesuffix("\n").split("\n"):
        end = _line_end(file.text, position)
        found = file.text[position:end]
        if indent is None and line:
            indent = len(found) - len(line)
        lead = min(indent or 0, len(found)) if line else len(found)
        if _BREAKS_OF_1_1.search(found) or found != " " * lead + line:
            raise PinRefused(
                pin_reasons.BLOCK_SCALAR,
                f"the block of line {node.line} has lines that are no indent and text; indent them alike",
                node.line,
            )
        yield here, position + lead
        position, here = _next_line(file.text, position), here + len(line) + 1


def _next_line(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return found.end() if found else len(text)


def _line_end(text: str, position: int) -> int:
    found = _BREAK.search(text, position)
    return found.start() if found else len(text)


def _outside(block: Block, splice: Splice, padding: int) -> Splice:
    if "\n" in splice.text or splice.start < padding:
        raise PinRefused(
            pin_reasons.UNPROVEN, "nothing can be added inside a block; write it by hand", block.node.line
        )
    return Splice(_place(block, splice.start), _place(block, splice.end), splice.text)


def _place(block: Block, position: int) -> int:
    number = bisect_right(block.lines, position, key=lambda line: line[0]) - 1
    inner, outer = block.lines[number]
    return outer + position - inner
