"""What the base branch's head says of one pin, or why that cannot be said. Pure."""

from __future__ import annotations

from dataclasses import replace

from updater.config import Pin, Policy
from updater.interpret.pin_cache import PinCache
from updater.manifests.seals import locked_sentence, sealed_sentence
from updater.model import File, Ruling, Snapshot, Unreadable
from updater.reasons import hold_reasons, pin_reasons
from updater.situation import PinReading


def read_pin(snapshot: Snapshot, pin: Pin, cache: PinCache) -> PinReading | Ruling:
    found = [snapshot.files.get(path) for path in pin.files]
    unreadable = next((reading for reading in found if isinstance(reading, Unreadable)), None)
    if unreadable is not None:
        return failed_reading(unreadable)
    files = [reading for reading in found if isinstance(reading, File)]
    if not files:
        missing = " or ".join(pin.files)
        return Ruling(
            hold_reasons.FILE_MISSING, False, f"{missing} is not in the repository: mend `path` or add it"
        )
    if len(files) > 1:
        both = " and ".join(file.path for file in files)
        return Ruling(
            hold_reasons.FILE_AMBIGUOUS, False, f"{both} both exist, and only one can count: remove the other"
        )
    return _value(files[0], pin, cache)


def refused_file(policy: Policy) -> Ruling | None:
    """What the app's team wrote of it, or a pattern found, does not count: nobody knows what is wanted."""
    if policy.refused:
        return Ruling(hold_reasons.APP_FILE_REFUSED, False, policy.refused)
    return Ruling(hold_reasons.PATTERN_UNCLEAR, False, policy.unclear) if policy.unclear else None


def failed_reading(reading: Unreadable) -> Ruling:
    """A failed reading as a reason to hold."""
    return Ruling(reading.reason, False, reading.why, waits=reading.transient)


def _value(file: File, pin: Pin, cache: PinCache) -> PinReading | Ruling:
    if file.sealed_by is not None:
        return Ruling(pin_reasons.SEALED, False, f"{file.path}: {sealed_sentence(file.sealed_by)}")
    if file.locked_by is not None and pin.selector.kind == "chart":
        return Ruling(pin_reasons.SEALED, False, f"{file.path}: {locked_sentence(file.locked_by)}")
    cache.learn({file.blob: file.data})
    value = cache.of(file.blob, pin.selector)
    if isinstance(value, Ruling):
        return replace(value, sentence=f"{file.path}{value.sentence}")
    return PinReading(pin, file, value)
