"""To add an item to a list at the top of a YAML file, and not one byte more. Pure."""

from updater.manifests import layout
from updater.manifests.composer import BYTE_ORDER_MARK, compose
from updater.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode, YamlFile
from updater.manifests.place import refuse_marks
from updater.manifests.refusals import PinRefused
from updater.manifests.scalars import is_null
from updater.manifests.splicing import Change, apply
from updater.reasons import pin_reasons


def list_items(data: bytes, key: str) -> tuple[str, ...]:
    """The plain words of the list; none where the key is not there. Raises PinRefused."""
    _, value = _pair(_root(compose(data)), key)
    items = value.items if isinstance(value, SequenceNode) else ()
    return tuple(item.value for item in items if isinstance(item, ScalarNode))


def with_items(data: bytes, key: str, items: tuple[str, ...]) -> bytes:
    """Behind the last one, one after the other. Raises PinRefused where there is a doubt."""
    file = compose(data)
    for item in items:
        file = apply(file, [_added(file, key, item)])
    return (BYTE_ORDER_MARK * file.marked + file.text).encode()


def _added(file: YamlFile, key: str, item: str) -> Change:
    root = _root(file)
    name, value = _pair(root, key)
    if name is None:
        return layout.append(file, file.documents[0], root, {key: [item]})
    if isinstance(value, SequenceNode):
        refuse_marks(value, key)
        if value.items:
            return layout.add_item(file, value, item)
    elif not (isinstance(value, ScalarNode) and not value.style and is_null(value.value)):
        raise PinRefused(pin_reasons.NOT_LIST, f"{key} is no list of plain items", name.line)
    assert value is not None
    return layout.fill_list(file, root, name, value, [item])


def _root(file: YamlFile) -> MappingNode:
    if len(file.documents) != 1 or not isinstance(file.documents[0].root, MappingNode):
        raise PinRefused(pin_reasons.NOT_LIST, "holds not exactly one mapping")
    return file.documents[0].root


def _pair(root: MappingNode, key: str) -> tuple[Node | None, Node | None]:
    found = [
        (name, value) for name, value in root.pairs if isinstance(name, ScalarNode) and name.value == key
    ]
    if len(found) > 1:
        raise PinRefused(pin_reasons.DUPLICATE, f"{key} is there twice; keep one", found[1][0].line)
    return found[0] if found else (None, None)
