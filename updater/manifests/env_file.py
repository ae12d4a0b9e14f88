"""To find an image in lines of KEY=VALUE: a `.env`, the `params.env` of a kustomization. Pure."""

from collections.abc import Iterator

from updater.manifests import path, reference
from updater.manifests.image_value import place_of
from updater.manifests.nodes import MappingNode, ScalarNode, Syntax, YamlFile
from updater.manifests.path import PathMatch
from updater.manifests.pin import Edit, Selector
from updater.manifests.place import PinPlace
from updater.manifests.refusals import PinRefused, list_few
from updater.manifests.splicing import Change
from updater.reasons import pin_reasons

file_names: tuple[str, ...] = ()
syntax: Syntax = "env"


def locate(file: YamlFile, selector: Selector) -> PinPlace:
    key, node = _found(file, selector)
    if "$" in node.value:
        raise PinRefused(
            pin_reasons.TEMPLATE,
            f"{key} is put together from other variables; write its value out",
            node.line,
        )
    match = PathMatch(node, None, file, (0, len(node.value)))
    return place_of(match, selector, path.child("", key))


def insert(file: YamlFile, edit: Edit) -> Change:
    """Nothing tells what else such a file is to say."""
    place = locate(file, edit.selector)
    what = edit.selector.at or edit.selector.image
    raise PinRefused(pin_reasons.PIN_MISSING, f"{what} has no {edit.selector.pin}; write one", place.line)


def selectors(file: YamlFile) -> Iterator[Selector]:
    """Every variable that holds an image, and every one that is called a tag."""
    for key, node in _variables(file):
        whole = reference.parse(node.value)
        if not reference.is_bare_tag(node.value) and "/" in whole.repository and (whole.tag or whole.digest):
            pin = reference.pinned_by(whole.tag, whole.digest)
            yield Selector("env-file", whole.repository, path.child("", key), pin)
        elif key.lower().endswith("tag") and node.value:
            yield Selector("env-file", "", path.child("", key))


def _found(file: YamlFile, selector: Selector) -> tuple[str, ScalarNode]:
    if selector.at is not None:
        return selector.at, _named(file, selector.at)
    found = [
        (key, node)
        for key, node in _variables(file)
        if not reference.is_bare_tag(node.value) and reference.repository(node.value) == selector.image
    ]
    if not found:
        raise PinRefused(
            pin_reasons.PIN_MISSING, f"no variable holds {selector.image}; name the one with `at:`", 1
        )
    if len(found) > 1:
        lines = list_few(node.line for _, node in found)
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{selector.image} stands in lines {lines}; name one with `at:`",
            found[0][1].line,
        )
    key, node = found[0]
    _named(file, path.child("", key))
    return key, node


def _named(file: YamlFile, at: str) -> ScalarNode:
    for document in file.documents:
        for match in path.walk(file, document.root, path.parse(at)):
            if isinstance(match.node, ScalarNode):
                return match.node
    raise PinRefused(pin_reasons.PIN_MISSING, f"the variable {at} is not there; write it, or name another", 1)


def _variables(file: YamlFile) -> Iterator[tuple[str, ScalarNode]]:
    for document in file.documents:
        pairs = document.root.pairs if isinstance(document.root, MappingNode) else ()
        for key, node in pairs:
            if isinstance(key, ScalarNode) and isinstance(node, ScalarNode):
                yield key.value, node
