"""To find what a kustomization takes in: resources, components, patches, files of generators. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from updater.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode

_LISTS = frozenset(
    {
        "resources",
        "bases",
        "components",
        "patchesStrategicMerge",
        "crds",
        "configurations",
        "generators",
        "transformers",
    }
)
_WITH_PATH = frozenset({"patches", "patchesJson6902", "replacements"})
_WITH_FILES = frozenset({"configMapGenerator", "secretGenerator"})
_REMOTE = re.compile(r"://|^git@|^git::|^(?:github|gitlab|bitbucket)\.\w+/|[?\n]")


class NamedPath(NamedTuple):
    """A file or folder that a kustomization names; `key` says as what."""

    key: str
    node: ScalarNode
    target: str | None
    """From the repository's root; None for what is elsewhere."""


def named_paths(path: str, root: Node) -> Iterator[NamedPath]:
    """Of the kustomization at `path`."""
    folder = path.rpartition("/")[0]
    for key, node, text in _named(root):
        if text:
            yield NamedPath(key, node, _target(folder, text))


def _target(folder: str, text: str) -> str | None:
    if _REMOTE.search(text) or text.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(folder, text))
    return None if path == ".." or path.startswith("../") else path


def _named(root: Node) -> Iterator[tuple[str, ScalarNode, str]]:
    for key, value in root.pairs if isinstance(root, MappingNode) else ():
        if not isinstance(key, ScalarNode) or not isinstance(value, SequenceNode):
            continue
        for item in value.items:
            if key.value in _LISTS and isinstance(item, ScalarNode):
                yield key.value, item, item.value
            elif key.value in _WITH_PATH:
                found = (node for node in _of(item, "path") if isinstance(node, ScalarNode))
                yield from ((key.value, node, node.value) for node in found)
            elif key.value in _WITH_FILES:
                yield from ((key.value, node, text) for node, text in _files(item))


def _files(item: Node) -> Iterator[tuple[ScalarNode, str]]:
    """`application.properties`, or `name=application.properties`."""
    for value in (*_of(item, "files"), *_of(item, "envs")):
        for node in value.items if isinstance(value, SequenceNode) else ():
            if isinstance(node, ScalarNode):
                yield node, node.value.rpartition("=")[2]


def _of(item: Node, key: str) -> Iterator[Node]:
    for name, value in item.pairs if isinstance(item, MappingNode) else ():
        if isinstance(name, ScalarNode) and name.value == key:
            yield value
