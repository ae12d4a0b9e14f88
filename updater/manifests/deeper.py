"""To find an image without its path: a tag beside its repository, and what stands in blocks. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from updater.manifests import path, reference
from updater.manifests.anchors import aliases
from updater.manifests.blocks import inside
from updater.manifests.image_beside import deployed
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import Node, YamlFile
from updater.manifests.refusals import PinRefused

_MAY_HOLD = re.compile(r"(?:image|tag)[\"']?[ \t]*:[ \t]*[^\s#|>]", re.IGNORECASE)
_WHOLE = frozenset({"image", "images"})


@lru_cache(maxsize=1)
def places_of_images(file: YamlFile) -> Mapping[str, list[str]]:
    """By image, the paths to its tags; aliases and blocks only where nothing else says it."""
    plain, aliased, blocks = (_named(found(file)) for found in (tags_beside, _aliases_beside, in_blocks))
    return {**blocks, **aliased, **plain}


def tags_beside(file: YamlFile) -> Iterator[tuple[str, str]]:
    """Each image that stands beside its tag, and the path to the tag."""
    for document in file.documents:
        for leaf in leaves(document.root):
            if (image := _beside(leaf)) is not None:
                yield image, leaf.at


def _aliases_beside(file: YamlFile) -> Iterator[tuple[str, str]]:
    """Each image beside `tag: *t`: its tag stands elsewhere, and may be found there."""
    for at, parent in aliases(file):
        if path.parse(at)[-1].key == "tag" and (image := deployed(parent, at)) is not None:
            yield image, at


def in_blocks(file: YamlFile) -> Iterator[tuple[str, str]]:
    """Each image in the YAML of a literal block, and the path to its tag; what is no YAML is passed over."""
    for document in file.documents:
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
