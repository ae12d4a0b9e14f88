"""To guess from tags which scheme reads them, and whether anybody here builds them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, cast

from pydantic import ValidationError

from updater.config.environments import Tags
from updater.schemes import SCHEMES, Scheme

PLACEHOLDERS = frozenset(Tags().placeholders)
_LOOKS = (
    (re.compile(r"(?:sha-|git-)?[0-9a-f]{7,40}"), "a commit"),
    (re.compile(r"v?[0-9]+\.[0-9]+.*"), "a version"),
    (re.compile(r"[0-9]+"), "a number"),
)
VERSION = _LOOKS[1][0]
_MAY_BE_A_COMMIT = re.compile(r"[0-9]{7}|(?!20)[0-9]{8}|[0-9]{40}")
"""One short hash in thirty has no letter in it; eight digits may also be a date."""


class Guess(NamedTuple):
    """`doubt` is a sentence where the scheme does not read all of the tags."""

    scheme: str | None
    doubt: str | None


def guess(tags: Iterable[str]) -> Guess:
    """The scheme that reads the most of them; of several, the first of the table."""
    real = sorted(set(tags) - PLACEHOLDERS)
    telling = [tag for tag in real if not _MAY_BE_A_COMMIT.fullmatch(tag)]
    counts = {
        name: sum(scheme.read(tag) is not None for tag in telling) for name, scheme in _schemes().items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    if not real:
        return Guess(None, "there is no tag that says what to follow")
    if best is None or not counts[best]:
        return Guess(None, f"{_like(real)}, which no scheme here reads ({', '.join(SCHEMES)})")
    unread = [tag for tag in real if _schemes()[best].read(tag) is None]
    return Guess(
        best, f"of {len(real)} tags {best} does not read {len(unread)}: {_like(unread)}" if unread else None
    )


def _schemes() -> dict[str, Scheme]:
    """Those that work without being told more."""
    found = {}
    for name, model in SCHEMES.items():
        try:
            found[name] = cast("Scheme", model())
        except ValidationError:
            continue
    return found


def _like(tags: list[str]) -> str:
    tag = tags[-1]
    looks = next((what for shape, what in _LOOKS if shape.fullmatch(tag)), None)
    return f"tags like {tag[:60]}" + (f" ({looks})" if looks else "")
