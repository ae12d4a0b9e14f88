"""What rules and gates say, as people read it beside a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from updater.model import Ruling


def told(ruling: Ruling) -> str:
    """Its sentence, with what was measured and where that is drawn."""
    measured = f": {ruling.measured}" if ruling.measured else ""
    return f"{ruling.sentence}{measured}" + (f" ({ruling.link})" if ruling.link else "")


def all_told(rulings: Iterable[Ruling]) -> str:
    """Each once."""
    return "; ".join(dict.fromkeys(map(told, rulings)))
