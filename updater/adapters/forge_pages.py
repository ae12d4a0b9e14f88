"""Which part of a forge's list is asked for: a hundred entries at once, fewer where they are long. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater.value_class import value_class

PER_PAGE = 100
"""The most that GitHub and GitLab give at once."""
_SMALLER = 10


@value_class
class PageRange:
    """A page by its number, from one on, of so many entries each."""

    number: int
    size: int = PER_PAGE

    @property
    def query(self) -> Mapping[str, int]:
        return {"page": self.number, "per_page": self.size}

    @property
    def smallest(self) -> bool:
        return self.size == 1

    def split(self) -> Iterator[PageRange]:
        """The pages of a tenth of the size that hold the same entries; of one each where none is whole."""
        parts = self.size if self.size % _SMALLER else _SMALLER
        first = (self.number - 1) * parts + 1
        return (PageRange(number, self.size // parts) for number in range(first, first + parts))
