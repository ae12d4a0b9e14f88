"""What an environment runs: `forbidden_tag`, `unfollowed_tag`, `untagged_image`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.config import TagPolicy
from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.tree import RunningImage, Tree


def forbidden_tag(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        pattern = one.applied.tags.forbidden(one.said.tag) if one.said.tag else None
        if pattern is not None:
            yield Finding(one.file, one.line, "forbidden_tag", _says_forbidden(one))


def _says_forbidden(one: RunningImage) -> str:
    said, environment = one.said, one.applied.environment
    what = f"{environment} runs {quoted(said.image or 'an image')} at {quoted(said.tag or '')}"
    if one.origin:
        return f"{what}, which it forbids, from {one.origin}: set its tag here under images"
    if said.digest:
        return f"{what} (with a digest), which it forbids: name the tag that this digest has"
    return f"{what}, which it forbids: name the tag of one build"


_NAMES_A_BUILD = re.compile(r"(?<![a-z0-9])[0-9a-f]{7,64}(?![a-z0-9])|\d+\.\d+|\d{2}")
"""A commit, a version, a number or a date; `prod-latest` and `v1` will mean another image tomorrow."""


def unfollowed_tag(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        judges, tag = one.applied.judges, one.said.tag
        if not tag or judges == "forbidden" or _is_right(one.applied.tags, tag):
            continue
        if judges == "all" or not _NAMES_A_BUILD.search(tag):
            yield Finding(one.file, one.line, "unfollowed_tag", _says_unfollowed(one))


def _is_right(tags: TagPolicy, tag: str) -> bool:
    """What is forbidden has a finding of its own; a placeholder waits for its first tag."""
    return (
        tag in tags.placeholders
        or tags.forbidden(tag) is not None
        or tags.allowed(tag)
        or tags.scheme.read(tag) is not None
    )


def _says_unfollowed(one: RunningImage) -> str:
    said, tags = one.said, one.applied.tags
    allowed = f" nor allows ({', '.join(tags.allow)})" if tags.allow else " and nothing else is allowed"
    image, tag = quoted(said.image or "an image"), quoted(said.tag or "")
    return (
        f"{one.applied.environment} runs {image} at {tag}, "
        f"which it neither follows ({tags.follow}){allowed}: "
        "set such a tag, or allow this kind in the config's tags"
    )


def untagged_image(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        if _is_of_a_container(tree, one) and _is_open(tree, one):
            yield Finding(one.file, one.line, "untagged_image", _says_untagged(one))


def _is_of_a_container(tree: Tree, one: RunningImage) -> bool:
    """A pin that holds nothing yet waits for its first tag; charts may have defaults of their own."""
    return bool(one.origin) or tree.sheets[one.file].kind is None


def _is_open(tree: Tree, one: RunningImage) -> bool:
    tag = one.said.tag
    if one.said.digest or (tag and one.applied.tags.forbidden(tag)):
        return False
    return not tag or (tag in tree.placeholders and not one.applied.tags.allowed(tag))


def _says_untagged(one: RunningImage) -> str:
    image, tag = quoted(one.said.image), one.said.tag
    state = f"at the placeholder {quoted(tag)}" if tag else "without a tag, which means latest"
    origin = f", from {one.origin}" if one.origin else ""
    return f"{one.applied.environment} runs {image} {state}{origin}: set its tag here under images"
