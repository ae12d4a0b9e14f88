"""To say of what is not there where else the file speaks of it: unread, or by another path. Pure."""

import re

from updater.manifests.deeper import places_of_images
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import YamlFile
from updater.manifests.pin import Selector
from updater.manifests.refusals import list_few

_VARIABLE = re.compile(r"([A-Za-z_-][^=\[\]]*)=")


def what_to_do(file: YamlFile, selector: Selector, otherwise: str) -> str:
    """The second half of `… is not there; …`; `otherwise` where the file says nothing else of it."""
    if selector.at is not None:
        return _by_another_path(file, selector.at) or otherwise
    places = places_of_images(file).get(selector.image, ())
    if places:
        return f"kind yaml-path finds it at {list_few(places)}"
    return _in_text(file, selector) or otherwise


def _by_another_path(file: YamlFile, at: str) -> str | None:
    """Of a key that has dots in it."""
    bare = at.replace('"', "")
    for document in file.documents:
        for leaf in leaves(document.root):
            if leaf.at != at and leaf.at.replace('"', "") == bare:
                return f"a key with dots stands in quotes, {leaf.at}"
    return None


def _in_text(file: YamlFile, selector: Selector) -> str | None:
    bare = selector.image.removeprefix("docker.io/")
    if not bare or bare not in file.text:
        return None
    name = re.compile(rf"(?<![\w./-])(?:docker\.io/)?{re.escape(bare)}(?![\w./-])")
    for document in file.documents:
        for leaf in leaves(document.root):
            if name.search(leaf.node.value) and (why := _unread(leaf, selector)) is not None:
                return f"line {leaf.node.line} ({leaf.at}) names it {why}"
    return None


def _unread(leaf: Leaf, selector: Selector) -> str | None:
    node, kind = leaf.node, "" if selector.kind == "yaml-path" else "kind yaml-path and "
    if node.style == "|":
        return f"in a block, of which only YAML is read; name the path to its tag with {kind}`at:`"
    if node.style == ">" or "\n" in node.value:
        return "in a text whose lines are joined, which is not read; write it as a literal block (|)"
    if (variable := _VARIABLE.match(node.value)) is not None:
        at = f"{leaf.at.rpartition('[')[0] if leaf.at.endswith(']') else leaf.at}[{variable[1]}]"
        return f"in a string; name what stands behind its `=` with {kind}`at: {at}`"
    return None
