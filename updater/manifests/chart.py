"""To find the version of a Helm chart: at Argo CD, at Flux, in a Chart.yaml, in `helmCharts`. Pure.

What is searched is named as config names it: `oci://host/path`, or the URL of a repository and the chart's
name behind it. A range is no pin: it says what may run, and not what runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from updater.manifests import path
from updater.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode, Syntax, YamlFile
from updater.manifests.pin import Edit, Selector
from updater.manifests.place import Part, PinPlace, content, scalar
from updater.manifests.refusals import PinRefused, list_few
from updater.manifests.splicing import Change
from updater.manifests.tag_rules import is_version
from updater.reasons import pin_reasons

file_names: tuple[str, ...] = (
    *("kustomization.yaml", "kustomization.yml", "Kustomization"),
    *("Chart.yaml", "requirements.yaml"),
)
syntax: Syntax = "yaml"

_TEMPLATES = frozenset({"Application", "ApplicationSet"})
_OCI = "oci://"


class _ChartPlace(NamedTuple):
    """A place where the version of a chart stands, or should."""

    chart: str
    """As config names it; without its repository (`shop`) where that stands elsewhere."""
    holder: MappingNode
    key: str
    """Of the version in the holder."""
    at: str
    """The path to the holder."""
    root: MappingNode
    """Of the document."""
    plus: str = "+"
    """How the `+` of a version is written there: a tag has none."""
    doubtful: tuple[int, ...] = ()
    """Lines of the HelmRepositories that it may come from, where more than one could be meant."""


def locate(file: YamlFile, selector: Selector) -> PinPlace:
    if selector.at is not None:
        return _at(file, selector.at, selector)
    named = _named_in(file)
    found = (*named.get(selector.image, ()), *named.get(selector.image.rpartition("/")[2], ()))
    if not found:
        raise PinRefused(
            pin_reasons.PIN_MISSING,
            f"{selector.image} is in no Application, HelmRelease, OCIRepository, Chart.yaml or helmCharts "
            f"here{_unseen(file)}; name the right file, or the path to its version with `at:`",
            1,
        )
    if len(found) > 1:
        lines = list_few(one.holder.line for one in found)
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{selector.image} stands in lines {lines}; name one with `at:`",
            found[0].holder.line,
        )
    _refuse_doubt(found[0], selector)
    return _place(file, found[0], selector)


def _refuse_doubt(found: _ChartPlace, selector: Selector) -> None:
    if found.doubtful:
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{selector.image} may come from the HelmRepositories of lines {list_few(found.doubtful)}; say "
            "the namespace of each and in `sourceRef`, or name the place with `at:`",
            found.holder.line,
        )


def _unseen(file: YamlFile) -> str:
    """What was not looked at is not said to lack it."""
    return (
        " (what an alias stands for was not looked at)" if any(one.anchors for one in file.documents) else ""
    )


def insert(file: YamlFile, edit: Edit) -> Change:
    """Without a version the newest is meant, which is for people to change."""
    line = locate(file, edit.selector).line
    raise PinRefused(
        pin_reasons.PIN_MISSING, f"{edit.selector.image} has no {edit.selector.pin}; write one", line
    )


def selectors(file: YamlFile) -> Iterator[Selector]:
    for one in _places(file):
        digest = _text(one.holder, "digest") if one.plus == "_" else None
        yield Selector("chart", one.chart, path.child(one.at, one.key), "tag+digest" if digest else "tag")


# --- what it says -----------------------------------------------------------------------------------------


def _at(file: YamlFile, at: str, selector: Selector) -> PinPlace:
    steps = path.parse(at)
    found = [one for document in file.documents for one in path.walk(file, document.root, steps)]
    if not found:
        raise PinRefused(pin_reasons.PIN_MISSING, f"{at} is not there; write it, or name another path", 1)
    if len(found) > 1:
        lines = list_few(one.node.line for one in found)
        raise PinRefused(pin_reasons.AMBIGUOUS, f"{at} leads to lines {lines}; name one", found[0].node.line)
    node, holder, around, _ = match = found[0]
    known = _known_at(around, node)
    if known is not None:
        place = _place(around, known, selector)
    else:
        place = _version(scalar(around, node, at), selector.image, "+") if holder else _no_key(node, at)
    return replace(place, within=match.within)


def _known_at(file: YamlFile, node: Node) -> _ChartPlace | None:
    """What is known of the place that a path leads to."""
    return next((one for one in _places(file) if _is_value(one.holder, one.key, node)), None)


def _is_value(holder: MappingNode, key: str, node: Node) -> bool:
    return any(
        value is node and isinstance(name, ScalarNode) and name.value == key for name, value in holder.pairs
    )


def _no_key(node: Node, at: str) -> PinPlace:
    raise PinRefused(pin_reasons.NOT_SCALAR, f"{at} is no value of a key; name one that is", node.line)


def _place(file: YamlFile, found: _ChartPlace, selector: Selector) -> PinPlace:
    _refuse_two(found)
    steps = path.parse(path.child(found.at, found.key))
    value = next((match.node for match in path.walk(file, found.root, steps)), None)
    if value is None:
        raise PinRefused(
            pin_reasons.PIN_MISSING,
            f"{selector.image} has no {found.key}, so the newest is meant; write the one that runs",
            found.holder.line,
        )
    place = _version(scalar(file, value, found.key), selector.image, found.plus)
    digest = path.keyed(found.holder, "digest") if found.plus == "_" else None
    if digest is None:
        return place
    node = scalar(file, digest, "digest")
    return replace(place, digest=content(node), parts=(*place.parts, Part(node, "digest")))


def _refuse_two(found: _ChartPlace) -> None:
    """Flux takes `semver` before `tag`."""
    if found.key == "semver" and (tag := path.keyed_here(found.holder, "tag")) is not None:
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{found.chart} has a semver and a tag, and semver wins; keep one",
            tag.line,
        )


def _version(node: ScalarNode, image: str, plus: str) -> PinPlace:
    text = content(node)
    if text is None:
        raise PinRefused(
            pin_reasons.PIN_MISSING, f"{image} has an empty version; write the one that runs", node.line
        )
    version = text.replace(plus, "+")
    if not is_version(version):
        raise PinRefused(
            pin_reasons.VERSION_RANGE,
            f"{text!r} is a range and no version of {image}, so the file does not say what runs; write a "
            "whole one, such as 1.2.3",
            node.line,
        )
    return PinPlace(image, node.line, version, None, (Part(node, "tag", plus=plus),))


# --- where it stands --------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _named_in(file: YamlFile) -> Mapping[str, list[_ChartPlace]]:
    """By chart: all pins of a file ask in turn. Where its repository is not told, by its name alone."""
    named: dict[str, list[_ChartPlace]] = {}
    for one in _places(file):
        named.setdefault(one.chart, []).append(one)
    return named


def _places(file: YamlFile) -> Iterator[_ChartPlace]:
    for document in file.documents:
        root = document.root
        if isinstance(root, MappingNode):
            yield from _of_document(root, file)


def _of_document(root: MappingNode, file: YamlFile) -> Iterator[_ChartPlace]:
    kind = _text(root, "kind")
    if kind in _TEMPLATES:
        yield from _of_argocd(root, kind)
    elif kind == "HelmRelease":
        yield from _of_helm_release(root, file)
    elif kind == "OCIRepository":
        yield from _of_oci_repository(root)
    elif kind in {None, "Kustomization", "Component"}:
        yield from _listed(root, "helmCharts", "repo")
        yield from _listed(root, "dependencies", "repository")


def _of_argocd(root: MappingNode, kind: str | None) -> Iterator[_ChartPlace]:
    keys = ("spec", "template", "spec") if kind == "ApplicationSet" else ("spec",)
    spec, at = _under(root, keys), ".".join(keys)
    source = _here(spec, "source")
    if isinstance(source, MappingNode):
        yield from _of_source(source, f"{at}.source", root)
    listed = _here(spec, "sources")
    for number, item in enumerate(listed.items if isinstance(listed, SequenceNode) else ()):
        if isinstance(item, MappingNode):
            yield from _of_source(item, f"{at}.sources[{number}]", root)


def _of_source(source: MappingNode, at: str, root: MappingNode) -> Iterator[_ChartPlace]:
    """With `chart` beside it an address is of a repository; without, only oci:// is one of a chart itself."""
    address, chart = _text(source, "repoURL"), _text(source, "chart")
    if address and (chart or address.startswith(_OCI)):
        yield _ChartPlace(_joined(address, chart), source, "targetRevision", at, root)


