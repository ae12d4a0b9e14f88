"""What people have recorded: holds that are on, and releases that are not spent. Pure."""

from __future__ import annotations

import shlex
from datetime import datetime, tzinfo
from functools import lru_cache

from updater import holds, times
from updater.holds import Everything, HoldEntry, Holds, HoldsUnreadable, Release
from updater.interpret.branch_history import BranchHistory
from updater.interpret.pin_cache import PinCache
from updater.interpret.pins import failed_reading
from updater.model import Placement, Ruling, Snapshot, Timeline, Unreadable
from updater.printable import excerpt
from updater.reasons import hold_reasons
from updater.value_class import value_class

_LONGEST = 1000
"""Characters of what a person says: it is told of each app that is held, in logs, on the page, in commits."""


@value_class
class ActiveHolds:
    """The holds file of the base head. Where it cannot be read, everything is held."""

    holds: Holds
    unreadable: Ruling | None
    now: datetime

    @property
    def is_timed(self) -> bool:
        """One of them ends by itself."""
        every = (*self.holds.holds, *((self.holds.all,) if self.holds.all else ()))
        return any(hold.until is not None for hold in every)

    def over(self, placement: Placement, zone: tzinfo) -> Ruling | None:
        if self.unreadable is not None:
            return self.unreadable
        app = placement._replace(app=placement.config_app)
        hold = self.holds.over(placement, self.now) or self.holds.over(app, self.now)
        if hold is None:
            return None
        by = f" of {excerpt(hold.by, _LONGEST)}" if hold.by else ""
        until = f" until {times.format_time(hold.until, zone)}" if hold.until else ""
        said = f"by order{by}{until}: {excerpt(hold.why, _LONGEST)}"
        return Ruling(hold_reasons.HELD, False, said, until=hold.until, command=_release(hold))


def _release(hold: Everything) -> str:
    """What lifts this one: of the app in one environment, of the app, or of everything."""
    if not isinstance(hold, HoldEntry):
        return "updater release --all"
    return shlex.join(["updater", "release", *filter(None, (hold.app, hold.environment))])


def active_holds(snapshot: Snapshot) -> ActiveHolds:
    """A hold with an end is over once neither our clock nor the servers' says otherwise."""
    file, now = snapshot.files.get(holds.PATH), times.earliest(snapshot.now, snapshot.skew)
    if isinstance(file, Unreadable):
        return ActiveHolds(Holds(), failed_reading(file), now)
    try:
        return ActiveHolds(read_holds(file.data if file else None), None, now)
    except HoldsUnreadable as error:
        return ActiveHolds(Holds(), Ruling(error.reason, False, error.sentence), now)


def released_tags(
    said: ActiveHolds, placement: Placement, timeline: Timeline, past: BranchHistory, cache: PinCache
) -> set[str | None]:
    """The tags a release lets come back; None among them where one lets it go on after a step back.

    A release is spent by the first commit after it in which a pin holds that tag, so at once where it runs
    (or, where it names none, by the first that changes a pin at all).
    """
    mine = [release for release in said.holds.releases if release.placement == placement]
    return {release.tag for release in mine if not _is_spent(release, timeline, past, cache)}


def _is_spent(release: Release, timeline: Timeline, past: BranchHistory, cache: PinCache) -> bool:
    given = past.first_with(holds.PATH, lambda blob: _names(cache.text(blob), release))
    if release.tag is None:
        return timeline.changed is not None and past.position(timeline.changed) < given
    if release.tag not in timeline.left:
        return False
    left = timeline.left[release.tag]
    return left is None or past.position(left) < given


def _names(data: bytes | None, release: Release) -> bool:
    """Where nobody can tell (broken, or too large to be read), it goes on to count from where it was seen."""
    try:
        return data is None or release in read_holds(data).releases
    except HoldsUnreadable:
        return True


def read_holds(data: bytes | None) -> Holds:
    """Raises HoldsUnreadable. The same in every pass until somebody writes there, and slow to parse."""
    said = _read_once(data)
    if isinstance(said, Holds):
        return said
    raise HoldsUnreadable(said.sentence, reason=said.reason)


@lru_cache(maxsize=512)
def _read_once(data: bytes | None) -> Holds | HoldsUnreadable:
    """What is broken takes longest to read, and is worth remembering, too."""
    try:
        return holds.read(data)
    except HoldsUnreadable as error:
        return error.with_traceback(None)
