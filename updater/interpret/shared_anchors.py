"""To leave alone a value that an anchor makes that of two apps, or of two environments. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from updater.config import Pin
from updater.model import Placement, Ruling
from updater.reasons import pin_reasons
from updater.situation import PinReading


def of_one_placement(read: Mapping[Pin, PinReading | Ruling]) -> dict[Pin, PinReading | Ruling]:
    """The readings; a bump of a value that others have by an anchor would be theirs, too."""
    owners: dict[tuple[str, str, int], set[Placement]] = defaultdict(set)
    for reading in read.values():
        if isinstance(reading, PinReading) and (key := _anchored(reading)) is not None:
            owners[key].add(reading.pin.placement)
    return {pin: _alone(reading, owners) for pin, reading in read.items()}


def _alone(
    reading: PinReading | Ruling, owners: Mapping[tuple[str, str, int], set[Placement]]
) -> PinReading | Ruling:
    key = _anchored(reading) if isinstance(reading, PinReading) else None
    if key is None or isinstance(reading, Ruling) or len(owners[key]) == 1:
        return reading
    path, anchor, line = key
    others = " and ".join(sorted(str(one) for one in owners[key] if one != reading.pin.placement))
    sentence = f"{path}:{line}: the anchor &{anchor} makes it one value with {others}; write one of them out"
    return Ruling(pin_reasons.ANCHOR, False, sentence)


def _anchored(reading: PinReading) -> tuple[str, str, int] | None:
    value = reading.value
    return None if value.anchor is None else (reading.file.path, value.anchor, value.line)
