"""To tell the two newest tags of a list, by their text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from updater.schemes import Scheme


def newest_two(schemes: Sequence[Scheme], tags: Sequence[str]) -> tuple[str, str] | None:
    """The second-newest and the newest; of several schemes the lower ones, so that all that is new is above.

    None where the order of a scheme is not that of its text, or where there are not two.
    """
    if not all(scheme.sorts_by_text for scheme in schemes):
        return None
    falling = sorted(tags, reverse=True)
    found = [list(islice((tag for tag in falling if scheme.read(tag)), 2)) for scheme in schemes]
    if not found or any(len(two) < 2 for two in found):  # noqa: PLR2004 - two are two
        return None
    newest, second = min(found, key=lambda two: two[1])
    return second, newest
