"""To say of each kustomization what takes it in, and which images its resources really name. Pure."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from updater.manifests import PinRefused, file_names
from updater.manifests.composer import compose
from updater.manifests.image_value import leaves
from updater.manifests.nodes import MappingNode, Node, ScalarNode
from updater.manifests.reference import repository
from updater.tools.kustomize_links import NamedPath, named_paths

_ELSEWHERE = frozenset({"helmCharts", "helmChartInflationGenerator", "generators", "transformers"})
"""What brings resources that do not stand in the repository."""
_WORD = re.compile(r"[^\s\"'\[\]{},]+")
_MANIFESTS = frozenset({"resources", "bases", "components", "patches", "patchesStrategicMerge"})


@dataclass(slots=True)
class Kustomizations:
    listed_by: Mapping[str, tuple[str, ...]]
    """By the file of a component, the overlays that take it in, through other components too."""
    taken_in: frozenset[str]
    """All that any kustomization names."""
    _seen: _Seen
    _named: dict[str, frozenset[str] | None] = field(default_factory=dict)
    """By file, the words of its resources; None where not all of them stand in the repository."""

    def leaves_out(self, file: str) -> bool:
        """Whether it lies beside a kustomization, and no kustomization takes it in: nobody applies it."""
        folder = file.rpartition("/")[0]
        beside = any(posixpath.join(folder, name) in self._seen.files for name in file_names("kustomization"))
        return beside and file not in self.taken_in

    def names(self, file: str, image: str) -> bool:
        """Whether an entry for this image changes anything there, as far as can be seen."""
        if file not in self._named:
            self._named[file] = None if _is_component(self._seen, file) else self._seen.images(file)
        found = self._named[file]
        return found is None or repository(image) in found


def kustomizations(files: Mapping[str, bytes]) -> Kustomizations:
    """Of all YAML files of the repository, by path."""
    seen = _Seen(files)
    ours = [path for path in files if path.rpartition("/")[2] in file_names("kustomization")]
    direct: dict[str, set[str]] = defaultdict(set)
    taken_in: set[str] = set()
    for path in ours:
        for one in seen.links(path):
            target = seen.resolved(one)
            taken_in |= {target} if target is not None else set()
            if one.key == "components" and target is not None:
                direct[target].add(path)
    listed_by = {path: tuple(sorted(_overlays(path, direct))) for path in direct}
    return Kustomizations(listed_by, frozenset(taken_in), seen)


def _overlays(path: str, direct: Mapping[str, set[str]], seen: frozenset[str] = frozenset()) -> set[str]:
    """Those that are no components themselves."""
    found: set[str] = set()
    for one in direct.get(path, ()):
        if one not in seen:
            found |= _overlays(one, direct, seen | {path}) if one in direct else {one}
    return found


def _is_component(seen: _Seen, path: str) -> bool:
    """What it is applied to stands in the overlay that takes it in."""
    return any(_text(root, "kind") == "Component" for root in seen.roots(path) or ())


@dataclass(slots=True)
class _Seen:
    """Each file is parsed once."""

    files: Mapping[str, bytes]
    _roots: dict[str, tuple[Node, ...] | None] = field(default_factory=dict)
    _texts: dict[str, frozenset[str]] = field(default_factory=dict)

    def roots(self, path: str) -> tuple[Node, ...] | None:
        """None where it cannot be read."""
        if path not in self._roots:
            try:
                self._roots[path] = tuple(document.root for document in compose(self.files[path]).documents)
            except PinRefused:
                self._roots[path] = None
        return self._roots[path]

    def links(self, path: str) -> tuple[NamedPath, ...]:
        roots = self.roots(path)
        return tuple(named_paths(path, roots[0])) if roots else ()

    def resolved(self, one: NamedPath) -> str | None:
        """The file itself, or the kustomization of the folder."""
        if one.target is None:
            return None
        inside = (posixpath.join(one.target, name).removeprefix("./") for name in file_names("kustomization"))
        return next((path for path in (one.target, *inside) if path in self.files), None)

    def images(self, path: str) -> frozenset[str] | None:
        """What any value of its resources says, as a repository: more than images, and never fewer.

        None where it takes in nothing, or what does not stand in the repository.
        """
        found: set[str] = set()
        waiting, reached = [path], {path}
        for one in waiting:
            if one.rpartition("/")[2] not in file_names("kustomization"):
                found |= self._words(one)
                continue
            roots = self.roots(one)
            if roots is None or any(_field(root, key) is not None for root in roots for key in _ELSEWHERE):
                return None
            found |= self._said(one, roots)
            for link in self.links(one):
                target = self.resolved(link)
                if target is None and link.key in _MANIFESTS:
                    return None
                if target is not None and target not in reached:
                    reached.add(target)
                    waiting.append(target)
        return frozenset(found) if len(reached) > 1 else None

    def _said(self, path: str, roots: tuple[Node, ...]) -> frozenset[str]:
        if path not in self._texts:
            self._texts[path] = frozenset(
                repository(leaf.node.value)
                for root in roots
                for leaf in leaves(root)
                if not (leaf.at.startswith("images[") and leaf.key == "name")
            ) | frozenset(_in_texts(roots))
        return self._texts[path]

    def _words(self, path: str) -> frozenset[str]:
        """Not parsed: a repository has many files, and some are long."""
        if path not in self._texts:
            words = _WORD.findall(self.files[path].decode(errors="replace"))
            self._texts[path] = frozenset(map(repository, words))
        return self._texts[path]


def _in_texts(roots: tuple[Node, ...]) -> Iterator[str]:
    """The words of patches that are written into a kustomization."""
    for root in roots:
        for leaf in leaves(root):
            if "image" in leaf.node.value:
                yield from (repository(word.strip("\"',")) for word in leaf.node.value.split())


def _field(node: Node, key: str) -> Node | None:
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if isinstance(name, ScalarNode) and name.value == key), None)


def _text(node: Node, key: str) -> str | None:
    value = _field(node, key)
    return value.value if isinstance(value, ScalarNode) else None
