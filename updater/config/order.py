"""To bring environments into the order in which one comes after the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter


def find_circle(after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Environments that come after one another in a circle, the last the first again; empty if none do."""
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        found = list(reversed(error.args[1][:-1]))
        first = min(found, key=list(after).index)
        turned = found[found.index(first) :] + found[: found.index(first)]
        return (*turned, first)
    return ()


def depths(after: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """How many stand before each; expects that there is no circle."""
    found: dict[str, int] = {}
    for name in TopologicalSorter(after).static_order():
        found[name] = max((found[before] + 1 for before in after.get(name, ())), default=0)
    return found
