"""To find what a kustomization takes in, and to follow it through the repository. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from updater.manifests import file_names
from updater.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode
from updater.tools.audit.tree import FileSummary, Link, SourceFile

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


def links(source: SourceFile) -> tuple[Link, ...]:
    if source.kind != "kustomization" or not source.file.documents:
        return ()
    folder = source.path.rpartition("/")[0]
    found = _named(source.file.documents[0].root)
    return tuple(
        Link(target, node.value, node.line) for node, text in found if (target := _target(folder, text))
    )


def reach(sheet: FileSummary, sheets: Mapping[str, FileSummary]) -> list[FileSummary]:
    """Itself and all that it takes in, the nearest first."""
    found, waiting = {sheet.path: sheet}, [sheet]
    for one in waiting:
        for link in one.links:
            target = resolved(link, sheets)
            if target is not None and target.path not in found:
                found[target.path] = target
                waiting.append(target)
    return list(found.values())


def resolved(link: Link, sheets: Mapping[str, FileSummary]) -> FileSummary | None:
    """The file itself, or the kustomization of the folder."""
    inside = (posixpath.join(link.target, name) for name in file_names("kustomization"))
    return next((sheets[path] for path in (link.target, *inside) if path in sheets), None)


def _target(folder: str, text: str) -> str | None:
    """From the repository's root; None for what is elsewhere."""
    if not text or _REMOTE.search(text) or text.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(folder, text))
    return None if path == ".." or path.startswith("../") else path


def _named(root: Node) -> Iterator[tuple[ScalarNode, str]]:
    for key, value in root.pairs if isinstance(root, MappingNode) else ():
        if not isinstance(key, ScalarNode) or not isinstance(value, SequenceNode):
            continue
        for item in value.items:
            if key.value in _LISTS and isinstance(item, ScalarNode):
                yield item, item.value
            elif key.value in _WITH_PATH:
                yield from ((node, node.value) for node in _of(item, "path") if isinstance(node, ScalarNode))
            elif key.value in _WITH_FILES:
                yield from _files(item)


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
