"""To find an image in any YAML: a Deployment, a CronJob, an Argo CD Application. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from updater.manifests import path, reference
from updater.manifests.deeper import places_of_images
from updater.manifests.hints import what_to_do
from updater.manifests.image_beside import deployed
from updater.manifests.image_value import Leaf, leaves, place_of
from updater.manifests.nodes import ScalarNode, Syntax, YamlFile
from updater.manifests.path import PathMatch
from updater.manifests.pin import Edit, Selector
from updater.manifests.place import PinPlace
from updater.manifests.refusals import PinRefused, list_few
from updater.manifests.splicing import Change
from updater.reasons import pin_reasons

file_names: tuple[str, ...] = ()
syntax: Syntax = "yaml"


def locate(file: YamlFile, selector: Selector) -> PinPlace:
    found = _found(file, selector)
    if len(found) > 1:
        found = [one for one in found if _names(one, file, selector)] or found
    what = selector.at or selector.image
    if not found:
        todo = what_to_do(file, selector, "write it, or name another path")
        raise PinRefused(pin_reasons.PIN_MISSING, f"{what} is not there; {todo}", 1)
    if len(found) > 1:
        lines = list_few(one.node.line for one in found)
        raise PinRefused(
            pin_reasons.AMBIGUOUS, f"{what} stands in lines {lines}; name one with `at:`", found[0].node.line
        )
    return place_of(found[0], selector, selector.at or _name_of(file, selector, found[0]))


def insert(file: YamlFile, edit: Edit) -> Change:
    """Nothing tells what belongs into a file of any kind."""
    place = locate(file, edit.selector)
    what = edit.selector.at or edit.selector.image
    raise PinRefused(pin_reasons.PIN_MISSING, f"{what} has no {edit.selector.pin}; write one", place.line)


def selectors(file: YamlFile) -> Iterator[Selector]:
    for document in file.documents:
        for leaf in leaves(document.root):
            whole = _image(leaf)
            if whole is not None:
                yield Selector(
                    "yaml-path", whole.repository, leaf.at, reference.pinned_by(whole.tag, whole.digest)
                )


def _found(file: YamlFile, selector: Selector) -> Sequence[PathMatch]:
    if selector.at is not None:
        steps = path.parse(selector.at)
        return [one for document in file.documents for one in path.walk(file, document.root, steps)]
    return _named_in(file).get(selector.image, ()) or _deeper(file, selector)


def _name_of(file: YamlFile, selector: Selector, found: PathMatch) -> str:
    """What a sentence calls the place of an image that was found without a path."""
    if found.parent is None:
        return "image"
    return next(iter(places_of_images(file).get(selector.image, ())), "image.tag")


def _deeper(file: YamlFile, selector: Selector) -> list[PathMatch]:
    """By the repository beside a tag, and in blocks."""
    paths = places_of_images(file).get(selector.image, ())
    return [
        one
        for at in paths
        for document in file.documents
        for one in path.walk(file, document.root, path.parse(at))
    ]


@lru_cache(maxsize=1)
def _named_in(file: YamlFile) -> Mapping[str, list[PathMatch]]:
    """By image: all pins of a file ask in turn."""
    named: dict[str, list[PathMatch]] = {}
    for document in file.documents:
        for leaf in leaves(document.root):
            if (whole := _image(leaf)) is not None:
                named.setdefault(whole.repository, []).append(PathMatch(leaf.node, None, file))
    return named


def _image(leaf: Leaf) -> reference.Reference | None:
    """Containers keep it under `image`, an Argo CD Application in `kustomize.images`."""
    text = leaf.node.value
    if leaf.key not in {"image", "images"} or reference.is_bare_tag(text):
        return None
    whole = reference.parse(text)
    return whole if whole.tag or whole.digest else None


def _names(found: PathMatch, file: YamlFile, selector: Selector) -> bool:
    """By what stands there or beside it: in each document one path may lead to another image."""
    beside = deployed(found.parent, selector.at or _name_of(file, selector, found))
    if beside is not None or not isinstance(found.node, ScalarNode):
        return selector.image in {beside, f"docker.io/{beside}"}
    whole = reference.parse(found.node.value)
    return selector.image in {whole.repository, whole.alias}
