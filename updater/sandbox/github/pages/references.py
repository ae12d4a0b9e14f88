"""To make links of what a text refers to: addresses, pull requests, commits. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from markupsafe import Markup, escape

_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}*_~])"
    r"|(?<![\w/&#])#(?P<number>\d{1,9})\b"
    r"|\b(?P<sha>[0-9a-f]{7,40})\b"
)


class References(NamedTuple):
    """`page` is the path of the repository's page; only what it has becomes a link.

    `shas` are whole names of commits, by how they are written.
    """

    page: str
    numbers: frozenset[int] = frozenset()
    shas: Mapping[str, str] = MappingProxyType({})


def shas_in(text: str) -> set[str]:
    """What may be commits."""
    return {found["sha"] for found in _FOUND.finditer(text) if found["sha"]}


def linked(text: str, references: References) -> Markup:
    """The text, made fit for HTML, with its links."""
    parts, end = [Markup()], 0
    for found in _FOUND.finditer(text):
        parts += [escape(text[end : found.start()]), _link(found, references)]
        end = found.end()
    return Markup().join([*parts, escape(text[end:])])


def _link(found: re.Match[str], references: References) -> Markup:
    """As many digits of a commit as people compare."""
    page, number, sha = references.page, found["number"], found["sha"]
    if found["url"]:
        return Markup('<a href="{0}" rel="nofollow">{0}</a>').format(found["url"])
    if number and int(number) in references.numbers:
        return Markup('<a href="{}/pull/{}">#{}</a>').format(page, int(number), number)
    if sha in references.shas:
        return Markup('<a href="{}/commit/{}"><code>{}</code></a>').format(
            page, references.shas[sha], sha[:10]
        )
    return escape(found[0])
