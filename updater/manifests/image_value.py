"""To understand a scalar that holds a tag, a digest, or a whole image in one string. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from updater.manifests import path, reference
from updater.manifests.anchors import shared_value
from updater.manifests.image_beside import deployed
from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode
from updater.manifests.path import PathMatch
from updater.manifests.pin import Selector
from updater.manifests.place import Part, PinPlace, content, scalar, tag_place, with_digest


class Leaf(NamedTuple):
    """A scalar of the file, the path that leads there, and the mapping and key that hold it."""

    at: str
    node: ScalarNode
    parent: MappingNode | None
    key: str


def place_of(found: PathMatch, selector: Selector, at: str) -> PinPlace:
    place = _place_of(found, _scalar(found, selector, at), selector, at)
    return replace(place, within=found.within)


def _scalar(found: PathMatch, selector: Selector, at: str) -> ScalarNode:
    """An anchor is no doubt where nobody else repeats it; all other doubts stay."""
    node = found.node
    if not isinstance(node, AliasNode) and not (isinstance(node, ScalarNode) and node.anchor):
        return scalar(found.file, node, at)
    value = shared_value(found, selector, at)
    scalar(found.file, value._replace(anchor=None), at)
    return value


def _place_of(found: PathMatch, node: ScalarNode, selector: Selector, at: str) -> PinPlace:
    text = content(node)
    image = deployed(found.parent, at) or selector.image
    if found.part is not None:
        return _part_of(node, found.part, image)
    if path.parse(at)[-1].key == "digest":
        return PinPlace(image, node.line, None, text, (Part(node, "digest"),))
    if text is not None and (text == selector.image or not reference.is_bare_tag(text)):
        whole = reference.parse(text)
        return PinPlace(
            whole.repository, node.line, whole.tag, whole.digest, (Part(node, "reference", whole),)
        )
    return _beside_digest(found, tag_place(node, image))


def _part_of(node: ScalarNode, part: tuple[int, int], image: str) -> PinPlace:
    """A tag behind `KEY=`, with its digest or not, or a whole image."""
    text = node.value[slice(*part)]
    if reference.is_bare_tag(text) and "@" not in text:
        return PinPlace(image, node.line, text or None, None, (Part(node, "tag", span=part),))
    bare = reference.is_bare_tag(text)
    whole = reference.parse_tag(text) if bare else reference.parse(text)
    parts = (Part(node, "reference", whole, span=part),)
    return PinPlace(image if bare else whole.repository, node.line, whole.tag, whole.digest, parts)


def leaves(root: Node) -> Iterator[Leaf]:
    """Every scalar, in the order of the file; aliases are not followed."""
    stack: list[tuple[str, Node, MappingNode | None, str]] = [("", root, None, "")]
    while stack:
        at, node, parent, key = stack.pop()
        if isinstance(node, ScalarNode):
            yield Leaf(at, node, parent, key)
        elif isinstance(node, MappingNode):
            pairs = [(name, value) for name, value in node.pairs if isinstance(name, ScalarNode)]
            stack.extend(
                (path.child(at, name.value), value, node, name.value) for name, value in reversed(pairs)
            )
        elif isinstance(node, SequenceNode):
            items = reversed(list(enumerate(node.items)))
            stack.extend((f"{at}[{number}]", item, None, key) for number, item in items)


def _beside_digest(found: PathMatch, place: PinPlace) -> PinPlace:
    """Charts prefer a `digest` beside the tag, as kustomize does."""
    value = None if found.parent is None else path.keyed_here(found.parent, "digest")
    if value is None:
        return place
    return with_digest(place, scalar(found.file, value, "digest"))
