"""To read what `git diff` writes, file by file and line by line. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)")
_NAMES = ("+++ b/", "--- a/", "rename to ")
_NOTES = ("new file", "deleted file", "rename from", "old mode", "new mode", "Binary files")


class DiffLine(NamedTuple):
    """`sign` is "+", "-", a blank, or "@" before a gap; `changed` is what of `text` is not as it was."""

    sign: str
    text: str
    old: int | None = None
    new: int | None = None
    changed: tuple[int, int] = (0, 0)

    @property
    def pieces(self) -> tuple[str, str, str]:
        start, end = self.changed
        return self.text[:start], self.text[start:end], self.text[end:]


@dataclass(slots=True)
class DiffFile:
    """`notes` say what is no line of it: that it is new, or binary."""

    path: str
    notes: list[str] = field(default_factory=list)
    lines: list[DiffLine] = field(default_factory=list)

    @property
    def added(self) -> int:
        return sum(line.sign == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.sign == "-" for line in self.lines)


def read_differences(text: str) -> list[DiffFile]:
    """Of the whole output, with `a/` and `b/` before the paths."""
    _, *parts = re.split(r"^diff --git ", text, flags=re.MULTILINE)
    return [_file(part.rstrip("\n").split("\n")) for part in parts]


def _file(lines: Sequence[str]) -> DiffFile:
    begin = next((at for at, line in enumerate(lines) if line.startswith("@@")), len(lines))
    head, body = lines[:begin], lines[begin:]
    names = {mark: line.removeprefix(mark) for mark in _NAMES for line in head if line.startswith(mark)}
    path = next((names[mark] for mark in _NAMES if mark in names), head[0].rpartition(" b/")[2])
    notes = [line for line in head if line.startswith(_NOTES)]
    return DiffFile(path.rstrip("\t"), notes, list(_compared(_numbered(body))))


def _numbered(lines: Iterable[str]) -> Iterator[DiffLine]:
    old, new = count(), count()
    for line in lines:
        hunk = _HUNK.match(line)
        if hunk:
            old, new = count(int(hunk[1])), count(int(hunk[2]))
            yield DiffLine("@", hunk[3])
        elif line.startswith("\\"):
            yield DiffLine("\\", line[1:].strip())
        else:
            sign = line[:1] or " "
            yield DiffLine(
                sign,
                line[1:],
                next(old) if sign != "+" else None,
                next(new) if sign != "-" else None,
            )


def _compared(lines: Iterable[DiffLine]) -> Iterator[DiffLine]:
    """Where as many lines came as went, each with the one in whose place it is."""
    gone: list[DiffLine] = []
    come: list[DiffLine] = []
    for line in lines:
        if line.sign == "-" and not come:
            gone.append(line)
        elif line.sign == "+":
            come.append(line)
        else:
            yield from _marked(gone, come)
            gone, come = ([line], []) if line.sign == "-" else ([], [])
            yield from [line] if line.sign != "-" else []
    yield from _marked(gone, come)


def _marked(gone: list[DiffLine], come: list[DiffLine]) -> list[DiffLine]:
    if len(gone) != len(come):
        return gone + come
    spans = [_span(one.text, other.text) for one, other in zip(gone, come, strict=True)]
    return [line._replace(changed=span[0]) for line, span in zip(gone, spans, strict=True)] + [
        line._replace(changed=span[1]) for line, span in zip(come, spans, strict=True)
    ]


def _span(old: str, new: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """From the word where they part to the word where they meet again; nothing, if little is alike."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    start -= _in_word(old[:start][::-1])
    end -= _in_word(old[len(old) - end :])
    if 2 * (start + end) < min(len(old), len(new)) / 2:
        return (0, 0), (0, 0)
    return (start, len(old) - end), (start, len(new) - end)


def _in_word(text: str) -> int:
    """So many characters at its begin belong to the word there."""
    return next((at for at, one in enumerate(text) if not (one.isalnum() or one in "-.")), len(text))


def _alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