def _of_helm_release(root: MappingNode, file: YamlFile) -> Iterator[_ChartPlace]:
    """From a GitRepository or a Bucket comes a folder, whose version nobody publishes."""
    spec = _under(root, ("spec", "chart", "spec"))
    chart, reference = _text(spec, "chart"), _under(spec, ("sourceRef",))
    if spec is None or not chart or _text(reference, "kind") not in {None, "HelmRepository"}:
        return
    meant = _repositories(root, reference, file)
    address = _text(_under(meant[0], ("spec",)), "url") if len(meant) == 1 else None
    named = _joined(address, chart) if address else chart
    lines = tuple(one.line for one in meant) if len(meant) > 1 else ()
    yield _ChartPlace(named, spec, "version", "spec.chart.spec", root, doubtful=lines)


def _repositories(
    release: MappingNode, reference: MappingNode | None, file: YamlFile
) -> tuple[MappingNode, ...]:
    """The HelmRepositories that may be meant: none where it stands in another file, several in doubt.

    Flux looks in the namespace of the reference, else of the release; one that is not written may be any.
    """
    name = _text(reference, "name")
    if name is None:
        return ()
    namespace = _text(reference, "namespace") or _metadata(release, "namespace")
    roots = (one.root for one in file.documents if isinstance(one.root, MappingNode))
    named = tuple(
        one for one in roots if _text(one, "kind") == "HelmRepository" and _metadata(one, "name") == name
    )
    said = [_metadata(one, "namespace") for one in named]
    same = tuple(one for one, its in zip(named, said, strict=True) if its == namespace)
    return same or (named if namespace is None or None in said else ())


