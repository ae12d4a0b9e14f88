"""To guess from tags which scheme reads them, and whether anybody here builds them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from pydantic import ValidationError

from updater.config.environments import Tags
from updater.schemes import SCHEMES, Scheme
from updater.tools.init.tag_shapes import MAY_BE_A_COMMIT, examples, tag_shapes

PLACEHOLDERS = frozenset(Tags().placeholders)


class Guess(NamedTuple):
    """`doubt` is a sentence where the scheme does not read all of the tags."""

    scheme: str | None
    doubt: str | None


def guess(tags: Iterable[str]) -> Guess:
    """The scheme that reads the most of them; of several, the first of the table."""
    real = sorted(set(tags) - PLACEHOLDERS)
    telling = [tag for tag in real if not MAY_BE_A_COMMIT.fullmatch(tag)]
    counts = {
        name: sum(scheme.read(tag) is not None for tag in telling) for name, scheme in _schemes().items()
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    if not real:
        return Guess(None, "there is no tag yet that says what to follow")
    if best is None or not counts[best]:
        return Guess(None, tag_shapes(telling or real))
    unread = [tag for tag in real if _schemes()[best].read(tag) is None]
    passed = f"of {len(real)} tags {best} does not read {len(unread)}: " if unread else ""
    return Guess(best, passed + _passed_over(unread, best) if unread else None)


def _schemes() -> dict[str, Scheme]:
    """Those that work without being told more."""
    found = {}
    for name, model in SCHEMES.items():
        try:
            found[name] = cast("Scheme", model())
        except ValidationError:
            continue
    return found


def _passed_over(tags: list[str], best: str) -> str:
    others: dict[str, str] = {}
    rest = []
    for tag in tags:
        name = next((name for name, scheme in _schemes().items() if name != best and scheme.read(tag)), None)
        if name is None:
            rest.append(tag)
        else:
            others.setdefault(name, f"{tag[:60]} (which {name} reads)")
    return ", ".join([*others.values(), *([examples(rest)] if rest else [])])
