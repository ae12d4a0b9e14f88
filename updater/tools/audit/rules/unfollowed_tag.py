"""`unfollowed_tag`: an environment runs a tag that its policy neither follows nor allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.config import TagPolicy
from updater.tools.audit.finding import Finding, printable
from updater.tools.audit.tree import RunningImage, Tree

_NAMES_A_BUILD = re.compile(r"(?<![a-z0-9])[0-9a-f]{7,64}(?![a-z0-9])|\d+\.\d+|\d{2}")
"""A commit, a version, a number or a date; `prod-latest` and `v1` will mean another image tomorrow."""


def unfollowed_tag(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        judges, tag = one.applied.judges, one.said.tag
        if not tag or judges == "forbidden" or _is_right(one.applied.tags, tag):
            continue
        if judges == "all" or not _NAMES_A_BUILD.search(tag):
            yield Finding(one.file, one.line, "unfollowed_tag", _sentence(one))


def _is_right(tags: TagPolicy, tag: str) -> bool:
    """What is forbidden has a finding of its own; a placeholder waits for its first tag."""
    return (
        tag in tags.placeholders
        or tags.forbidden(tag) is not None
        or tags.allowed(tag)
        or tags.scheme.read(tag) is not None
    )


def _sentence(one: RunningImage) -> str:
    said, tags = one.said, one.applied.tags
    allowed = f" nor allows ({', '.join(tags.allow)})" if tags.allow else " and nothing else is allowed"
    image, tag = printable(said.image or "an image"), printable(said.tag or "")
    return (
        f"{one.applied.environment} runs {image} at {tag}, "
        f"which it neither follows ({tags.follow}){allowed}: "
        "set such a tag, or allow this kind in the config's tags"
    )
