"""`forbidden_tag`: an environment runs a tag that its policy forbids, such as latest in production. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from updater.tools.audit.finding import Finding, printable
from updater.tools.audit.tree import RunningImage, Tree


def forbidden_tag(tree: Tree) -> Iterator[Finding]:
    for one in tree.running:
        pattern = one.applied.tags.forbidden(one.said.tag) if one.said.tag else None
        if pattern is not None:
            yield Finding(one.file, one.line, "forbidden_tag", _sentence(one))


def _sentence(one: RunningImage) -> str:
    said, environment = one.said, one.applied.environment
    what = f"{environment} runs {printable(said.image or 'an image')} at {printable(said.tag or '')}"
    if one.origin:
        return f"{what}, which it forbids, from {one.origin}: set its tag here under images"
    if said.digest:
        return f"{what} (with a digest), which it forbids: name the tag that this digest has"
    return f"{what}, which it forbids: name the tag of one build"
