"""`base_tag`: a base says the tag of an image that environments set. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from updater.schemes.timestamp import Timestamp
from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.links import reach
from updater.tools.audit.tree import FileSummary, NamedImage, Tree

_BUILD = Timestamp()
_WAITS = re.compile(r"place-?holder|set[-_]?by|override|replace|change[-_]?me|dummy|unset", re.IGNORECASE)
"""A tag that says it is none yet."""


def base_tag(tree: Tree) -> Iterator[Finding]:
    """Images of others, say redis:7, may well have their version there: no environment sets that."""
    above = _set_above(tree)
    for sheet in tree.sheets.values():
        for said in sheet.images if sheet.is_base else ():
            if said.placement or not said.tag or said.tag in tree.placeholders or _WAITS.search(said.tag):
                continue
            if _words(said) & (tree.declared | above[sheet.path]) or _BUILD.read(said.tag):
                yield Finding(sheet.path, said.line, "base_tag", _sentence(said))


def _set_above(tree: Tree) -> Mapping[str, AbstractSet[str]]:
    """By the file of a base, what the environments on top of it set."""
    found: dict[str, set[str]] = defaultdict(set)
    values = _values_of_charts(tree)
    for path in tree.environments:
        sheet = tree.sheets[path]
        words = {word for said in sheet.images if not said.says_nothing for word in _words(said)}
        below = reach(sheet, tree.sheets) if sheet.kind == "kustomization" else values[sheet.folder]
        for base in below if sheet.kind is not None else ():
            found[base.path] |= words
    return found


def _values_of_charts(tree: Tree) -> Mapping[str, list[FileSummary]]:
    found: dict[str, list[FileSummary]] = defaultdict(list)
    for sheet in tree.sheets.values():
        if sheet.kind == "helm-values" and sheet.is_base:
            found[sheet.folder].append(sheet)
    return found


def _words(said: NamedImage) -> AbstractSet[str]:
    """By which a base and an environment mean the same: the image, or its place in a chart's values."""
    return {said.name, said.image, said.at} - {""}


def _sentence(said: NamedImage) -> str:
    return (
        f"the base says the tag {quoted(said.tag or '')} of {quoted(said.image or said.at)}, "
        "which is for each environment to say: write placeholder here"
    )
