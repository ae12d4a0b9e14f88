"""`untagged_image`: an environment runs an image without a tag, or at a placeholder nobody replaced. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.tools.audit.finding import Finding, printable
from updater.tools.audit.tree import RunningImage, Tree


def untagged_image(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        if _is_of_a_container(tree, one) and _is_open(tree, one):
            yield Finding(one.file, one.line, "untagged_image", _sentence(one))


def _is_of_a_container(tree: Tree, one: RunningImage) -> bool:
    """A pin that holds nothing yet waits for its first tag; charts may have defaults of their own."""
    return bool(one.origin) or tree.sheets[one.file].kind is None


def _is_open(tree: Tree, one: RunningImage) -> bool:
    tag = one.said.tag
    if one.said.digest or (tag and one.applied.tags.forbidden(tag)):
        return False
    return not tag or (tag in tree.placeholders and not one.applied.tags.allowed(tag))


def _sentence(one: RunningImage) -> str:
    image, tag = printable(one.said.image), one.said.tag
    state = f"at the placeholder {printable(tag)}" if tag else "without a tag, which means latest"
    origin = f", from {one.origin}" if one.origin else ""
    return f"{one.applied.environment} runs {image} {state}{origin}: set its tag here under images"
