"""What a tool was told to keep up to date: the values that all readers hand to the one writer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from updater.printable import excerpt, printable
from updater.tools.init.pins import FoundPin, LeftOut
from updater.tools.init.tag_shapes import Followed
from updater.value_class import value_class

_LONGEST = 200
"""Letters of what stands there."""
Delivery = Literal["push", "pull-request"]


class NotCarriedOver(Exception):
    """The sentence for a person: what of it nothing here does the same."""


class Translation(NamedTuple):
    """What follows the tags that the tool would take, and no others; `doubts` are sentences for a person."""

    follow: Followed
    doubts: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    """Globs of tags that the tool ignores."""


class TagRule(Protocol):
    """How a tool chooses among the tags of an image."""

    def followed(self, running: str) -> Translation:
        """What does the same here, where this tag runs. Raises NotCarriedOver."""


@value_class
class TrackedImage:
    """One image, at the place where the tool keeps it up to date."""

    where: str
    """File and line of what tells the tool so."""
    app: str
    """What it is called there."""
    pin: FoundPin
    rule: TagRule
    deliver: Delivery
    doubts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What else config says of it: its gates."""


@dataclass(slots=True)
class ToolFinds:
    """What one reader has found; `seen` counts all that is the tool's, carried over or not."""

    tool: str
    seen: int = 0
    tracked: list[TrackedImage] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """Of the whole: what a person has to know beside the single places."""

    def leave_out(self, where: str, what: str, why: str) -> None:
        self.left_out.append(left_out(where, what, why))


def left_out(where: str, what: str, why: str) -> LeftOut:
    """Fit to print, and no longer than a reader wants, whatever the files say."""
    return LeftOut("migrated", printable(where), excerpt(what, _LONGEST), excerpt(why, 2 * _LONGEST))
