"""What the pins of one file said, commit by commit, along the first-parent line. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from updater.interpret.changed_lines import ChangedPins
from updater.interpret.pin_cache import PinCache
from updater.manifests import Selector, Value
from updater.model import FileChange, Ruling, pinned_tag
from updater.value_class import value_class

_NOTHING: Mapping[Selector, str] = {}
PinChange = tuple[int, FileChange]
"""Where in the chain, newest first, and what."""
PinStatement = tuple[int, str | None]
"""Where in the chain, and the tag from there on."""


@value_class
class PinHistory:
    """A first-parent line of history, as far as it can be seen."""

    changes: Mapping[str, Sequence[PinChange]]
    """By path, newest first."""
    end: int
    """The oldest place."""


def pin_history(
    path: str,
    blob: str,
    selectors: Collection[Selector],
    line: PinHistory,
    values: PinCache,
    *,
    followed: Mapping[Selector, str] = _NOTHING,
) -> Mapping[Selector, list[PinStatement]]:
    """The events of each pin, newest first, through exact renames; `blob` is the file as it is now.

    Of those that follow a moving tag (`followed`), the digest is told, too.
    """
    file = _File(blob, tuple(dict.fromkeys(selectors)), values, followed)
    position, oldest = -1, None
    while (step := _next(line.changes.get(path, ()), position)) is not None:
        position, oldest = step
        if oldest.renamed_from is None:
            file.take(position, oldest)
            if oldest.old is None:
                return file.said
        path = oldest.renamed_from or path
    if position < line.end:  # what it said before all that can be seen
        file.say(line.end, file.blob, file.selectors)
    return file.said


def _next(changes: Sequence[PinChange], after: int) -> PinChange | None:
    index = bisect_left(changes, after + 1, key=lambda change: change[0])
    return changes[index] if index < len(changes) else None


@dataclass
class _File:
    """One file, going back in time."""

    blob: str
    selectors: tuple[Selector, ...]
    values: PinCache
    followed: Mapping[Selector, str]
    said: dict[Selector, list[PinStatement]] = field(default_factory=lambda: defaultdict(list))
    _by_line: dict[int, list[Selector]] = field(default_factory=dict)
    _unplaced: bool = False
    """Some pin cannot be read in this version, so no line tells of it."""

    def __post_init__(self) -> None:
        self._find_lines()

    def take(self, position: int, change: FileChange) -> None:
        """Note what changed there, and go on with what the file said before."""
        lines = None
        if change.old and change.new and not self._unplaced:
            lines = self.values.touched(change.old, change.new)
        if lines is None:
            self.say(position, change.new, self.selectors)
        else:
            self._say_by_lines(position, change.new, lines)
            self.say(position, change.new, [each for each in self.selectors if each in self.followed])
        if change.old is not None:
            self.blob = change.old
            if lines is None:
                self._find_lines()

    def _say_by_lines(self, position: int, blob: str | None, lines: ChangedPins) -> None:
        for line, tag in lines.items():
            for selector in self._by_line.get(line, ()):
                if tag is None or selector.pin == "digest" or selector.kind == "chart":
                    self.say(position, blob, [selector])
                else:
                    self.said[selector].append((position, tag))

    def say(self, position: int, blob: str | None, selectors: Collection[Selector]) -> None:
        """Nothing where that version of the file cannot be read: then the tag before it goes on."""
        if blob is None:
            for selector in selectors:
                self.said[selector].append((position, None))
            return
        values = self.values.all(blob, selectors) if selectors else {}
        for selector in selectors:
            value = values[selector]
            if not isinstance(value, Ruling):
                self.said[selector].append((position, self._held(value, selector)))
            elif value.code == "pin_missing":
                self.said[selector].append((position, None))

    def _held(self, value: Value, selector: Selector) -> str | None:
        return pinned_tag(value.tag, value.digest, self.followed.get(selector))

    def _find_lines(self) -> None:
        values = self.values.all(self.blob, self.selectors)
        self._by_line, self._unplaced = defaultdict(list), False
        for selector in self.selectors:
            if selector in self.followed:
                continue  # its tag stays the same, so its line tells nothing
            if isinstance(value := values[selector], Value):
                self._by_line[value.line].append(selector)
            else:
                self._unplaced = True
