"""To change an anchored value, or what an alias repeats, where all that has it is of one app. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from updater.manifests import path, reference
from updater.manifests.image_beside import deployed
from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode, YamlFile
from updater.manifests.path import PathMatch
from updater.manifests.pin import Selector
from updater.manifests.refusals import PinRefused, list_few
from updater.reasons import pin_reasons


class _Place(NamedTuple):
    """Where an anchor stands or is repeated."""

    at: str
    node: ScalarNode | AliasNode
    parent: MappingNode | None
    repeated: bool
    """What holds it bears an anchor itself, so it may stand elsewhere, too."""


@dataclass(slots=True)
class _Anchor:
    defined: list[Node] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)


def shared_value(found: PathMatch, selector: Selector, at: str) -> ScalarNode:
    """The value of an anchored scalar, or of an alias; raise PinRefused where it is another app's, too."""
    name = _name(found.node)
    anchor = _anchors_in(found.file)[_document(found.file, found.node), name]
    if len(anchor.defined) > 1:
        lines = list_few(node.line for node in anchor.defined)
        raise PinRefused(
            pin_reasons.ANCHOR, f"the anchor &{name} is set in lines {lines}; keep one", found.node.line
        )
    value = anchor.defined[0] if anchor.defined else None
    if not isinstance(value, ScalarNode):
        raise PinRefused(
            pin_reasons.ALIAS, f"{at} is the alias *{name}; write the value itself there", found.node.line
        )
    if reference.parse(value.value).repository in _spellings(selector.image):
        return value  # it says itself of which image it is, wherever it stands
    known = _named(found.file, selector)
    for place in anchor.places:
        if place.node is not found.node:
            _refuse_other(place, found, selector, at, known)
    return value


def _refuse_other(
    place: _Place, found: PathMatch, selector: Selector, at: str, known: Sequence[Node]
) -> None:
    if not place.repeated and any(place.node is node for node in known):
        return
    image = _image(found.file, place)
    own = selector.image or _image(found.file, _Place(at, place.node, found.parent, repeated=False)) or ""
    if not place.repeated and image in _spellings(own):
        return
    if place.repeated:
        why = "is repeated with what holds it; write its value out"
    elif image and image != own:
        why = f"is of {image} and not of {own}; write its value out"
    else:
        why = f"does not say whose it is; {_to_vouch(place, found, selector, known)}"
    reason = pin_reasons.ALIAS if isinstance(found.node, AliasNode) else pin_reasons.ANCHOR
    raise PinRefused(
        reason, f"{at} has one value with {place.at} in line {place.node.line}, which {why}", found.node.line
    )


def _to_vouch(place: _Place, found: PathMatch, selector: Selector, known: Sequence[Node]) -> str:
    """Where it is the only place in doubt, a pin that leads there is enough: it says whose it is."""
    anchor = _anchors_in(found.file)[_document(found.file, found.node), _name(found.node)]
    for other in anchor.places:
        sure = any(other.node is node for node in known) or _image(found.file, other) in _spellings(
            selector.image
        )
        if other.node is not place.node and (other.repeated or not sure):
            return "write its value out, or give the app a pin with that path, too"
    return f"write its value out, or name it by `at: {place.at}`"


def _name(node: Node) -> str:
    return str(node.value if isinstance(node, AliasNode) else getattr(node, "anchor", None))


def aliases(file: YamlFile) -> Iterator[tuple[str, MappingNode]]:
    """Each alias that stands in a mapping, as its path and that mapping."""
    for anchor in _anchors_in(file).values():
        for place in anchor.places:
            if place.repeated or place.parent is None or not isinstance(place.node, AliasNode):
                continue
            yield place.at, place.parent


def _spellings(image: str) -> set[str]:
    """As it may stand in a file: what is on Docker Hub needs no registry."""
    return {image, image.removeprefix("docker.io/")} - {""}


def _named(file: YamlFile, selector: Selector) -> list[Node]:
    """What the other pins of the app lead to."""
    nodes: list[Node] = []
    while file.block is not None:
        file = file.block.outer
    for at in selector.also:
        with suppress(PinRefused):
            for document in file.documents:
                nodes += [one.node for one in path.walk(file, document.root, path.parse(at))]
    return nodes


def _image(file: YamlFile, place: _Place) -> str | None:
    """The image beside a place, which may be an alias itself."""
    if place.parent is None:
        return None
    anchors, number = _anchors_in(file), _document(file, place.parent)
    pairs = []
    for key, value in place.parent.pairs:
        defined = anchors[number, value.value].defined if isinstance(value, AliasNode) else [value]
        pairs.append((key, defined[0] if len(defined) == 1 else value))
    return deployed(place.parent._replace(pairs=tuple(pairs)), place.at)


def _document(file: YamlFile, node: Node) -> int:
    return next(
        number
        for number, document in enumerate(file.documents)
        if document.root.first <= node.first <= document.root.last
    )


@lru_cache(maxsize=4)
def _anchors_in(file: YamlFile) -> Mapping[tuple[int, str], _Anchor]:
    """By document and name: all pins of a file ask in turn."""
    found: dict[tuple[int, str], _Anchor] = {}
    for number, document in enumerate(file.documents):
        for place in _walk(document.root):
            name = place.node.value if isinstance(place.node, AliasNode) else place.node.anchor
            if name is None:
                continue
            anchor = found.setdefault((number, name), _Anchor())
            if not isinstance(place.node, AliasNode):
                anchor.defined.append(place.node)
            if isinstance(place.node, AliasNode | ScalarNode):
                anchor.places.append(_Place(place.at, place.node, place.parent, place.repeated))
    return found


class _NodePlace(NamedTuple):
    at: str
    node: Node
    parent: MappingNode | None
    repeated: bool


def _walk(root: Node) -> Iterator[_NodePlace]:
    stack = [_NodePlace("", root, None, repeated=False)]
    while stack:
        place = stack.pop()
        yield place
        stack.extend(reversed([*_below(place)]))


def _below(place: _NodePlace) -> Iterator[_NodePlace]:
    at, node, _, repeated = place
    if isinstance(node, MappingNode):
        repeated = repeated or node.anchor is not None
        for key, value in node.pairs:
            name = key.value if isinstance(key, ScalarNode) else "?"
            yield _NodePlace(at, key, None, repeated)
            yield _NodePlace(path.child(at, name), value, node, repeated)
    elif isinstance(node, SequenceNode):
        repeated = repeated or node.anchor is not None
        for number, item in enumerate(node.items):
            yield _NodePlace(f"{at}[{number}]", item, None, repeated)
