"""The holds file, as somebody edits it who has Git and no command: where it is, and what to write. Pure."""

from __future__ import annotations

from functools import lru_cache

from updater import holds
from updater.holds import HoldEntry
from updater.model import Placement
from updater.value_class import value_class
from updater.views.orders import WHY
from updater.views.shape import Shape


@value_class
class HoldsFileShape(Shape):
    """Whoever may write to the branch may hold and release: Git asks who they are."""

    path: str
    exists: bool
    url: str | None
    """where it is edited, or begun, on the forge; null: the forge has no such address"""
    filled: bool
    """the new file has the entry in it already; else it has to be written there"""
    entry: str
    """the lines that hold this app in this environment; `WHY` stands for a reason in your words"""


@lru_cache(maxsize=4096)
def new_file(placement: Placement) -> str:
    """The whole file that holds it."""
    entry = HoldEntry(app=placement.app, environment=placement.environment, why=WHY)
    return holds.hold(None, entry).decode()


def entry(placement: Placement) -> str:
    """The lines below `holds:`."""
    return new_file(placement).partition("holds:\n")[2]
