"""To say of what is not there where else the file speaks of it: unread, or by another path. Pure."""

from updater.manifests.deeper import places_of_images
from updater.manifests.image_value import leaves
from updater.manifests.nodes import ScalarNode, YamlFile
from updater.manifests.pin import Selector
from updater.manifests.refusals import list_few


def what_to_do(file: YamlFile, selector: Selector, otherwise: str) -> str:
    """The second half of `… is not there; …`; `otherwise` where the file says nothing else of it."""
    if selector.at is not None:
        return _by_another_path(file, selector.at) or otherwise
    places = places_of_images(file).get(selector.image, ())
    if places:
        return f"kind yaml-path finds it at {list_few(places)}"
    return _in_text(file, selector.image) or otherwise


def _by_another_path(file: YamlFile, at: str) -> str | None:
    """Of a key that has dots in it."""
    bare = at.replace('"', "")
    for document in file.documents:
        for leaf in leaves(document.root):
            if leaf.at != at and leaf.at.replace('"', "") == bare:
                return f"a key with dots stands in quotes, {leaf.at}"
    return None


def _in_text(file: YamlFile, image: str) -> str | None:
    for document in file.documents:
        for leaf in leaves(document.root):
            if image in leaf.node.value and (why := _unread(leaf.node)) is not None:
                return f"line {leaf.node.line} ({leaf.at}) names it {why}"
    return None


def _unread(node: ScalarNode) -> str | None:
    if node.style == "|":
        return "in a block, of which only YAML is read; name the path to its tag with `at:`"
    if node.style == ">" or "\n" in node.value:
        return "in a text whose lines are joined, which is not read; write it as a literal block (|)"
    if node.value != "" and "=" in node.value:
        return "in a string; name what stands behind its `=` with `at:`, as in literals[TAG]"
    return None
