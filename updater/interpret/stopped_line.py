"""Whether the line of a repository is stopped: by a person, or by so many apps that went back. Pure.

Counted are apps, not environments: one that went back in staging and in production is one, with its previews
and its charts. What was deleted did not go back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import takewhile

from updater import holds, times
from updater.config import AUTOMATIC_WITHIN, Breaker
from updater.holds import HoldsUnreadable
from updater.interpret.active_holds import ActiveHolds, read_holds
from updater.interpret.branch_history import BranchHistory
from updater.interpret.pin_cache import PinCache
from updater.model import FileChange, Ruling, StoppedLine
from updater.printable import excerpt
from updater.reasons import hold_reasons
from updater.situation import PlacementState

_LONGEST = 1000
"""Characters of what a person says."""
_NAMED = 5
"""Apps that a sentence names."""


@dataclass(frozen=True, slots=True, order=True)
class BackwardMove:
    """One app went back in one environment."""

    time: datetime
    app: str
    by: str
    """The sha of the commit."""


def stopped_line(
    states: Iterable[PlacementState],
    breaker: Breaker | None,
    recorded: ActiveHolds,
    past: BranchHistory | None,
    cache: PinCache,
) -> StoppedLine | None:
    """Of two stops the one that lasts longer."""
    found = [_by_hand(recorded)]
    if breaker is not None and past is not None:
        oldest = recorded.now - breaker.lasts - breaker.within
        moves = sorted(_moves_back(states, oldest, recorded.now))
        if tripped(moves, breaker, recorded.now) is not None:  # else there is nothing to release
            found.append(tripped(_since_release(moves, past, cache), breaker, recorded.now))
    stops = [stop for stop in found if stop is not None]
    return max(stops, key=lambda stop: (stop.until is None, stop.until or recorded.now), default=None)


def gone_back_lately(
    states: Iterable[PlacementState],
    breaker: Breaker | None,
    recorded: ActiveHolds,
    past: BranchHistory | None,
    cache: PinCache,
) -> frozenset[str]:
    """The apps that bound how many go back by themselves now, also where no breaker is written."""
    if past is None:
        return frozenset()
    oldest = recorded.now - (breaker.within if breaker is not None else AUTOMATIC_WITHIN)
    lately = sorted(_moves_back(states, oldest, recorded.now))
    return frozenset(move.app for move in _since_release(lately, past, cache)) if lately else frozenset()


def line_ruling(line: StoppedLine, zone: tzinfo) -> Ruling:
    """What holds everything that would go forward."""
    until = f" until {times.format_time(line.until, zone)}" if line.until else ""
    said = f"the line is stopped{until}: {line.why}; `updater release --all` ends that"
    return Ruling(hold_reasons.LINE_STOPPED, False, said, until=line.until)


def _by_hand(recorded: ActiveHolds) -> StoppedLine | None:
    everything = recorded.holds.all
    if everything is None or (everything.until is not None and everything.until <= recorded.now):
        return None
    by = excerpt(everything.by, _LONGEST) if everything.by else None
    return StoppedLine(excerpt(everything.why, _LONGEST), everything.until, by=by)


def tripped(moves: Sequence[BackwardMove], breaker: Breaker, now: datetime) -> StoppedLine | None:
    """The last time that enough had gone back; `moves` are in their order."""
    times_of = [move.time for move in moves]
    for at, last in reversed(list(enumerate(moves))):
        if last.time + breaker.lasts <= now:
            return None
        close = moves[bisect_left(times_of, last.time - breaker.within) : at + 1]
        apps = tuple(dict.fromkeys(move.app for move in close))
        if len(apps) >= breaker.rolled_back:
            return StoppedLine(_why(apps, breaker), last.time + breaker.lasts, last.time, apps=apps)
    return None


def _why(apps: Sequence[str], breaker: Breaker) -> str:
    named = ", ".join(apps[:_NAMED]) + (f" and {len(apps) - _NAMED} more" if len(apps) > _NAMED else "")
    return f"{len(apps)} apps went back within {times.format_duration(breaker.within)} ({named})"


def _moves_back(states: Iterable[PlacementState], oldest: datetime, now: datetime) -> Iterator[BackwardMove]:
    """As far as they can still stop the line, or count for one that does."""
    for state in states:
        ended = ((stay.until, stay) for stay in reversed(state.timeline.stays) if stay.until is not None)
        for until, stay in takewhile(lambda each: each[0] >= oldest, ended):
            if stay.ended == "backwards" and until <= now:
                yield BackwardMove(until, state.policy.placement.config_app, stay.ended_by or "")


def _since_release(
    moves: Sequence[BackwardMove], past: BranchHistory, cache: PinCache
) -> Sequence[BackwardMove]:
    """Those after the last `release --all`, by where their commits stand in the branch."""
    at = {move: past.position(move.by) for move in moves}
    oldest = max(at.values(), default=-1)
    changes = (each for each in past.changes(holds.PATH) if each[0] <= oldest)
    released = next((position for position, change in changes if _releases_all(change, cache)), None)
    return moves if released is None else [move for move in moves if at[move] < released]


def _releases_all(change: FileChange, cache: PinCache) -> bool:
    """It lifts the hold over everything, or says that everything goes on."""
    texts = [(blob, cache.text(blob) if blob else None) for blob in (change.old, change.new)]
    if any(blob and text is None for blob, text in texts):
        return False  # too large to be read
    try:
        before, after = (read_holds(text) for _, text in texts)
    except HoldsUnreadable:
        return False
    lifted = before.all is not None and after.all is None
    said = (release for release in after.releases if release.is_of_all)
    return lifted or any(release not in before.releases for release in said)
