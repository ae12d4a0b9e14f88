"""To find an image without its path: a tag beside its repository, and what stands in blocks. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from updater.manifests import path, reference
from updater.manifests.anchors import aliases
from updater.manifests.blocks import inside
from updater.manifests.image_beside import deployed
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import Document, Node, YamlFile
from updater.manifests.refusals import PinRefused

_MAY_HOLD = re.compile(r"(?:image|tag)[\"']?[ \t]*:[ \t]*[^\s#|>]", re.IGNORECASE)
_WHOLE = frozenset({"image", "images"})


@lru_cache(maxsize=1)
def places_of_images(file: YamlFile) -> Mapping[str, list[str]]:
    """By image, the paths to its tags in any document; aliases and blocks only where nothing else says it."""
    return _places_in(file, file.documents)


@lru_cache(maxsize=1)
def places_in_first(file: YamlFile) -> Mapping[str, list[str]]:
    """The same of the first document, for who reads no other: in another a path may be another image's."""
    return _places_in(file, file.documents[:1])


def _places_in(file: YamlFile, documents: Sequence[Document]) -> Mapping[str, list[str]]:
    plain, blocks = _named(tags_beside(documents)), _named(in_blocks(file, documents))
    return {**blocks, **_named(_aliases_beside(file, documents)), **plain}


def tags_beside(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Each image that stands beside its tag, and the path to the tag."""
    for document in documents:
        for leaf in leaves(document.root):
            if (image := _beside(leaf)) is not None:
                yield image, leaf.at


def _aliases_beside(file: YamlFile, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Each image beside `tag: *t`: its tag stands elsewhere, and may be found there."""
    if "*" not in file.text:
        return
    end = documents[-1].end if documents else 0
    for at, parent in aliases(file):
        if parent.start >= end:
            continue
        if path.parse(at)[-1].key == "tag" and (image := deployed(parent, at)) is not None:
            yield image, at


def in_blocks(file: YamlFile, documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Each image in the YAML of a literal block, and the path to its tag; what is no YAML is passed over."""
    for document in documents:
        yield from in_blocks_of(file, document.root)


def in_blocks_of(file: YamlFile, root: Node) -> Iterator[tuple[str, str]]:
    for block in leaves(root):
        if block.node.style != "|" or block.node.anchor or not _MAY_HOLD.search(block.node.value):
            continue
        try:
            text = inside(file, block.node, "yaml")
        except PinRefused:
            continue
        for inner in text.documents:
            for leaf in leaves(inner.root):
                if (image := _beside(leaf) or _whole(leaf)) is not None:
                    yield image, _joined(block.at, leaf.at)


def _named(found: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = defaultdict(list)
    for image, at in found:
        named[image].append(at)
        named[f"docker.io/{image}"].append(at)
    return dict(named)


def _beside(leaf: Leaf) -> str | None:
    if leaf.key != "tag" or leaf.parent is None or not leaf.node.value:
        return None
    return deployed(leaf.parent, leaf.at)


def _whole(leaf: Leaf) -> str | None:
    """As a container says it."""
    whole = reference.parse(leaf.node.value)
    if leaf.key not in _WHOLE or reference.is_bare_tag(leaf.node.value) or not (whole.tag or whole.digest):
        return None
    return whole.repository


def _joined(at: str, inner: str) -> str:
    return f"{at}{inner}" if inner.startswith("[") else f"{at}.{inner}"
