"""To show Markdown as GitHub shows it in pull requests: tables, tasks, hard line ends, references. Pure."""

import re
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from updater.sandbox.github.pages.references import References, linked
from updater.sandbox.github.pages.safe_html import safe_html

_TASK = re.compile(r"\[([ xX])\]\s+(?=\S)")


def rendered(text: str, references: References) -> Markup:
    """Safe to be put into a page, whoever wrote it."""
    html = _parser().render(text, {"repository": references})
    return Markup(safe_html(html))  # noqa: S704  made of known elements and escaped text


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("tasks", _mark_tasks)
    parser.core.ruler.push("references", _link_references)
    return parser


def _mark_tasks(state: StateCore) -> None:
    """The first words of an item, where they are a box."""
    for (before, paragraph), (_, inline) in zip(
        pairwise(state.tokens), pairwise(state.tokens[1:]), strict=False
    ):
        if before.type == "list_item_open" and paragraph.type == "paragraph_open":
            _mark_task(inline)


def _mark_task(inline: Token) -> None:
    first = next(iter(inline.children or []), None)
    box = _TASK.match(first.content) if first and first.type == "text" else None
    if first is None or box is None or inline.children is None:
        return
    done = box[1] != " "
    first.content = first.content[box.end() :]
    label = "Completed task" if done else "Incomplete task"
    html = f'<input type="checkbox" {"checked " if done else ""}aria-label="{label}"> '
    inline.children.insert(0, Token("html_inline", "", 0, content=html))


def _link_references(state: StateCore) -> None:
    for inline in (token for token in state.tokens if token.children):
        depth = 0
        for token in inline.children or []:
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not depth:
                token.type, token.content = "html_inline", str(linked(token.content, state.env["repository"]))
