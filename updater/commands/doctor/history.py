"""What `doctor` says of what runs, by the files of a deploy repository and their history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from updater.commands.doctor.check_result import CheckResult, once
from updater.decide.too_quick import outrun
from updater.errors import UpdaterError
from updater.model import Placement
from updater.schemes.suggestions import suggested
from updater.situation import PlacementState
from updater.wiring import Updater


def of_history(updater: Updater, name: str) -> Iterator[CheckResult]:
    """Pins that cannot be read; tags that no scheme reads, so that nothing is newer; what leaves unverified.

    Whose tags are alike share a line.
    """
    try:
        states = updater.states(name)
    except UpdaterError:
        return  # that it cannot be read is told where it is tried
    found = [
        CheckResult(f"{placement}, tags", "look", said)
        for placement, state in states.items()
        if (said := _why_unread(state)) is not None
    ]
    yield from (*_unread_pins(states), *once([*found, *_outrun(states)]))


def _unread_pins(states: Mapping[Placement, PlacementState]) -> Iterator[CheckResult]:
    """What config names and the repository has not, or has in doubt: all of an environment in one line."""
    found: dict[tuple[str, str], list[tuple[Placement, str]]] = {}
    for placement, state in states.items():
        for ruling in state.trouble[:1]:
            found.setdefault((placement.environment, ruling.code), []).append((placement, ruling.sentence))
    for (placement, sentence), *others in found.values():
        more = f" and {len(others)} more" if others else ""
        yield CheckResult(f"{placement}, pin{more}", "broken", sentence)


def _outrun(states: Mapping[Placement, PlacementState]) -> Iterator[CheckResult]:
    """Where builds come faster than they are verified."""
    for placement, state in states.items():
        verify = state.policy.verify
        said = outrun(state.timeline, verify.length) if verify and not state.trouble else None
        if said is not None:
            yield CheckResult(f"{placement}, verify", "look", said)


def _why_unread(state: PlacementState) -> str | None:
    tags, current = state.policy.tags, state.current
    if state.trouble or current is None or current in tags.placeholders or tags.scheme.read(current):
        return None
    found = suggested(current)
    way = f"`follow: {found.follow}` reads it" if found else "`updater tags IMAGE --scheme` tries another"
    return f"it runs {current}, which {tags.scheme.why_not(current)}: {way}"