def _of_oci_repository(root: MappingNode) -> Iterator[_ChartPlace]:
    spec, reference = _under(root, ("spec",)), _under(root, ("spec", "ref"))
    address = _text(spec, "url") if spec else None
    if address and reference is not None:
        by_range = path.keyed_here(reference, "semver") is not None
        key, plus = ("semver", "+") if by_range else ("tag", "_")
        yield _ChartPlace(_joined(address, None), reference, key, "spec.ref", root, plus)


def _listed(root: MappingNode, key: str, repository: str) -> Iterator[_ChartPlace]:
    """`helmCharts` of a kustomization, `dependencies` of a chart."""
    found = _here(root, key)
    for number, item in enumerate(found.items if isinstance(found, SequenceNode) else ()):
        if isinstance(item, MappingNode) and (name := _text(item, "name")):
            address = _text(item, repository)
            if address and "://" in address:
                yield _ChartPlace(_joined(address, name), item, "version", f"{key}[{number}]", root)


# --- names ------------------------------------------------------------------------------------------------


def _joined(address: str, chart: str | None) -> str:
    """As config names it; Argo CD leaves `oci://` out of the address of a registry."""
    whole = address.strip().rstrip("/") + (f"/{chart}" if chart else "")
    scheme, separator, rest = whole.partition("://")
    host, slash, name = (rest if separator else whole).partition("/")
    return f"{scheme.lower() if separator else 'oci'}://{host.lower()}{slash}{name}"


def _metadata(root: MappingNode, key: str) -> str | None:
    return _text(_under(root, ("metadata",)), key)


def _under(root: MappingNode | None, keys: tuple[str, ...]) -> MappingNode | None:
    node: Node | None = root
    for key in keys:
        node = _here(node, key)
    return node if isinstance(node, MappingNode) else None


def _here(node: Node | None, key: str) -> Node | None:
    return path.keyed_here(node, key) if isinstance(node, MappingNode) else None


def _text(mapping: MappingNode | None, key: str) -> str | None:
    value = _here(mapping, key)
    return content(value) if isinstance(value, ScalarNode) else None
