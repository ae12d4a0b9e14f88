"""To find images in what is applied as it stands: Deployments, Rollouts, CronJobs, HelmReleases. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from updater.manifests import Selector
from updater.manifests.composer import compose
from updater.manifests.deeper import in_blocks_of
from updater.manifests.image_beside import deployed
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import MappingNode, ScalarNode, YamlFile
from updater.manifests.path import keyed_here
from updater.manifests.reference import parse, parse_tag, pinned_by
from updater.manifests.seals import refuse_sealed

_CONTAINER = re.compile(r"(?P<list>(?:.*\.)?(?:containers|initContainers))\[\d+\]\.image")
_WITH_VALUES = frozenset({"HelmRelease", "Application", "ApplicationSet"})
"""Kinds that hold the values of a chart."""
_VALUE = re.compile(rb"(?:image|tag)[\"']?[ \t]*:[ \t]*[^\s#|>]")
_REGISTRY = re.compile(r"[^/]*[.:][^/]*/|localhost/")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")


def may_hold_images(data: bytes) -> bool:
    """A quick look: most files of a repository name none."""
    return b"kind" in data and _VALUE.search(data) is not None


def workload_selectors(data: bytes) -> Iterator[Selector]:
    """Each image of a container, and each tag in values. Raises PinRefused where the file cannot be read."""
    file = compose(data)
    refuse_sealed(file)
    found = [
        one
        for document in file.documents
        if isinstance(document.root, MappingNode)
        for leaf in leaves(document.root)
        if (one := _of_container(leaf) or _of_values(leaf, _kind(document.root))) is not None
    ]
    found += _of_blocks(file)
    counts = Counter(one.image for one in found)
    for one in found:
        alone = counts[one.image] == 1 and one.at is not None and one.at.endswith(".image")
        yield replace(one, at=None) if alone and _REGISTRY.match(one.image) else one


def images_together(data: bytes) -> Iterator[frozenset[str]]:
    """Of each workload with several images, what they are called there. Raises PinRefused as above."""
    for document in compose(data).documents:
        found = frozenset(
            parse(leaf.node.value).repository
            for leaf in leaves(document.root)
            if _CONTAINER.fullmatch(leaf.at) and leaf.node.value
        )
        if len(found) > 1:
            yield found


def _of_container(leaf: Leaf) -> Selector | None:
    match = _CONTAINER.fullmatch(leaf.at)
    if match is None:
        return None
    whole = parse(leaf.node.value)
    if not whole.tag and not whole.digest:
        return None
    name = keyed_here(leaf.parent, "name") if leaf.parent is not None else None
    named = isinstance(name, ScalarNode) and _PLAIN_NAME.fullmatch(name.value)
    at = f"{match['list']}[name={name.value}].image" if named and isinstance(name, ScalarNode) else leaf.at
    return Selector("yaml-path", whole.repository, at, pinned_by(whole.tag, whole.digest))


def _of_values(leaf: Leaf, kind: str) -> Selector | None:
    """A tag that stands beside its repository."""
    if kind not in _WITH_VALUES or leaf.key != "tag":
        return None
    image, whole = deployed(leaf.parent, leaf.at), parse_tag(leaf.node.value)
    if not image or not whole.tag:
        return None
    return Selector("yaml-path", image, leaf.at, pinned_by(whole.tag, whole.digest))


def _of_blocks(file: YamlFile) -> Iterator[Selector]:
    """Values that stand as text in an Application: `helm: {values: |…}`, the environment of a plugin."""
    for document in file.documents:
        if isinstance(document.root, MappingNode) and _kind(document.root) in _WITH_VALUES:
            for image, at in in_blocks_of(file, document.root):
                yield Selector("yaml-path", image, at)


def _kind(root: MappingNode) -> str:
    kind = keyed_here(root, "kind")
    return kind.value if isinstance(kind, ScalarNode) else ""
