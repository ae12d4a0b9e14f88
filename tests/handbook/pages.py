"""The pages of the handbook, their blocks of code and their links, as the plain Markdown has them."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: (\S.*) -->$")
MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block; `reason` is why it is not run, where the line before it says that."""

    page: str
    line: int
    language: str
    text: str
    reason: str | None

    def __str__(self):
        return f"{self.page}:{self.line}"


def tokens(path):
    return MARKDOWN.parse(path.read_text(encoding="utf-8"))


def blocks(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for token in tokens(path):
        if token.type == "fence":
            start = token.map[0]
            reason = NOT_RUN.search(lines[start - 1]) if start else None
            page = str(path.relative_to(ROOT))
            yield Block(page, start + 1, token.info, token.content, reason[1] if reason else None)


def every_block():
    return [block for path in PAGES for block in blocks(path)]


def links(path):
    """Where the page leads, as it is written: addresses, paths, anchors."""
    for token in tokens(path):
        for inner in token.children or ():
            if inner.type in {"link_open", "image"}:
                yield inner.attrs.get("href") or inner.attrs["src"]


def anchors(path):
    """Of its headings, as a forge makes them: the second of a kind gets a number."""
    made = []
    every = tokens(path)
    for before, token in pairwise(every):
        if before.type == "heading_open":
            words = "".join(inner.content for inner in token.children or ())
            anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            made.append(anchor if anchor not in made else f"{anchor}-{made.count(anchor)}")
    return made
