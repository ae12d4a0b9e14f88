"""To put new text into a file and prove that nothing else has changed its meaning. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from updater.manifests.composer import compose_text
from updater.manifests.dotenv import compose_lines
from updater.manifests.nodes import Event, ScalarNode, Syntax, YamlFile
from updater.manifests.refusals import PinRefused
from updater.manifests.scalars import quoted_as, style_for
from updater.reasons import pin_reasons

Meaning = tuple[str | None, ...]
_COMPOSERS: Mapping[Syntax, Callable[..., YamlFile]] = MappingProxyType(
    {"yaml": compose_text, "env": compose_lines}
)


class Splice(NamedTuple):
    start: int
    end: int
    text: str


class Change(NamedTuple):
    """Text to put in, and what it must mean: the events from `first` up to `last` become `meant`."""

    splices: tuple[Splice, ...]
    first: int
    last: int
    meant: tuple[Meaning, ...]


def replace(file: YamlFile, node: ScalarNode, value: str) -> Change:
    """The whole value, in the quotes it has; its anchor stays."""
    if file.syntax == "env":
        return replace_part(file, node, (0, len(node.value)), value)
    style = style_for(value, node.style)
    written = quoted_as(value, style)
    start = _behind_anchor(file, node)
    if start == node.end and (node.anchor or file.text[start - 1 : start] in {":", "-"}):
        written = f" {written}"
    splice = Splice(start, node.end, written)
    return Change((splice,), node.first, node.first + 1, (scalar_meaning(value, style, node.anchor),))


def replace_part(file: YamlFile, node: ScalarNode, part: tuple[int, int], text: str) -> Change:
    """What stands between two letters of the value."""
    first, last = part
    value = node.value[:first] + text + node.value[last:]
    start, end = _behind_anchor(file, node) + len(node.style), node.end - len(node.style)
    if file.text[start:end] != node.value:  # escapes, or more than one line
        return replace(file, node, value)
    splice = Splice(start + first, start + last, text)
    return Change((splice,), node.first, node.first + 1, (scalar_meaning(value, node.style, node.anchor),))


def _behind_anchor(file: YamlFile, node: ScalarNode) -> int:
    """Where the value itself starts; raise PinRefused where something else stands before it."""
    if node.anchor is None:
        return node.start
    lead = f"&{node.anchor}"
    start = node.start + len(lead)
    while file.text[start : start + 1] in {" ", "\t"}:
        start += 1
    if not file.text.startswith(lead, node.start) or start > node.end:
        raise _unproven(node.line)
    return start


def scalar_meaning(value: str, style: str, anchor: str | None = None) -> Meaning:
    return ("scalar", value, style, None, anchor)


def apply(file: YamlFile, changes: Sequence[Change]) -> YamlFile:
    """Raise PinRefused where the result would differ from the file by more than the changes."""
    text = _spliced(file.text, sorted(splice for change in changes for splice in change.splices))
    try:
        after = _COMPOSERS[file.syntax](text, marked=file.marked)
    except PinRefused as refused:
        raise _unproven(refused.line) from refused
    _prove(file, after, sorted(changes, key=lambda change: change.first))
    return after


def _spliced(text: str, splices: Iterable[Splice]) -> str:
    pieces: list[str] = []
    position = 0
    for splice in splices:
        pieces += (text[position : splice.start], splice.text)
        position = splice.end
    return "".join((*pieces, text[position:]))


def _prove(before: YamlFile, after: YamlFile, changes: Iterable[Change]) -> None:
    wanted: list[Meaning] = []
    position = 0
    for change in changes:
        wanted += map(meaning, before.events[position : change.first])
        wanted += change.meant
        position = change.last
    wanted += map(meaning, before.events[position:])
    found = [meaning(event) for event in after.events]
    if wanted != found:
        raise _unproven(_first_difference(wanted, found, after))


def _first_difference(wanted: Sequence[Meaning], found: Sequence[Meaning], after: YamlFile) -> int | None:
    pairs = zip(wanted, found, after.events, strict=False)
    return next((event.start_mark.line + 1 for one, other, event in pairs if one != other), None)


def _unproven(line: int | None) -> PinRefused:
    return PinRefused(pin_reasons.UNPROVEN, "the edit would change more than the pin; make it by hand", line)


def meaning(event: Event) -> Meaning:
    """What the event says, without where it stands or how collections are written."""
    sort = event.__class__
    if sort is ScalarEvent:
        return ("scalar", event.value, event.style or "", event.tag, event.anchor)
    if sort is AliasEvent:
        return ("alias", event.anchor)
    if sort is MappingStartEvent or sort is SequenceStartEvent:
        return (sort.__name__, event.tag, event.anchor)
    return (sort.__name__,)
