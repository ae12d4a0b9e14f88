"""To read a long list of texts in a JSON object without making all of them at once. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from updater.value_class import value_class

_TEXT = rb'"[^"\\\x00-\x1f]*+"'
_EACH = re.compile(_TEXT)
_FIRST = re.compile(rb"\[\s*+(?:%s\s*+)?+" % _TEXT)
_MORE = re.compile(rb",\s*+%s\s*+" % _TEXT)


@value_class
class SplitList:
    """A list within a document, and the document without what is in it."""

    body: bytes
    start: int
    end: int

    @property
    def rest(self) -> bytes:
        """With an empty list in its place: whether all around it is JSON, a parser can say."""
        return self.body[: self.start] + b"[]" + self.body[self.end :]

    def texts(self) -> Iterator[str]:
        """One after another."""
        return (
            found[0][1:-1].decode(errors="replace")
            for found in _EACH.finditer(self.body, self.start, self.end)
        )


def split_list(body: bytes, key: str) -> SplitList | None:
    """The only list of plain texts by that key; None where it is written in another way than most do."""
    found = list(re.finditer(rb'"%s"\s*:\s*(?=\[)' % re.escape(key).encode(), body))
    end = _end_of_list(body, found[0].end()) if len(found) == 1 else None
    split = SplitList(body, found[0].end(), end) if end is not None else None
    return split if split is not None and _is_at_the_top(split, key) else None


def _end_of_list(body: bytes, start: int) -> int | None:
    """Step by step: one expression for all of it would remember each step."""
    found = _FIRST.match(body, start)
    if found is None:
        return None
    end = found.end()
    while more := _MORE.match(body, end):
        end = more.end()
    return end + 1 if body[end : end + 1] == b"]" else None


def _is_at_the_top(split: SplitList, key: str) -> bool:
    try:
        content = json.loads(split.rest)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get(key) == []
