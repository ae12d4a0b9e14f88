"""To name the images of a file that somebody may have meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 3
"""Images, before it says how many more there are."""


def nearest_images(image: str, names: Iterable[str]) -> str:
    """`ghcr.io/org/shop, ghcr.io/org/blog and 7 more`, the likeliest first; empty where there is none."""
    every = sorted(dict.fromkeys(names), key=lambda name: _distance(image, name))
    named = every if len(every) <= _MOST else every[: _MOST - 1]
    more = f" and {len(every) - len(named)} more" if len(every) > len(named) else ""
    return ", ".join(named) + more


def _distance(image: str, name: str) -> tuple[bool, float]:
    """`shop` most likely is `ghcr.io/acme/shop`, however little else is alike."""
    last, other = (one.rpartition("/")[2] for one in (image, name))
    return last != other, -difflib.SequenceMatcher(None, image, name).ratio()
