"""Which tags there are, at eight bytes each, where their names would fill the memory. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

_PARTS = 256
_MASK = (1 << 64) - 1


class TagSums:
    """A set that only says whether a tag is in it. That two of a million are mixed up takes 10^13 lists."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[array[int]] = ()) -> None:
        self._parts = tuple(parts) or tuple(array("Q") for _ in range(_PARTS))

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, tag: str) -> bool:
        summed = _sum(tag)
        part = self._parts[summed % _PARTS]
        place = bisect_left(part, summed)
        return place < len(part) and part[place] == summed

    def __le__(self, other: TagSums) -> bool:
        return all(set(mine) <= set(theirs) for mine, theirs in zip(self._parts, other._parts, strict=True))

    def joined(self, tags: Iterable[str]) -> TagSums:
        """Another one with these, too; the parts that they are not in are shared."""
        parts, added = list(self._parts), defaultdict[int, set[int]](set)
        for summed in map(_sum, tags):
            added[summed % _PARTS].add(summed)
        for place, sums in added.items():
            parts[place] = array("Q", sorted(sums.union(parts[place])))
        return TagSums(parts)


class TagSumsDraft:
    """Takes tags as they come; to ask it for one costs as much as a part of it is long."""

    __slots__ = ("parts",)

    def __init__(self) -> None:
        self.parts = tuple(array("Q") for _ in range(_PARTS))

    def __len__(self) -> int:
        """Those that were added twice count twice."""
        return sum(map(len, self.parts))

    def __contains__(self, tag: str) -> bool:
        summed = _sum(tag)
        return summed in self.parts[summed % _PARTS]

    def add(self, tags: Iterable[str]) -> None:
        for summed in map(_sum, tags):
            self.parts[summed % _PARTS].append(summed)

    def done(self) -> TagSums:
        return TagSums(array("Q", sorted(set(part))) for part in self.parts)


def _sum(tag: str) -> int:
    """Python's own, which nobody outside can foresee, and which is another in each process."""
    return hash(tag) & _MASK
