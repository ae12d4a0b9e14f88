"""To find the image of a kustomization: an entry of `images:` by its `name` or `newName`. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, Self

from updater.manifests import layout
from updater.manifests.hints import what_to_do
from updater.manifests.nodes import (
    AliasNode,
    Document,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    Syntax,
    YamlFile,
)
from updater.manifests.pin import Edit, Selector
from updater.manifests.place import (
    TO_ADD,
    Part,
    PinPlace,
    missing,
    refuse_marks,
    refuse_template,
    scalar,
    tag_place,
    with_digest,
)
from updater.manifests.reference import parse, parse_tag, pinned_by, repository
from updater.manifests.refusals import PinRefused, list_few
from updater.manifests.scalars import is_null
from updater.manifests.splicing import Change
from updater.reasons import pin_reasons
from updater.value_class import value_class

file_names: tuple[str, ...] = ("kustomization.yaml", "kustomization.yml", "Kustomization")
syntax: Syntax = "yaml"

_KINDS = frozenset({"Kustomization", "Component"})


class ImageEntry(NamedTuple):
    """One item of `images:`; `names` is empty where it cannot be told."""

    item: Node
    name: str | None
    new_name: str | None


@value_class
class ImageList:
    """The items of `images:`, and where each name stands: one file may hold the pins of a thousand apps."""

    entries: tuple[ImageEntry, ...]
    named: Mapping[str, list[ImageEntry]]
    """By `name`, in the order of the file."""
    renamed: Mapping[str, list[ImageEntry]]
    """By `newName`, without its tag."""

    @classmethod
    def of(cls, entries: Iterable[ImageEntry]) -> Self:
        every = tuple(entries)
        named: dict[str, list[ImageEntry]] = {}
        renamed: dict[str, list[ImageEntry]] = {}
        for entry in every:
            if entry.name is not None:
                named.setdefault(entry.name, []).append(entry)
            if entry.new_name is not None:
                renamed.setdefault(repository(entry.new_name), []).append(entry)
        return cls(every, named, renamed)


def locate(file: YamlFile, selector: Selector) -> PinPlace:
    images = _images_in(file)
    entry = _chosen(images, selector)
    if entry is None:
        return _absent(file, selector)
    return _place(file, entry, selector, images)


def insert(file: YamlFile, edit: Edit) -> Change:
    selector = edit.selector
    entry = _chosen(_images_in(file), selector)
    if entry is None:
        return _new_entry(file, edit)
    mapping = _mapping(entry, selector.image)
    if selector.takes_tag and _field(mapping, "newTag") is None:
        return _add_field(file, mapping, {"newTag": edit.tag}, ("name", "newName"))
    return _add_field(file, mapping, {"digest": edit.digest or ""}, ("name", "newName", "newTag"))


def selectors(file: YamlFile) -> Iterator[Selector]:
    for entry in _images_in(file).entries:
        if entry.name is not None:
            yield Selector("kustomization", entry.name, pin=_pinned_by(entry))


def _pinned_by(entry: ImageEntry) -> str:
    item = entry.item
    if not isinstance(item, MappingNode):
        return "tag"
    new_tag, name = parse_tag(_text(item, "newTag") or ""), parse(_text(item, "newName") or "")
    return pinned_by(new_tag.tag or name.tag, new_tag.digest or name.digest or _text(item, "digest"))


def _kustomization(file: YamlFile) -> tuple[Document, MappingNode]:
    """Kustomize 5.8 reads the first document and passes over the others."""
    document = next(iter(file.documents), None)
    if document is None or not isinstance(document.root, MappingNode):
        raise PinRefused(pin_reasons.PIN_MISSING, "holds no kustomization; name the right file", 1)
    kind = _text(document.root, "kind")
    if kind not in {None, *_KINDS}:
        raise PinRefused(
            pin_reasons.PIN_MISSING,
            f"holds a {kind} and no Kustomization; name the right file",
            document.root.line,
        )
    return document, document.root


def _text(mapping: MappingNode, key: str) -> str | None:
    value = next((value for found, value in mapping.pairs if _is_key(found, key)), None)
    return value.value if isinstance(value, ScalarNode) else None


@lru_cache(maxsize=1)
def _images_in(file: YamlFile) -> ImageList:
    """All pins of a file ask in turn; to read all its entries for each would cost the square of them."""
    return ImageList.of(_entries_of(file, *_kustomization(file)))


def _entries_of(file: YamlFile, document: Document, root: MappingNode) -> Iterator[ImageEntry]:
    images = _images(file, root)
    if images is not None:
        for item in images.items:
            yield _entry(item, document)


def _images(file: YamlFile, root: MappingNode) -> SequenceNode | None:
    found = _field(root, "images")
    if found is None or isinstance(found, ScalarNode):
        if found is not None and not is_null(scalar(file, found, "images").value):
            raise PinRefused(
                pin_reasons.NOT_LIST, "images is a single value; a list belongs there", found.line
            )
        return None
    if isinstance(found, AliasNode):
        raise PinRefused(
            pin_reasons.ALIAS, f"images is the alias *{found.value}; write the list itself there", found.line
        )
    if isinstance(found, MappingNode):
        raise PinRefused(pin_reasons.NOT_LIST, "images is a mapping; a list belongs there", found.line)
    refuse_marks(found, "images")
    return found


def _entry(item: Node, document: Document) -> ImageEntry:
    """Names are looked up through an alias or a merge, so that the entry is refused and not overlooked."""
    seen = document.anchors.get(item.value) if isinstance(item, AliasNode) else item
    if not isinstance(seen, MappingNode):
        return ImageEntry(item, None, None)
    merged = _merged(seen, document)
    names = [
        next((text for one in (seen, *merged) if (text := _text(one, key))), None)
        for key in ("name", "newName")
    ]
    return ImageEntry(item, names[0], names[1])


def _merged(mapping: MappingNode, document: Document) -> list[MappingNode]:
    values = [value for key, value in mapping.pairs if isinstance(key, ScalarNode) and key.value == "<<"]
    aliases = [
        one for value in values for one in (value.items if isinstance(value, SequenceNode) else (value,))
    ]
    found = [document.anchors.get(one.value) if isinstance(one, AliasNode) else one for one in aliases]
    return [one for one in found if isinstance(one, MappingNode)]


def _chosen(images: ImageList, selector: Selector) -> ImageEntry | None:
    named = images.named.get(selector.image, ())
    found = named or images.renamed.get(selector.image, ())
    if len(found) > 1:
        lines = list_few(entry.item.line for entry in found)
        if named:
            raise PinRefused(
                pin_reasons.DUPLICATE,
                f"{selector.image} stands in lines {lines}; keep one",
                found[0].item.line,
            )
        names = " or ".join(sorted({str(entry.name) for entry in found}))
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{selector.image} is the newName in lines {lines}; name it {names}",
            found[0].item.line,
        )
    return found[0] if found else None


def _absent(file: YamlFile, selector: Selector) -> PinPlace:
    _, root = _kustomization(file)
    for document in file.documents[1:]:
        other = document.root
        if isinstance(other, MappingNode) and _chosen(
            ImageList.of(_entries_of(file, document, other)), selector
        ):
            sentence = (
                f"{selector.image} stands behind the first document, where kustomize does not read; move it"
            )
            raise PinRefused(pin_reasons.PIN_MISSING, sentence, other.line)
    if not selector.create:
        todo = what_to_do(file, selector, TO_ADD)
        raise missing(f"{selector.image} is not in images{_components(root)}", root.line, todo)
    return PinPlace(selector.image, root.line)


def _components(root: MappingNode) -> str:
    """An entry may stand in one of them, which only whoever reads that file knows."""
    listed = next((value for key, value in root.pairs if _is_key(key, "components")), None)
    items = listed.items if isinstance(listed, SequenceNode) else ()
    names = [one.value for one in items if isinstance(one, ScalarNode)]
    if not names:
        return ""
    return f", and may be in the component {' or '.join(names[:3])}: then name its folder as `path`"


def _place(file: YamlFile, entry: ImageEntry, selector: Selector, images: ImageList) -> PinPlace:
    mapping = _mapping(entry, selector.image)
    for key in ("name", "newName"):
        if isinstance(name := _field(mapping, key), ScalarNode):
            refuse_template(file, name, f"{key} of this image")
    _refuse_chain(entry, images)
    place = _named(
        file, mapping, PinPlace(repository(entry.new_name or entry.name or selector.image), mapping.line)
    )
    if (tag := _field(mapping, "newTag")) is not None:
        if place.parts:
            raise PinRefused(
                pin_reasons.AMBIGUOUS, f"{place.image} has a tag in newName and a newTag; keep one", tag.line
            )
        place = tag_place(scalar(file, tag, f"newTag of {selector.image}"), place.image)
    if (digest := _field(mapping, "digest")) is not None:
        place = with_digest(place, scalar(file, digest, f"digest of {selector.image}"))
    return place


def _named(file: YamlFile, mapping: MappingNode, place: PinPlace) -> PinPlace:
    """Some write `newName: ghcr.io/org/shop:v1`, and it works as long as no other tag comes along."""
    node = _field(mapping, "newName")
    whole = parse(node.value) if isinstance(node, ScalarNode) else None
    if node is None or whole is None or (whole.tag is None and whole.digest is None):
        return place
    part = Part(scalar(file, node, f"newName of {place.image}"), "reference", whole)
    return PinPlace(place.image, node.line, whole.tag, whole.digest, (part,))


def _mapping(entry: ImageEntry, image: str) -> MappingNode:
    item = entry.item
    if not isinstance(item, MappingNode):  # an alias: no other item has a name
        raise PinRefused(pin_reasons.ALIAS, f"the entry of {image} is an alias; write it out", item.line)
    refuse_marks(item, f"the entry of {image}")
    for key, _ in item.pairs:
        if not isinstance(key, ScalarNode):
            raise PinRefused(
                pin_reasons.ALIAS,
                f"the entry of {image} has a key that is no plain word; write it out",
                key.line,
            )
        if key.value == "<<":
            raise PinRefused(
                pin_reasons.ALIAS,
                f"the entry of {image} takes keys from elsewhere (<<); write them out",
                key.line,
            )
    if _field(item, "newTag") is None and (suffix := _field(item, "tagSuffix")) is not None:
        raise PinRefused(
            pin_reasons.TAG_SUFFIX, f"{image} has a tagSuffix and no newTag; replace it by one", suffix.line
        )
    return item


def _refuse_chain(entry: ImageEntry, images: ImageList) -> None:
    """Kustomize applies one entry after the other: a later one that bears the new name has the last word."""
    if entry.new_name is None or entry.new_name == entry.name:
        return
    bearers = images.named.get(repository(entry.new_name), ())
    other = next((one for one in bearers if one.item.first > entry.item.first), None)
    if other is not None:
        raise PinRefused(
            pin_reasons.AMBIGUOUS,
            f"{entry.name} becomes {entry.new_name}, which line {other.item.line} sets again; keep one",
            entry.item.line,
        )


def _field(mapping: MappingNode, key: str) -> Node | None:
    found = [(name, value) for name, value in mapping.pairs if _is_key(name, key)]
    if len(found) > 1:
        lines = list_few(name.line for name, _ in found)
        raise PinRefused(pin_reasons.DUPLICATE, f"{key} stands in lines {lines}; keep one", found[-1][0].line)
    return found[0][1] if found else None


def _is_key(node: Node, key: str) -> bool:
    """Kustomize reads JSON, whose keys Go matches in any case."""
    return isinstance(node, ScalarNode) and node.value.lower() == key.lower()


def _add_field(
    file: YamlFile, mapping: MappingNode, added: dict[str, str], behind: tuple[str, ...]
) -> Change:
    fields = [value for key in behind if (value := _field(mapping, key)) is not None]
    after = max(fields, key=lambda node: node.first)
    return layout.add_pair(file, mapping, after, added)


def _new_entry(file: YamlFile, edit: Edit) -> Change:
    fields = {"name": edit.selector.image}
    if edit.selector.takes_tag:
        fields["newTag"] = edit.tag
    if edit.selector.takes_digest:
        fields["digest"] = edit.digest or ""
    document, root = _kustomization(file)
    images = _images(file, root)
    if images is not None and images.items:
        return layout.add_item(file, images, fields)
    pair = next(((key, value) for key, value in root.pairs if _is_key(key, "images")), None)
    if pair is not None:
        return layout.fill_list(file, root, *pair, [fields])
    return layout.append(file, document, root, {"images": [fields]})
