"""To find the image of a Helm values file: by a path, or by its repository. Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from updater.manifests import layout, path, reference
from updater.manifests.deeper import places_in_first
from updater.manifests.hints import what_to_do
from updater.manifests.image_beside import deployed
from updater.manifests.image_value import Leaf, leaves, place_of
from updater.manifests.layout import Content
from updater.manifests.nodes import MappingNode, Node, ScalarNode, Syntax, YamlFile
from updater.manifests.pin import Edit, Selector
from updater.manifests.place import TO_ADD, PinPlace, content, missing
from updater.manifests.refusals import PinRefused, list_few
from updater.manifests.splicing import Change
from updater.manifests.tag_rules import is_tag
from updater.reasons import pin_reasons

file_names: tuple[str, ...] = ()
syntax: Syntax = "yaml"

_DEFAULT = "image.tag"


def locate(file: YamlFile, selector: Selector) -> PinPlace:
    root = _root(file)
    at = selector.at or _at(file, root, selector)
    found = list(path.walk(file, root, path.parse(at)))
    if len(found) > 1:
        lines = list_few(one.node.line for one in found)
        raise PinRefused(pin_reasons.AMBIGUOUS, f"{at} leads to lines {lines}; name one", found[0].node.line)
    if found:
        return place_of(found[0], selector, at)
    if not selector.create:
        raise missing(f"{at} is not there", root.line, what_to_do(file, selector, TO_ADD))
    return PinPlace(selector.image, root.line)


def insert(file: YamlFile, edit: Edit) -> Change:
    """Add the keys of the path that are missing; a digest is never invented, the chart may not know one."""
    selector = edit.selector
    root = _root(file)
    at = selector.at or _at(file, root, selector)
    place = locate(file, selector)
    if selector.takes_digest:
        raise PinRefused(
            pin_reasons.PIN_MISSING, f"{at} has no digest; write one where the chart reads it", place.line
        )
    mapping, keys = _deepest(root, at)
    added: Content = edit.tag
    for key in reversed(keys[1:]):
        added = {key: added}
    return layout.add_pair(file, mapping, mapping.pairs[-1][1], {keys[0]: added})


def selectors(file: YamlFile) -> Iterator[Selector]:
    for leaf in leaves(_root(file)):
        if leaf.key == "tag" and leaf.parent is not None and _is_tag(leaf):
            whole = reference.parse_tag(content(leaf.node) or "")
            pin = reference.pinned_by(whole.tag, whole.digest or _digest_beside(leaf.parent))
            yield Selector("helm-values", deployed(leaf.parent, leaf.at) or "", leaf.at, pin)
        elif leaf.key == "digest" and (image := _by_digest_alone(leaf)) is not None:
            yield Selector("helm-values", image, leaf.at, "digest")
        elif leaf.key.lower().endswith("image") and not reference.is_bare_tag(leaf.node.value):
            whole = reference.parse(leaf.node.value)
            if whole.tag or whole.digest:
                yield Selector(
                    "helm-values", whole.repository, leaf.at, reference.pinned_by(whole.tag, whole.digest)
                )


def _is_tag(leaf: Leaf) -> bool:
    """Other things are called `tag` as well: Fluent Bit's is `kube.*`."""
    return deployed(leaf.parent, leaf.at) is not None or is_tag(
        reference.parse_tag(leaf.node.value).tag or ""
    )


def _by_digest_alone(leaf: Leaf) -> str | None:
    """Where a tag stands beside it, that is the pin."""
    if leaf.parent is None or not content(leaf.node) or path.keyed_here(leaf.parent, "tag") is not None:
        return None
    return deployed(leaf.parent, leaf.at)


def _digest_beside(parent: MappingNode) -> str | None:
    value = path.keyed_here(parent, "digest")
    return content(value) if isinstance(value, ScalarNode) else None


def _root(file: YamlFile) -> MappingNode:
    """Helm reads the first document only."""
    root: Node | None = file.documents[0].root if file.documents else None
    if not isinstance(root, MappingNode):
        raise PinRefused(pin_reasons.PIN_MISSING, "holds no values; name the right file", 1)
    return root


def _at(file: YamlFile, root: MappingNode, selector: Selector) -> str:
    found = _named_in(file).get(selector.image, ())
    if len(found) > 1:
        paths = list_few(one.at for one in found)
        raise PinRefused(
            pin_reasons.AMBIGUOUS, f"{selector.image} stands at {paths}; name one with `at:`", root.line
        )
    if found:
        return found[0].at or _DEFAULT
    deeper = places_in_first(file).get(selector.image, ())
    if len(deeper) > 1:
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{selector.image} stands at {list_few(deeper)}; name one with `at:`",
            root.line,
        )
    if deeper:
        return deeper[0]
    image = path.keyed_here(root, "image")
    if image is None:
        _refuse_object(file, root, selector)
    other = deployed(image, _DEFAULT) if isinstance(image, MappingNode) else None
    if other is not None and not _names(other, selector.image):
        raise PinRefused(
            pin_reasons.PIN_MISSING,
            f"{_DEFAULT} is of {other} and not of {selector.image}; name `at:`",
            root.line,
        )
    return _DEFAULT


def _refuse_object(file: YamlFile, root: MappingNode, selector: Selector) -> None:
    """An Application, a HelmRelease: values stand in them somewhere, and never at the top."""
    kind = path.keyed_here(root, "kind")
    if not isinstance(kind, ScalarNode) or path.keyed_here(root, "apiVersion") is None:
        return
    todo = what_to_do(file, selector, "name the path to its tag with `at:`")
    raise PinRefused(
        pin_reasons.PIN_MISSING,
        f"is of kind {kind.value} and no values file, and {selector.image} is not there; {todo}",
        root.line,
    )


@lru_cache(maxsize=1)
def _named_in(file: YamlFile) -> Mapping[str, list[Selector]]:
    """By image: all pins of a file ask in turn, and the values of a thousand may stand in one."""
    named: dict[str, list[Selector]] = {}
    for one in selectors(file):
        for name in (one.image, f"docker.io/{one.image}") if one.image else ():
            named.setdefault(name, []).append(one)
    return named


def _names(found: str, wanted: str) -> bool:
    return bool(found) and wanted in {found, f"docker.io/{found}"}


def _deepest(root: MappingNode, at: str) -> tuple[MappingNode, list[str]]:
    """The last mapping of the path that is there, and the keys it lacks."""
    keys = [step.key for step in path.parse(at)]
    mapping = root
    for number, key in enumerate(keys):
        if key is None or not mapping.pairs:
            break
        value = path.keyed(mapping, key)
        if value is None:
            return mapping, [str(one) for one in keys[number:]]
        if not isinstance(value, MappingNode):
            break
        mapping = value
    raise PinRefused(pin_reasons.PIN_MISSING, f"{at} cannot be added here; write it by hand", mapping.line)
