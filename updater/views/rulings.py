"""What rules and gates say, as people read it beside a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from updater.model import Hold, Ruling
from updater.reasons import hold_reasons


def is_up_to_date(hold: Hold) -> bool:
    """Nothing newer is there: that is no hold, and no trouble."""
    return all(ruling.reason == hold_reasons.UP_TO_DATE for ruling in hold.reasons)


def measured(ruling: Ruling) -> str:
    """Its sentence, with what was measured."""
    return f"{ruling.sentence}: {ruling.measured}" if ruling.measured else ruling.sentence


def told(ruling: Ruling) -> str:
    """And where that is drawn."""
    return measured(ruling) + (f" ({ruling.link})" if ruling.link else "")


def all_told(rulings: Iterable[Ruling]) -> str:
    """Each once."""
    return "; ".join(dict.fromkeys(map(told, rulings)))


def sentences(rulings: Iterable[Ruling]) -> str:
    """Each once, for who reads the numbers elsewhere."""
    return "; ".join(dict.fromkeys(ruling.sentence for ruling in rulings))
