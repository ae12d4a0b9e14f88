"""What is kept of a text that anybody may have made endless, as it comes in pieces. Pure.

A commit's message may be as long as its author likes. Nobody reads more of it than its first line and the
lines of ours, which a squash merge puts anywhere: these are kept, with its beginning and its end.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_TEXT = 8 * 1024
"""Bytes of a text that is kept as it is; of a longer one a quarter of that from each end."""
_SLACK = 64
"""Blanks at the end, which do not count."""
_LINES = 256 * 1024
"""Bytes of lines of ours in one text: a squash merge of a thousand apps has half of that."""
_LONGEST_LINE = 4 * 1024
_OURS = re.compile(rb"^(?:Updater-[A-Za-z-]+: |Asked for by )[^\n]{1,%d}$" % _LONGEST_LINE, re.MULTILINE)
"""The lines of a commit message that are read back."""
_CUT = "…".encode()


class _Line(NamedTuple):
    start: int
    text: bytes


class TextExcerpt:
    """Takes a text in pieces of any length, and keeps a bounded part of it."""

    def __init__(self, whole: int = LONGEST_TEXT) -> None:
        self._whole, self._each = whole, whole // 4
        self._size = 0
        self._begun = bytearray()
        self._end = b""
        self._lines: list[_Line] = []
        self._room = _LINES
        self._unread = b""
        """The line that has not come to its end."""

    def add(self, piece: bytes) -> None:
        room, end = self._whole + _SLACK - self._size, self._each + _SLACK
        self._begun += piece[: max(room, 0)]
        self._end = (self._end + piece[-end:])[-end:]
        self._read_lines(piece)
        self._size += len(piece)

    def kept(self) -> bytes:
        """The text as it is, where it is not long; else what is kept, and three dots for each cut."""
        begun = bytes(self._begun)
        if self._size == len(begun) and len(begun.rstrip()) <= self._whole:
            return begun
        beginning, end = _whole_lines(begun[: self._each]), self._end.rstrip()[-self._each :]
        start = self._size - len(self._end) + len(self._end.rstrip()) - len(end)
        first, broken, rest = end.partition(b"\n")
        end = rest if broken else first
        start += len(first) + 1 if broken else 0
        self._read_lines(b"\n")
        between = [line.text for line in self._lines if len(beginning) <= line.start < start]
        return b"\n".join([beginning, _CUT, *between, _CUT + (b"\n" if broken else b"") + end])

    def _read_lines(self, piece: bytes) -> None:
        """A line that is longer than ours are loses its middle, and is none of ours."""
        text = self._unread + piece
        until = text.rfind(b"\n") + 1
        begins = self._size - len(self._unread)
        for found in _OURS.finditer(text, 0, until):
            if len(found[0]) <= self._room:
                self._room -= len(found[0])
                self._lines.append(_Line(begins + found.start(), found[0]))
        self._unread = text[until:][: _LONGEST_LINE * 2]


def excerpt_of(text: str) -> str:
    """What is kept of it."""
    excerpt = TextExcerpt()
    excerpt.add(text.encode(errors="surrogatepass"))
    return excerpt.kept().decode(errors="replace")


def _whole_lines(beginning: bytes) -> bytes:
    """Without the last one, which goes on; of one long line what there is."""
    lines, broken, _ = beginning.rpartition(b"\n")
    return lines if broken else beginning
