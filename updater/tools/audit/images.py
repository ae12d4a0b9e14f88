"""To find every image that a file names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from updater.config import Pin
from updater.manifests import PinRefused, Selector, Value, entries, read
from updater.manifests.composer import compose_text
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import MappingNode, ScalarNode, SequenceNode
from updater.manifests.path import keyed_here
from updater.manifests.reference import parse
from updater.tools.audit.tree import NamedImage, SourceFile

_OF_A_CONTAINER = re.compile(r"(?:^|.*\.)(?:containers|initContainers|ephemeralContainers)\[\d+\]\.image")
_TEMPLATE = re.compile(r"[{}<>$%()]|\s|^$")


def images(source: SourceFile, pins: Sequence[Pin]) -> tuple[NamedImage, ...]:
    """Those of the config by its own words, and whatever else looks like one.

    The config names an image by what it becomes; what a kustomization replaces stays the entry's name.
    """
    found = list(_pinned(source, source.kind) if source.kind else _of_containers(source))
    by_line = {said.line: said for said in found}
    declared = [_as_found(said, by_line.get(said.line)) for said in _declared(source, pins)]
    lines = {said.line for said in declared}
    return (*declared, *(said for said in found if said.line not in lines))


def _as_found(declared: NamedImage, found: NamedImage | None) -> NamedImage:
    return declared if found is None else declared._replace(name=found.name, image=found.image)


def _declared(source: SourceFile, pins: Sequence[Pin]) -> Iterator[NamedImage]:
    for pin in pins:
        value = _value(source, pin.selector)
        if value is not None:
            yield NamedImage(
                pin.selector.image, value.image, value.tag, value.digest, value.line, "", pin.placement
            )


def _pinned(source: SourceFile, kind: str) -> Iterator[NamedImage]:
    for selector in _entries(source, kind):
        value = _value(source, selector)
        if value is not None:
            name = selector.image or value.image
            yield NamedImage(name, value.image, value.tag, value.digest, value.line, selector.at or "")


def _entries(source: SourceFile, kind: str) -> tuple[Selector, ...]:
    """Raises PinRefused where the file can be read in two ways."""
    try:
        return entries(source.data, kind, limit=len(source.data))  # as large as it may be: it was read
    except PinRefused as refused:
        if refused.code == "pin_missing":  # an empty file, or another one of that name
            return ()
        raise


def _value(source: SourceFile, selector: Selector) -> Value | None:
    """None where there is nothing, or a doubt: `updater plan` says which."""
    try:
        return read(source.data, selector)
    except PinRefused:
        return None


def _of_containers(source: SourceFile) -> Iterator[NamedImage]:
    for document in source.file.documents:
        for leaf in leaves(document.root):
            if (_OF_A_CONTAINER.fullmatch(leaf.at) or _patches_image(leaf)) and not leaf.node.tag:
                yield from _said(leaf.node)


def inline_patches(source: SourceFile) -> tuple[NamedImage, ...]:
    """What a kustomization sets by patches that stand in it as texts."""
    root = source.file.documents[0].root if source.file.documents else None
    if source.kind != "kustomization" or not isinstance(root, MappingNode):
        return ()
    return tuple(said for node in _patch_texts(root) for said in _of_text(node))


def _patch_texts(root: MappingNode) -> Iterator[ScalarNode]:
    for key in ("patches", "patchesJson6902", "patchesStrategicMerge"):
        listed = keyed_here(root, key)
        for item in listed.items if isinstance(listed, SequenceNode) else ():
            text = keyed_here(item, "patch") if isinstance(item, MappingNode) else item
            if isinstance(text, ScalarNode) and "image" in text.value:
                yield text


def _of_text(node: ScalarNode) -> Iterator[NamedImage]:
    try:
        file = compose_text(node.value)
    except PinRefused:
        return
    for document in file.documents:
        for leaf in leaves(document.root):
            if _OF_A_CONTAINER.fullmatch(leaf.at) or _patches_image(leaf):
                yield from (said._replace(line=node.line + leaf.node.line) for said in _said(leaf.node))


def _patches_image(leaf: Leaf) -> bool:
    """An operation of a JSON patch: `{op: replace, path: /spec/…/image, value: …}`."""
    if leaf.key != "value" or not isinstance(leaf.parent, MappingNode):
        return False
    path = keyed_here(leaf.parent, "path")
    return isinstance(path, ScalarNode) and re.fullmatch(r"/.*ontainers/\d+/image", path.value) is not None


def _said(node: ScalarNode) -> Iterator[NamedImage]:
    if not _TEMPLATE.search(node.value):
        whole = parse(node.value)
        yield NamedImage(whole.repository, whole.repository, whole.tag, whole.digest, node.line)
